"""The README's commands, as a newcomer types them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.rust import Crate
from tests.support.tools import require

pytestmark = pytest.mark.heavy


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [require("make"), "--directory", folder, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last commit, on a machine that has nothing of ours."""
    clone = tmp_path_factory.mktemp("clone") / "kit"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    return clone


def test_make_new_renders_a_service_and_says_what_to_do_next(clone: Path) -> None:
    service = clone.parent / "orders"
    done = make(clone, "new", f"DEST={service}", "ANSWERS=examples/zeus.yml")
    assert done.returncode == 0, done.stderr
    assert (service / "app/src/main.rs").exists()
    assert "zeus-api is ready in" in done.stderr
    assert "make test" in done.stderr.split("Next:")[1]

    again = make(clone, "new", f"DEST={service}", "ANSWERS=examples/zeus.yml")
    assert again.returncode != 0
    assert "is not empty, and nothing in it was touched" in again.stderr


def test_make_new_without_a_destination_names_it(clone: Path) -> None:
    done = make(clone, "new")
    assert done.returncode != 0
    assert "as in: make new DEST=../orders" in done.stderr


def test_rendered_service_lints_and_tests_itself(zeus: Path, tmp_path: Path, cargo_target: Path) -> None:
    require("cargo")
    require("initdb")
    repo = shutil.copytree(zeus, tmp_path / "repo")
    Crate.of(repo, cargo_target)
    done = make(repo, "lint", "test", CARGO_TARGET_DIR=str(cargo_target))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test result: ok" in done.stdout


def test_owner_gets_a_sentence_for_a_migration_without_a_name(zeus: Path) -> None:
    done = make(zeus, "migration")
    assert done.returncode != 0
    assert "make migration NAME=" in done.stderr
