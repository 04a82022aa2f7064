"""The rendered services as running processes: one for each stack, on a database of its own that is migrated already."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Render
from tests.support import tools
from tests.support.postgres import Database, Postgres
from tests.support.rust import Crate

# Every stack that there is; each speaks the same API.
STACKS = ["rust"]


@dataclass(frozen=True)
class Program:
    """A service that was built and can be started."""

    repo: Path
    path: Path

    def migrate(self, database: Database) -> None:
        subprocess.run(
            [self.repo / "migrations/migrate.sh"],
            env={"PATH": tools.path_with("migrate", "psql"), **database.environment},
            check=True,
            capture_output=True,
        )

    @contextmanager
    def run(self, database: Database, settings: Mapping[str, str] | None = None) -> Iterator["Service"]:
        """The service on a free port, until the block ends."""
        environment = {
            "ENVIRONMENT": "local",
            "PORT": "0",
            "SHUTDOWN_DRAIN_SECONDS": "0",
            **database.environment,
            **(settings or {}),
        }
        with (
            tempfile.NamedTemporaryFile(prefix="service-", suffix=".log") as log,
            subprocess.Popen([self.path], env=environment, stdout=log) as process,
        ):
            try:
                service = Service(self, process, Path(log.name))
                with service.client:
                    yield service
            finally:
                process.terminate()


class Service:
    """A process that listens, and a client for it."""

    def __init__(self, program: Program, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.program = program
        self.process = process
        self._log = log
        self.port = self._wait_for_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, timeout=30)

    @property
    def log(self) -> list[dict[str, Any]]:
        """The events that have reached the log so far."""
        return [json.loads(line) for line in self._log.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def _wait_for_port(self) -> int:
        """The port, which a service that was given port 0 tells in its log."""
        for _ in range(500):
            for event in self.log:
                if event["message"] == "listening":
                    port: int = event["port"]
                    return port
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError(f"the service does not listen: {self._log.read_text()}")


@pytest.fixture(scope="session", params=STACKS)
def program(
    request: pytest.FixtureRequest, render: Render, cargo_target: Path, tmp_path_factory: pytest.TempPathFactory
) -> Program:
    """The service of each stack with all its features, built for release."""
    tools.require("cargo")
    repo = render({"stack": request.param})
    crate = Crate.of(repo, cargo_target)
    return Program(repo, crate.build(tmp_path_factory.mktemp("program") / "service", release=True))


@pytest.fixture(scope="session")
def service(program: Program, postgres: Postgres) -> Iterator[Service]:
    """A running service, shared by all tests that only send requests to it."""
    database = postgres.create_database()
    program.migrate(database)
    with program.run(database) as service:
        yield service


@pytest.fixture(scope="session")
def api(service: Service) -> httpx.Client:
    """A client of the shared service."""
    return service.client
