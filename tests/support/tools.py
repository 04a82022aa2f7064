"""The programs that the heavy tests run: where they are, and how to get them."""

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parent.parent.parent

# Folders before PATH: pinned tools, then programs from PyPI that came with the tests' own environment.
FOLDERS = (
    ROOT / ".tools/bin",
    ROOT / ".tools/node/bin",
    ROOT / ".tools/go/bin",
    Path(sys.executable).parent,
)

# Folders of PostgreSQL's programs, which are seldom on PATH: Debian's, newest first, then what install.sh brings.
POSTGRES = (
    *sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: -int(folder.parent.name)),
    *ROOT.glob(".tools/postgres/lib/python*/site-packages/*/pginstall/bin"),
)

HOW_TO_INSTALL = {
    "bru": "tests/tools/install.sh bru",
    "buildah": "apt install buildah",
    "cargo": "https://rustup.rs",
    "checkov": "tests/tools/install.sh checkov",
    "debootstrap": "apt install debootstrap",
    "gitlab-ci-local": "tests/tools/install.sh gitlab-ci-local",
    "go": "tests/tools/install.sh migrate brings its own, or https://go.dev/doc/install",
    "initdb": "tests/tools/install.sh postgres, or apt install postgresql",
    "jq": "apt install jq",
    "migrate": "tests/tools/install.sh migrate",
    "node": "tests/tools/install.sh node",
    "pg_ctl": "tests/tools/install.sh postgres, or apt install postgresql",
    "podman": "apt install podman",
    "psql": "apt install postgresql-client",
    "rsync": "apt install rsync",
    "runc": "apt install runc",
    "schemathesis": "tests/tools/install.sh schemathesis",
    "terraform": "https://developer.hashicorp.com/terraform/install",
    "tflint": "tests/tools/install.sh tflint",
}


def find(name: str) -> Path | None:
    """The program's path, or None."""
    path = os.pathsep.join([*map(str, FOLDERS), os.environ.get("PATH", os.defpath), *map(str, POSTGRES)])
    found = shutil.which(name, path=path)
    return Path(found) if found else None


def require(name: str) -> Path:
    """The program's path. Without it the test is skipped by name; CI skips nothing and fails."""
    found = find(name)
    if found is None:
        missing(f"{name} is not installed; to get it: {HOW_TO_INSTALL.get(name, 'make .venv/test')}")
    return found


def missing(sentence: str) -> NoReturn:
    """Skip the test and say what it lacks. In CI, where everything is installed, fail instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


def path_with(*names: str) -> str:
    """A PATH on which these programs come first."""
    folders = dict.fromkeys(str(require(name).parent) for name in names)
    return os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
