"""What all tests share: one rendering for each set of answers, and the servers that the heavy levels need."""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_copie.plugin import Copie

ROOT = Path(__file__).parent.parent

Answers = Mapping[str, Any]
Render = Callable[..., Path]

# In this order: each may build on fixtures of those before it.
pytest_plugins = [
    "tests.support.terraform",
    "tests.support.aws",
    "tests.support.postgres",
    "tests.support.service",
    "tests.support.images",
]


def example(name: str) -> dict[str, Any]:
    """The answers of `examples/<name>.yml`."""
    answers: dict[str, Any] = yaml.safe_load((ROOT / "examples" / f"{name}.yml").read_text())
    return answers


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as plain files, which copier renders much faster than a git repository with uncommitted changes."""
    snapshot = tmp_path_factory.mktemp("template")
    shutil.copy(ROOT / "copier.yml", snapshot)
    for folder in ("template", "extensions", "hooks"):
        if (ROOT / folder).exists():
            shutil.copytree(ROOT / folder, snapshot / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return snapshot


@pytest.fixture(scope="session")
def render(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Render:
    """Render `examples/zeus.yml` with some answers changed; the same answers are rendered once and shared.

    Tests read what they are given, or copy it before they write to it.
    """
    folder = tmp_path_factory.mktemp("renders")
    copie = Copie(default_template_dir=template, test_dir=folder, config_file=folder / "config")
    done: dict[str, Path] = {}

    def render_once(answers: Answers | None = None, *, base: str | None = "zeus") -> Path:
        merged = {**(example(base) if base else {}), **(answers or {})}
        key = json.dumps(merged, sort_keys=True)
        if key not in done:
            result = copie.copy(extra_answers=merged)
            if result.exception:
                raise result.exception
            assert result.project_dir is not None
            done[key] = result.project_dir
        return done[key]

    return render_once


@pytest.fixture(scope="session")
def zeus(render: Render) -> Path:
    """The rendered `examples/zeus.yml`: read-only, shared by all tests."""
    return render()


@pytest.fixture(scope="session")
def cargo_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One Cargo target folder for every rendered Rust service, so that dependencies are compiled once.

    KIT_CARGO_TARGET_DIR keeps it between runs.
    """
    kept = os.environ.get("KIT_CARGO_TARGET_DIR")
    return Path(kept) if kept else tmp_path_factory.mktemp("cargo-target")
