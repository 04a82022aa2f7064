"""The simulated AWS that the tests apply Terraform to, and the small platform that stands on it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

from tests.support.state_server import StateServer
from tests.support.terraform import Terraform

ROOT = Path(__file__).parent.parent.parent
REGION = "us-east-1"


@dataclass
class SimulatedAws:
    """A running simulation: its address, and every JSON call that it was sent."""

    url: str
    journal: Path

    @property
    def environment(self) -> dict[str, str]:
        """What sends Terraform and the AWS command line there."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "simulated",
            "AWS_SECRET_ACCESS_KEY": "simulated",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="simulated",
            aws_secret_access_key="simulated",
        )

    def calls(self, action: str) -> list[dict[str, Any]]:
        """The requests of one action, oldest first."""
        entries = (json.loads(line) for line in self.journal.read_text().splitlines())
        return [entry["request"] for entry in entries if entry["action"] == action]


@pytest.fixture(scope="session")
def simulated_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedAws]:
    folder = tmp_path_factory.mktemp("aws")
    journal = folder / "journal.jsonl"
    journal.touch()
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.support.simulated_aws", str(journal)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            assert url, (folder / "server.log").read_text()
            yield SimulatedAws(url, journal)
        finally:
            server.communicate(timeout=30)


@pytest.fixture(scope="session")
def state_server() -> Iterator[StateServer]:
    with StateServer().running() as server:
        yield server


# Services that the stand-in platform knows. Each may be deployed by one test module at a time.
REGISTERED = ("zeus-api", "orders", "billing")


@pytest.fixture(scope="session")
def platform(simulated_aws: SimulatedAws, terraform: Terraform) -> dict[str, Any]:
    """The stand-in platform, applied once; its outputs."""
    root = shutil.copytree(ROOT / "tests/platform", simulated_aws.journal.parent / "platform")
    environment = simulated_aws.environment
    terraform(root, "init", environment=environment)
    terraform(root, "apply", "-auto-approve", f"-var=services={json.dumps(REGISTERED)}", environment=environment)
    outputs = json.loads(terraform(root, "output", "-json", environment=environment).stdout)
    return {name: output["value"] for name, output in outputs.items()}
