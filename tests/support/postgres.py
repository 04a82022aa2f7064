"""A real PostgreSQL for the session, and databases as the platform makes them: owned by a role without other rights."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from tests.support import tools

NOBODY = 65534


@dataclass(frozen=True)
class Database:
    """One database and its owner."""

    host: str
    port: int
    name: str
    user: str
    password: str

    @property
    def url(self) -> str:
        return f"postgres://{self.user}:{quote(self.password, safe='')}@{self.host}:{self.port}/{self.name}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the containers, as separate variables."""
        return {
            "DATABASE_HOST": self.host,
            "DATABASE_PORT": str(self.port),
            "DATABASE_NAME": self.name,
            "DATABASE_USER": self.user,
            "DATABASE_PASSWORD": self.password,
            "DATABASE_SSL_MODE": "disable",
        }

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(self.url, autocommit=True)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with self.connect() as connection:
            return connection.execute(statement.encode()).fetchall()

    def execute(self, statement: str) -> None:
        with self.connect() as connection:
            connection.execute(statement.encode())


@dataclass(frozen=True)
class Postgres:
    """A server on the loopback interface."""

    host: str
    port: int
    admin: str
    password: str

    def url(self, name: str = "postgres") -> str:
        """A database as the superuser sees it."""
        return Database(self.host, self.port, name, self.admin, self.password).url

    def create_database(self, *, password: str | None = None) -> Database:
        """A fresh database and a role that owns it and nothing else."""
        name = f"service_{secrets.token_hex(4)}"
        database = Database(self.host, self.port, name, name, password or secrets.token_urlsafe(16))
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(database.password))
            )
            connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(name)))
            connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        return database


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """PostgreSQL without safety nets for its data, on a free port, gone with the session."""
    programs = tools.require("initdb").resolve().parent
    # Not below pytest's own folder, which only its user may enter: initdb refuses to run as root.
    folder = Path(tempfile.mkdtemp(prefix="kit-postgres-"))
    user = NOBODY if os.geteuid() == 0 else None
    password = secrets.token_urlsafe(16)
    (folder / "password").write_text(password)
    data = folder / "data"
    data.mkdir()
    if user:
        for path in (folder, folder / "password", data):
            os.chown(path, user, user)

    server = Postgres("127.0.0.1", free_port(), "postgres", password)
    subprocess.run(
        [
            *(programs / "initdb", "--pgdata", data, "--username", server.admin, "--pwfile", folder / "password"),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
        ],
        check=True,
        capture_output=True,
        cwd=folder,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    settings = {
        "listen_addresses": server.host,
        "port": server.port,
        "unix_socket_directories": "",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": 200,
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())],
            stdout=log,
            stderr=log,
            cwd=folder,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    try:
        _wait_until_ready(server, process, folder / "log")
        yield server
    finally:
        process.send_signal(signal.SIGQUIT)  # At once, and without writing anything down.
        process.wait(30)
        shutil.rmtree(folder)


def _wait_until_ready(server: Postgres, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        try:
            psycopg.connect(server.url(), connect_timeout=1).close()
        except psycopg.OperationalError:
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            raise RuntimeError(f"PostgreSQL ended at once: {log.read_text()}") from None
        else:
            return
    raise RuntimeError(f"PostgreSQL is not ready after 30 seconds: {log.read_text()}")
