"""The rendered tree: what it holds, and that every file of it is well-formed and clean in its own language."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import hcl2
import pytest
from ruamel.yaml import YAML

from tests.conftest import ROOT, Render
from tests.support.matrix import label, pairwise
from tests.support.tools import require

JINJA = re.compile(
    r"\{%-? *(if|elif|else|endif|for|endfor|set|raw|yield)\b|\{\{-? *(layer|project_|host_|environment|owner)"
)
LAYER = re.compile(r"\{\{ layer\.\w+ \}\}/")
MATRIX = pairwise()


def files_of(repo: Path) -> list[Path]:
    return sorted(path for path in repo.rglob("*") if path.is_file())


def text_of(path: Path) -> str | None:
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return None


@pytest.fixture(scope="module", params=MATRIX, ids=label)
def repo(request: pytest.FixtureRequest, render: Render) -> Path:
    return render(request.param)


def test_every_file_parses(repo: Path) -> None:
    parsed = Counter(path.suffix for path in files_of(repo) if parse(path))
    assert parsed[".tf"] and parsed[".tfvars"] and parsed[".yml"] and parsed[".toml"] and parsed[".json"]


def parse(path: Path) -> bool:
    """Read a file with a real parser of its format; says whether there is one."""
    match path.suffix:
        case ".tf" | ".tfvars" | ".hcl":
            hcl2.loads(path.read_text())
        case ".yml" | ".yaml":
            list(YAML(typ="rt", pure=True).load_all(path))
        case ".toml":
            tomllib.loads(path.read_text())
        case ".json":
            json.loads(path.read_text())
        case _:
            return False
    return True


def test_nothing_is_left_of_the_template(repo: Path) -> None:
    for path in files_of(repo):
        text = text_of(path)
        if text is None:
            continue
        where = path.relative_to(repo)
        assert not JINJA.search(text), f"{where}: a Jinja tag is left"
        assert text == "" or (text.endswith("\n") and not text.endswith("\n\n")), f"{where}: ends in one line break"
        assert "\n\n\n" not in text, f"{where}: blank lines are left"
        if path.suffix != ".md":
            assert not re.search(r"[ \t]+$", text, re.MULTILINE), f"{where}: spaces at a line's end"


def test_owner_finds_what_design_promises(zeus: Path) -> None:
    for path in (
        ".copier-answers.yml",
        ".gitlab-ci.yml",
        "Makefile",
        "README.md",
        "app/Cargo.lock",
        "app/Dockerfile",
        "app/src/items/create.rs",
        "app/src/kv/mod.rs",
        "bruno/bruno.json",
        "compose.yaml",
        "docs/architecture.md",
        "docs/configuration.md",
        "docs/run-book.md",
        "infra/prod.tfvars",
        "infra/service.tf",
        "migrations/Dockerfile",
        "migrations/migrate.sh",
    ):
        assert (zeus / path).is_file(), path


def test_feature_that_was_not_chosen_leaves_nothing(render: Render) -> None:
    without = render({"features": []})
    for path in files_of(without):
        if path.name == "Cargo.lock":
            continue
        assert "kv" not in path.parts and not re.search(r"\bkv\b", text_of(path) or ""), path.relative_to(without)


def test_one_environment_is_one_tfvars_file(render: Render) -> None:
    repo = render({"environments": "dev staging prod"})
    assert {path.stem for path in (repo / "infra").glob("*.tfvars")} == {"common.auto", "dev", "staging", "prod"}


def test_two_layers_never_render_the_same_path() -> None:
    paths = Counter(
        LAYER.sub("", str(path.relative_to(ROOT / "template"))).removesuffix(".jinja")
        for path in files_of(ROOT / "template")
    )
    assert [path for path, count in paths.items() if count > 1] == []


def test_file_names_work_on_windows() -> None:
    names = [str(path.relative_to(ROOT)) for path in files_of(ROOT / "template")]
    assert [name for name in names if re.search(r'["|<>:*?\\]', name)] == []


def test_jinja_suffix_only_where_an_answer_is_needed() -> None:
    plain = [path for path in files_of(ROOT / "template") if path.suffix == ".jinja" and not _uses_jinja(path)]
    assert plain == []


def _uses_jinja(path: Path) -> bool:
    return bool(re.search(r"\{\{|\{%", path.read_text()))


def test_scripts_are_executable_and_clean(repo: Path) -> None:
    scripts = [path for path in files_of(repo) if path.suffix == ".sh"]
    assert scripts
    assert [path for path in scripts if not os.access(path, os.X_OK)] == []
    run(require("shellcheck"), *scripts)
    run(require("shfmt"), "--diff", "--indent", "2", "--case-indent", *scripts)


def test_yaml_toml_and_dockerfiles_are_clean(repo: Path) -> None:
    files = files_of(repo)
    yaml_rules = (
        "{extends: default, rules: {document-start: disable, line-length: {max: 140}, truthy: {check-keys: false}}}"
    )
    run(
        require("yamllint"),
        "--strict",
        "--config-data",
        yaml_rules,
        *(p for p in files if p.suffix in {".yml", ".yaml"} and p.name != ".copier-answers.yml"),
    )
    run(
        require("taplo"),
        "format",
        "--check",
        "--option",
        "column_width=200",
        *(p for p in files if p.suffix == ".toml"),
    )
    run(require("hadolint"), *(p for p in files if p.name == "Dockerfile"))


def test_terraform_is_formatted(repo: Path) -> None:
    run(require("terraform"), "fmt", "-check", "-diff", "-recursive", repo / "infra")


def test_makefile_help_lists_every_target(zeus: Path) -> None:
    makefile = (zeus / "Makefile").read_text()
    targets = set(re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE))
    shown = run("make", "--directory", zeus, "--no-print-directory", "help")
    assert targets == {line.split()[0] for line in shown.splitlines()}


def test_makefile_calls_only_scripts_that_exist(zeus: Path) -> None:
    called = set(re.findall(r"(?:scripts|migrations)/[\w-]+\.sh", (zeus / "Makefile").read_text()))
    assert called
    assert {path for path in called if not (zeus / path).exists()} == set()


def run(command: str | Path, *arguments: Any) -> str:
    """Run a linter and fail with its own words."""
    done = subprocess.run([str(command), *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def test_git_sees_no_whitespace_errors(zeus: Path, tmp_path: Path) -> None:
    repo = shutil.copytree(zeus, tmp_path / "repo")
    run("git", "-C", repo, "init", "--quiet")
    run("git", "-C", repo, "add", "--all")
    run("git", "-C", repo, "diff", "--cached", "--check")
