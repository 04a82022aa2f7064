"""The rendered Rust application: its cargo, and a program built from it."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.tools import require


@dataclass(frozen=True)
class Crate:
    """The application of one rendered repository, built in a target folder that all renders share."""

    folder: Path
    target: Path

    @classmethod
    def of(cls, repo: Path, target: Path) -> "Crate":
        """Forget what was built from another render: cargo can't tell crates of the same name and version apart."""
        crate = cls(repo / "app", target)
        for profile in ("dev", "release"):
            crate.cargo("clean", "--quiet", "--package", "app", "--profile", profile, check=True)
        return crate

    def cargo(self, *arguments: str, check: bool = False, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run cargo in the crate; its output holds both streams."""
        return subprocess.run(
            [require("cargo"), *arguments],
            cwd=self.folder,
            env={**os.environ, "CARGO_TARGET_DIR": str(self.target), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=check,
        )

    def build(self, destination: Path, *, release: bool = False) -> Path:
        """Build the service and put the program at `destination`, where no other render replaces it."""
        result = self.cargo("build", "--locked", *(["--release"] if release else []))
        assert result.returncode == 0, result.stdout
        program = self.target / ("release" if release else "debug") / "service"
        return Path(shutil.copy2(program, destination))
