"""Terraform on rendered roots. A provider mirror on the machine is used; without one Terraform asks its registry."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.tools import require

# Where packagers and people put mirrors. TF_TEST_PROVIDER_MIRROR names another.
MIRRORS = (
    Path.home() / ".terraform.d/plugins",
    Path.home() / ".local/share/terraform/plugins",
    Path("/usr/share/terraform/plugins"),
    Path("/usr/local/share/terraform/plugins"),
    Path("/opt"),
)
PROVIDER = "registry.terraform.io/hashicorp/aws"


def provider_mirror() -> Path | None:
    """The folder above registry.terraform.io that holds the AWS provider, or None."""
    named = os.environ.get("TF_TEST_PROVIDER_MIRROR")
    for root in [Path(named)] if named else MIRRORS:
        for depth in ("", "*/", "*/*/"):
            for provider in root.glob(f"{depth}{PROVIDER}"):
                if any(provider.glob("*/*/terraform-provider-aws_v*")) or any(provider.glob("*.zip")):
                    return Path(str(provider).removesuffix(PROVIDER))
    return None


class Terraform:
    """Terraform as the tests run it: same providers for all, no colours, no questions."""

    def __init__(self, program: Path, environment: Mapping[str, str]) -> None:
        self.program = program
        self.environment = dict(environment)

    def __call__(
        self, root: Path, *arguments: str, environment: Mapping[str, str] | None = None, exits: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run Terraform in a root module; `exits` is the exit code to insist on, None for any."""
        return run([str(self.program), *arguments], root, {**self.environment, **(environment or {})}, exits)

    def lock_for_this_machine(self, root: Path) -> None:
        """The rendered lock file covers Linux on x86-64; `make lock` does this for the others."""
        if (sys.platform, platform.machine()) != ("linux", "x86_64"):
            self(root, "providers", "lock")


def run(
    command: list[str], folder: Path, environment: Mapping[str, str], exits: int | None = 0
) -> subprocess.CompletedProcess[str]:
    """Run a program with exactly this environment."""
    done = subprocess.run(command, cwd=folder, env=dict(environment), capture_output=True, text=True, check=False)
    if exits is not None and done.returncode != exits:
        pytest.fail(f"{' '.join(command)} ended with {done.returncode}, not {exits}\n{done.stdout}\n{done.stderr}")
    return done


def sentence(text: str) -> str:
    """Terraform's message as one line: without the frame that it draws and the line breaks that it adds."""
    return re.sub(r"[\s│╷╵]+", " ", text)


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terraform]:
    program = require("terraform")
    home = tmp_path_factory.mktemp("terraform")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_", "CI", "GITLAB_"))},
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "TF_CLI_ARGS": "-no-color",
    }
    configuration = home / "terraform.tfrc"
    if mirror := provider_mirror():
        configuration.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
    else:
        cache = home / "providers"
        cache.mkdir()
        configuration.write_text(f'plugin_cache_dir = "{cache}"\n')
    yield Terraform(program, {**environment, "TF_CLI_CONFIG_FILE": str(configuration)})
