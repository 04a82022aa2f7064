"""The rendered Dockerfiles build, and their images run as on ECS: as users of their own, with nothing to write to."""

import time
from pathlib import Path

import httpx
import pytest

from tests.support.images import Images
from tests.support.postgres import Database, Postgres, free_port

pytestmark = [pytest.mark.heavy, pytest.mark.images]


@pytest.fixture(scope="module")
def migrations(images: Images, zeus: Path) -> str:
    return images.build(zeus / "migrations", zeus / "migrations/Dockerfile")


@pytest.fixture(scope="module")
def app(images: Images, zeus: Path) -> str:
    return images.build(zeus, zeus / "app/Dockerfile")


@pytest.fixture
def database(postgres: Postgres) -> Database:
    return postgres.create_database()


def test_the_migration_image_migrates_once(images: Images, migrations: str, zeus: Path, database: Database) -> None:
    newest = max(int(path.name.split("_")[0]) for path in zeus.glob("migrations/sql/*.up.sql"))

    first = images.run(migrations, environment=database.environment)
    assert first.returncode == 0, first.stdout
    assert "3 of its 3 rows are new" in first.stdout
    before = database.rows("SELECT * FROM items ORDER BY id")
    assert len(before) == 3

    second = images.run(migrations, environment=database.environment)
    assert second.returncode == 0, second.stdout
    assert "no change" in second.stdout
    assert database.rows("SELECT * FROM items ORDER BY id") == before
    assert database.rows("SELECT version, dirty FROM schema_migrations") == [(newest, False)]

    version = images.run(migrations, "version", environment=database.environment)
    assert version.returncode == 0, version.stdout
    assert f"the database is at version {newest}; this image brings {newest}" in version.stdout


def test_the_migration_image_reports_a_wrong_password(images: Images, migrations: str, database: Database) -> None:
    result = images.run(migrations, environment={**database.environment, "DATABASE_PASSWORD": "wrong"})

    assert result.returncode == 1, result.stdout
    assert "password authentication failed" in result.stdout
    assert database.rows("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_the_application_image_serves_until_it_is_stopped(
    images: Images, migrations: str, app: str, database: Database
) -> None:
    migrated = images.run(migrations, environment=database.environment)
    assert migrated.returncode == 0, migrated.stdout
    port = free_port()
    environment = {
        "ENVIRONMENT": "local",
        "PORT": str(port),
        "SHUTDOWN_DRAIN_SECONDS": "0",
        **database.environment,
    }

    with images.start(app, environment=environment) as container:
        for _ in range(100):
            try:
                ready = httpx.get(f"http://127.0.0.1:{port}/health/ready")
                break
            except httpx.ConnectError:
                assert container.running, container.log
                time.sleep(0.1)
        else:
            pytest.fail(f"nothing listens on port {port} after 10 seconds: {container.log}")
        assert ready.status_code == 200, container.log
        assert container.execute("/service", "healthcheck") == 0, container.log
        assert container.stop() == 0, container.log
