"""Life on a person's machine: a PostgreSQL to test with, new migrations, compose."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from ruamel.yaml import YAML

from tests.support.postgres import NOBODY, Postgres, free_port
from tests.support.rust import Crate
from tests.support.tools import path_with, require

STUB = """#!/bin/sh
printf '%s ' "$@" >>"$LOG"
echo >>"$LOG"
case $1 in
  port) echo 127.0.0.1:54321 ;;
  run) echo container ;;
  build) echo sha256:image ;;
esac
"""


@pytest.fixture
def repo(zeus: Path) -> Iterator[Path]:
    """A copy that a test may change, and that other users may enter."""
    with tempfile.TemporaryDirectory(prefix="kit-local-") as folder:
        Path(folder).chmod(0o777)
        yield Path(shutil.copytree(zeus, Path(folder) / "repo"))


@pytest.fixture
def docker(tmp_path: Path) -> dict[str, str]:
    """An environment in which `docker` writes down what it is asked for."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "docker").write_text(STUB)
    (programs / "docker").chmod(0o755)
    return {"PATH": f"{programs}:/usr/bin:/bin", "LOG": str(tmp_path / "log")}


def run(
    repo: Path, *command: str, environment: dict[str, str] | None = None, user: int | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=repo,
        env={"PATH": os.environ["PATH"], "TMPDIR": str(repo.parent), **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )


# ── scripts/with-postgres.sh ─────────────────────────────────────────────────────────────────────────────────────────

WITH_POSTGRES = "scripts/with-postgres.sh"
QUERY = 'psql "$DATABASE_URL" -Atc "SELECT rolsuper FROM pg_roles WHERE rolname = current_user" && echo $DATABASE_URL'


@pytest.mark.heavy
@pytest.mark.parametrize("user", [None, NOBODY], ids=["this user", "nobody"])
def test_a_command_gets_a_throwaway_postgresql(repo: Path, user: int | None) -> None:
    require("initdb")
    require("psql")
    if user is not None and os.geteuid() != 0:
        pytest.skip("only root can become another user")

    result = run(repo, WITH_POSTGRES, "sh", "-c", f"{QUERY}; exit 7", user=user)

    assert result.returncode == 7, result.stderr
    superuser, url = result.stdout.splitlines()
    assert superuser == "t"
    assert url.startswith("postgres://postgres:")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=1)
    assert list(repo.parent.iterdir()) == [repo]


@pytest.mark.heavy
def test_several_commands_at_once_get_one_each(repo: Path) -> None:
    require("initdb")
    with ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda _: run(repo, WITH_POSTGRES, "sh", "-c", QUERY), range(3)))
    assert [result.returncode for result in results] == [0, 0, 0], results
    assert len({result.stdout for result in results}) == 3


def test_a_given_server_is_used(repo: Path) -> None:
    result = run(
        repo, WITH_POSTGRES, "sh", "-c", "echo $DATABASE_URL", environment={"DATABASE_URL": "postgres://given"}
    )
    assert result.stdout == "postgres://given\n"


def without_postgresql(repo: Path) -> None:
    """As on a machine where PostgreSQL is not installed."""
    script = repo / WITH_POSTGRES
    script.write_text(re.sub(r"for folder in .*; do", "for folder in /none; do", script.read_text()))


def test_docker_is_the_other_way(repo: Path, docker: dict[str, str]) -> None:
    without_postgresql(repo)
    result = run(repo, WITH_POSTGRES, "sh", "-c", "echo $DATABASE_URL", environment=docker)

    assert result.returncode == 0, result.stderr
    assert re.fullmatch(r"postgres://postgres:[0-9a-f]{32}@127\.0\.0\.1:54321/postgres\n", result.stdout)
    log = Path(docker["LOG"]).read_text()
    assert re.search(r"^run .*--publish 127\.0\.0\.1::5432 .*pgvector/pgvector:", log, re.MULTILINE)
    assert log.splitlines()[-1].startswith("stop --time 0 container")


def test_without_either_a_sentence_tells_what_to_install(repo: Path, docker: dict[str, str]) -> None:
    without_postgresql(repo)
    programs = Path(docker["PATH"].split(":")[0])
    (programs / "docker").write_text("#!/bin/sh\nexit 1\n")

    result = run(repo, WITH_POSTGRES, "true", environment=docker)

    assert result.returncode == 1
    assert "apt install postgresql" in result.stderr
    assert "DATABASE_URL" in result.stderr


# ── Migrations ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_migration_is_the_next_pair(repo: Path) -> None:
    result = run(repo, "make", "migration", "NAME=add_price")

    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "migrations/sql/000003_add_price.up.sql",
        "migrations/sql/000003_add_price.down.sql",
    ]
    for line in result.stdout.splitlines():
        assert (repo / line).read_text().startswith("-- ")

    (repo / "migrations/sql/000099_later.up.sql").touch()
    assert "/000100_next." in run(repo, "scripts/new-migration.sh", "next").stdout


