"""The rendered services as processes: how they start, log and end, and what tools make of their API."""

import json
import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.conformance.checks import ITEMS, assert_problem, new_item
from tests.conftest import Render
from tests.support.postgres import Database, Postgres
from tests.support.service import Program, Service
from tests.support.tools import require

pytestmark = pytest.mark.heavy


@pytest.fixture
def database(program: Program, postgres: Postgres) -> Database:
    """A database of the test's own, migrated."""
    database = postgres.create_database()
    program.migrate(database)
    return database


# ── Readiness ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_not_ready_before_the_migrations(program: Program, postgres: Postgres) -> None:
    database = postgres.create_database()
    with program.run(database) as service:
        assert service.client.get("/health/live").status_code == 200
        problem = service.client.get("/health/ready")
        assert problem.status_code == 503
        assert "migration" in problem.json()["detail"]

        program.migrate(database)
        assert service.client.get("/health/ready").status_code == 200

        newest = database.rows("SELECT version FROM schema_migrations")[0][0]
        for state, ready in [
            (f"version = {newest}, dirty = true", 503),
            (f"version = {newest} - 1, dirty = false", 503),
            (f"version = {newest} + 1, dirty = false", 200),
        ]:
            database.execute(f"UPDATE schema_migrations SET {state}")
            assert service.client.get("/health/ready").status_code == ready, state


def test_not_ready_without_a_database(program: Program, database: Database) -> None:
    with program.run(database, {"DATABASE_PORT": "1"}) as service:
        assert service.client.get("/health/live").status_code == 200
        assert service.client.get("/health/ready").status_code == 503
        assert_problem(service.client.get(ITEMS), 503)


def test_comes_back_when_its_connections_were_cut(program: Program, database: Database, postgres: Postgres) -> None:
    with program.run(database) as service:
        new_item(service.client)
        with psycopg.connect(postgres.url(), autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database.name])
        for _ in range(20):
            # One answer for each connection that is found broken, and none that blames the client.
            assert service.client.get(ITEMS).status_code in {200, 500, 503}
        assert service.client.get(ITEMS).status_code == 200


def test_the_container_checks_its_own_health(program: Program, database: Database) -> None:
    settings = {"ENVIRONMENT": "local", **database.environment}
    with program.run(database) as service:
        healthy = subprocess.run([program.path, "healthcheck"], env={**settings, "PORT": str(service.port)})
    assert healthy.returncode == 0
    gone = subprocess.run([program.path, "healthcheck"], env={**settings, "PORT": str(service.port)})
    assert gone.returncode == 1


# ── Settings ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_missing_setting_is_named(program: Program) -> None:
    result = subprocess.run([program.path], env={"PORT": "many"}, capture_output=True, text=True, timeout=10)

    assert result.returncode == 2
    for name in ("ENVIRONMENT", "PORT", "DATABASE_HOST", "DATABASE_NAME", "DATABASE_USER", "DATABASE_PASSWORD"):
        assert sum(line.startswith(name) for line in result.stderr.splitlines()) == 1, result.stderr


def test_settings_reach_the_service(program: Program, database: Database) -> None:
    settings = {
        "CORS_ALLOWED_ORIGINS": "https://shop.example,https://admin.example",
        "REQUEST_BODY_LIMIT_BYTES": "2000",
        "DATABASE_URL": f"{database.url}?sslmode=disable",
        "DATABASE_HOST": "unused.invalid",
        "DATABASE_MAX_CONNECTIONS": "3",
    }
    with program.run(database, settings) as service:
        allowed = service.client.get(ITEMS, headers={"origin": "https://admin.example"})
        assert allowed.headers["access-control-allow-origin"] == "https://admin.example"
        other = service.client.get(ITEMS, headers={"origin": "https://elsewhere.example"})
        assert "access-control-allow-origin" not in other.headers

        new_item(service.client)
        assert_problem(service.client.post(ITEMS, json={"name": "n" * 2000, "price_cents": 1}), 413)
        (most,) = re.findall(r"^database_connections_max (\d+)$", service.client.get("/metrics").text, re.MULTILINE)
        assert int(most) <= 3


