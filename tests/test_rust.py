"""The rendered Rust application: clean by its own tools, passing its own tests, strict about its settings."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Render
from tests.support.postgres import Postgres
from tests.support.rust import Crate

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def crate(render: Render, cargo_target: Path) -> Crate:
    """The application without features; tests/test_make.py holds the one with all of them to the same checks."""
    return Crate.of(render({"features": []}), cargo_target)


@pytest.fixture(scope="module")
def program(crate: Crate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return crate.build(tmp_path_factory.mktemp("program") / "service")


def test_formatted(crate: Crate) -> None:
    result = crate.cargo("fmt", "--check")
    assert result.returncode == 0, result.stdout


def test_clippy_finds_nothing(crate: Crate) -> None:
    result = crate.cargo("clippy", "--locked", "--all-targets", "--", "-D", "warnings")
    assert result.returncode == 0, result.stdout


def test_passes_its_own_tests(crate: Crate, postgres: Postgres) -> None:
    result = crate.cargo("test", "--locked", DATABASE_URL=postgres.url())
    assert result.returncode == 0, result.stdout
    assert result.stdout.count("test result: ok.") >= 3, result.stdout


def test_names_every_bad_setting_and_ends_with_2(program: Path) -> None:
    settings = {"ENVIRONMENT": "prod", "PORT": "many", "DATABASE_HOST": "db", "DATABASE_PASSWORD": "postgres"}
    result = subprocess.run([program], env=settings, capture_output=True, text=True, timeout=10)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "PORT must be a whole number from 0 to 65535.",
        "DATABASE_NAME is not set.",
        "DATABASE_USER is not set.",
        "DATABASE_PASSWORD must have at least 12 characters.",
    ]


@pytest.mark.parametrize(
    "description", ['"quoted" \\ and {braces}', "${HOME} $(id) `id`", "emoji 🙂, ünïcode, 'single'"]
)
def test_description_reaches_the_manifest_unchanged(description: str, render: Render, cargo_target: Path) -> None:
    crate = Crate(render({"description": description}) / "app", cargo_target)
    result = crate.cargo("metadata", "--locked", "--no-deps", "--format-version=1", check=True)
    assert json.loads(result.stdout)["packages"][0]["description"] == description