@pytest.mark.parametrize("name", ["", "Add", "add price", "1st", "../x", "a;b", "$(id)", "a" * 61, "add\nprice"])
def test_other_names_are_refused_with_an_example(repo: Path, name: str) -> None:
    before = sorted((repo / "migrations/sql").iterdir())
    result = run(repo, "scripts/new-migration.sh", name)
    assert result.returncode == 2
    assert "as in: make migration NAME=add_price" in result.stderr
    assert sorted((repo / "migrations/sql").iterdir()) == before


@pytest.mark.heavy
def test_make_migrate_reaches_the_given_database(repo: Path, postgres: Postgres) -> None:
    database = postgres.create_database()
    url = f"{database.url}?sslmode=disable"
    run(repo, "make", "migration", "NAME=empty")

    result = run(repo, "make", "migrate", environment={"PATH": path_with("migrate", "psql"), "DATABASE_URL": url})

    assert result.returncode == 0, result.stderr + result.stdout
    assert database.rows("SELECT version FROM schema_migrations") == [(3,)]


def test_make_migrate_reaches_compose_otherwise(repo: Path, docker: dict[str, str]) -> None:
    result = run(repo, "make", "migrate", environment=docker)
    assert result.returncode == 0, result.stderr
    assert Path(docker["LOG"]).read_text() == "compose run --build --rm migrations \n"


def test_make_migrate_takes_the_image_where_programs_are_missing(repo: Path, docker: dict[str, str]) -> None:
    if (path := shutil.which("migrate", path=docker["PATH"])) is not None:
        pytest.skip(f"{path} is there")
    result = run(repo, "make", "migrate", environment={"DATABASE_URL": "postgres://me:hidden@h/d", **docker})
    assert result.returncode == 0, result.stderr
    log = Path(docker["LOG"]).read_text()
    assert "build --quiet migrations" in log
    assert "--env DATABASE_URL " in log
    assert "sha256:image" in log
    assert "hidden" not in log


# ── compose.yaml ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def compose(zeus: Path) -> Any:
    subprocess.run(
        [require("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", zeus / "compose.yaml"], check=True
    )
    return YAML(typ="safe").load(zeus / "compose.yaml")


def test_compose_starts_one_after_the_other(compose: Any) -> None:
    services = compose["services"]
    assert services["service"]["depends_on"] == {"migrations": {"condition": "service_completed_successfully"}}
    assert services["migrations"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["postgres"]["healthcheck"]["test"][1] == "pg_isready"
    assert services["service"]["healthcheck"]["test"] == ["CMD", "/service", "healthcheck"]
    assert services["pgadmin"]["profiles"] == ["pgadmin"]


def test_compose_is_reachable_from_this_machine_only(compose: Any) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_compose_images_are_pinned(compose: Any) -> None:
    images = [service["image"] for service in compose["services"].values() if "image" in service]
    assert images
    assert all(re.search(r":[^:]*\d", image) for image in images)


def test_compose_builds_what_the_repo_holds(compose: Any, zeus: Path) -> None:
    service, migrations = (compose["services"][name]["build"] for name in ("service", "migrations"))
    assert (zeus / service["context"] / service["dockerfile"]).is_file()
    assert (zeus / migrations / "Dockerfile").is_file()


def test_compose_settings_start_the_service(compose: Any) -> None:
    settings = compose["services"]["service"]["environment"]
    postgres = compose["services"]["postgres"]["environment"]
    for ours, theirs in (("NAME", "DB"), ("USER", "USER"), ("PASSWORD", "PASSWORD")):
        assert settings[f"DATABASE_{ours}"] == postgres[f"POSTGRES_{theirs}"]
    assert settings["DATABASE_HOST"] in compose["services"]
    assert settings["ENVIRONMENT"] == "local"


# ── make run ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.heavy
def test_make_run_serves_without_docker(repo: Path, tmp_path: Path, cargo_target: Path) -> None:
    for program in ("cargo", "initdb", "psql", "migrate"):
        require(program)
    Crate.of(repo, cargo_target)
    port = free_port()
    environment = {
        **os.environ,
        "PATH": path_with("migrate", "psql", "cargo"),
        "CARGO_TARGET_DIR": str(cargo_target),
        "PORT": str(port),
        "SHUTDOWN_DRAIN_SECONDS": "0",
        "TMPDIR": str(repo.parent),
    }
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            ["make", "run"], cwd=repo, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        for _ in range(600):
            try:
                assert httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200
                break
            except httpx.TransportError:
                assert process.poll() is None, (tmp_path / "log").read_text()
                time.sleep(1)
        assert len(httpx.get(f"http://127.0.0.1:{port}/api/v1/items").json()["items"]) == 3
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}/health/ready")
    assert list(repo.parent.iterdir()) == [repo]