def test_slow_requests_end_in_time(program: Program, database: Database) -> None:
    with program.run(database, {"REQUEST_TIMEOUT_SECONDS": "1"}) as service, database.connect() as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE items")
        start = time.monotonic()
        response = service.client.get(ITEMS)
        assert time.monotonic() - start < 4.5
        assert response.status_code in {503, 504}
        assert_problem(response, response.status_code)


# ── Log and end ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_log_names_requests_and_keeps_secrets(program: Program, database: Database) -> None:
    with program.run(database) as service:
        trace = "0af7651916cd43dd8448eb211c80319c"
        headers = {
            "x-request-id": "the-request",
            "traceparent": f"00-{trace}-b7ad6b7169203331-01",
            "authorization": "Bearer secret-1",
        }
        service.client.post(f"{ITEMS}?token=secret-2", json={"name": "secret-3", "price_cents": 1}, headers=headers)
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(15) == 0
        log = service.log

    event = next(event for event in log if event.get("request_id") == "the-request")
    assert {"method": "POST", "path": ITEMS, "route": ITEMS, "status": 201, "trace_id": trace}.items() <= event.items()
    assert {"timestamp", "level", "message", "service", "environment"} <= set(event)
    for secret in ("secret-1", "secret-2", "secret-3", database.password):
        assert secret not in json.dumps(log)


def test_sigterm_turns_readiness_first_and_loses_no_request(program: Program, database: Database) -> None:
    with program.run(database, {"SHUTDOWN_DRAIN_SECONDS": "2"}) as service, database.connect() as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE items")
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(httpx.get, f"{service.url}{ITEMS}", timeout=30)
            while not database.rows("SELECT 1 FROM pg_locks WHERE NOT granted"):
                time.sleep(0.02)

            service.process.send_signal(signal.SIGTERM)
            while service.client.get("/health/ready").status_code == 200:
                time.sleep(0.02)
            assert service.client.get("/health/live").status_code == 200
            time.sleep(2.2)
            assert service.process.poll() is None, "a request is in flight"
            other.execute("COMMIT")
            assert waiting.result().status_code == 200
        assert service.process.wait(15) == 0


# ── Tools that speak the API ─────────────────────────────────────────────────────────────────────────────────────────


def run_bruno(collection: Path, url: str, report: Path) -> list[dict[str, object]]:
    options = ["-r", "--bail", "--env", "local", "--env-var", f"base_url={url}", "--reporter-json", str(report)]
    result = subprocess.run(
        [require("bru"), "run", *options],
        cwd=collection,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout
    (iteration,) = json.loads(report.read_text())
    results: list[dict[str, object]] = iteration["results"]
    return results


def test_bruno_collection_passes_twice(service: Service, tmp_path: Path) -> None:
    """A request that doesn't parse is left out by Bruno in silence: all of them have to have run."""
    collection = service.program.repo / "bruno"
    requests = {
        str(path.relative_to(collection))
        for path in collection.rglob("*.bru")
        if path.name not in {"collection.bru", "folder.bru"} and path.parent.name != "environments"
    }
    before = service.client.get(ITEMS, params={"limit": 100}).json()

    for number in range(2):
        results = run_bruno(collection, service.url, tmp_path / f"{number}.json")
        assert {f"{result['path']}.bru" for result in results} == requests
        assert all(result["assertionResults"] for result in results), "each request is checked"

    assert service.client.get(ITEMS, params={"limit": 100}).json() == before


def test_bruno_knows_every_environment(render: Render) -> None:
    repo = render({"environments": "dev staging prod", "host_name": "api.example.com"})
    environments = {path.stem: path.read_text() for path in (repo / "bruno/environments").iterdir()}
    assert set(environments) == {"local", "dev", "staging", "prod"}
    assert "base_url: https://api-dev.example.com\n" in environments["dev"]
    assert "base_url: https://api.example.com\n" in environments["prod"]


# What the description can't say: a price may not be written as 1.0, a tag has to be the item's newest, a cursor has to
# come from a page; and a request without If-Match is answered with 428 (RFC 6585), which this check does not know.
NOT_FOR_SCHEMATHESIS = "positive_data_acceptance,missing_required_header"


def test_schemathesis_finds_no_answer_that_breaks_the_description(service: Service) -> None:
    options = ["--seed", "1", "--max-examples", "30", "--exclude-checks", NOT_FOR_SCHEMATHESIS]
    result = subprocess.run(
        [require("schemathesis"), "run", f"{service.url}/openapi.json", *options],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout
