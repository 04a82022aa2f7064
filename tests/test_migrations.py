"""The migration image's script, against a real PostgreSQL, golang-migrate and psql."""

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support import tools
from tests.support.postgres import Database, Postgres

pytestmark = pytest.mark.heavy

BROKEN = "CREATE TABLE half (id int);\nCREATE TABEL other (id int);\n"


class Migrations:
    """A copy of the rendered folder, which a test may change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    @property
    def newest(self) -> int:
        return max(int(path.name.split("_")[0]) for path in self.folder.glob("sql/*.up.sql"))

    def add(self, name: str, up: str) -> int:
        """The next migration; its number."""
        number = self.newest + 1
        self.write(f"sql/{number:06}_{name}.up.sql", up)
        self.write(f"sql/{number:06}_{name}.down.sql", "SELECT 1;\n")
        return number

    def environment(self, database: Database) -> dict[str, str]:
        """These settings, and nothing else of the test's environment, as in the container."""
        return {"PATH": tools.path_with("migrate", "psql"), **database.environment}

    def run(self, environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
        """`migrate.sh` as the container runs it: these settings, and nothing else of the test's environment."""
        return subprocess.run(
            [self.folder / "migrate.sh", *arguments],
            env={"PATH": tools.path_with("migrate", "psql"), **environment},
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )


@pytest.fixture
def migrations(zeus: Path, tmp_path: Path) -> Migrations:
    return Migrations(Path(shutil.copytree(zeus / "migrations", tmp_path / "migrations")))


@pytest.fixture
def database(postgres: Postgres) -> Database:
    return postgres.create_database()


def table_names(database: Database) -> set[object]:
    return {name for (name,) in database.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def test_first_run_migrates_and_imports(migrations: Migrations, database: Database) -> None:
    result = migrations.run(database.environment)

    assert result.returncode == 0, result.stdout
    assert table_names(database) == {"items", "kv", "schema_migrations"}
    assert database.rows("SELECT version, dirty FROM schema_migrations") == [(migrations.newest, False)]
    csv = (migrations.folder / "import/01_items.csv").read_text().splitlines()
    assert database.rows("SELECT count(*) FROM items") == [(len(csv) - 1,)]
    assert f"{len(csv) - 1} of its {len(csv) - 1} rows are new" in result.stdout


def test_second_run_changes_nothing(migrations: Migrations, database: Database) -> None:
    migrations.run(database.environment)
    database.execute("UPDATE items SET name = 'Renamed by a person'")
    before = database.rows("SELECT * FROM items ORDER BY id")

    result = migrations.run(database.environment)

    assert result.returncode == 0, result.stdout
    assert "no change" in result.stdout
    assert "0 of its 3 rows are new" in result.stdout
    assert database.rows("SELECT * FROM items ORDER BY id") == before


def test_two_runs_at_once_both_succeed(migrations: Migrations, database: Database) -> None:
    # CREATE INDEX CONCURRENTLY waits for every older transaction: a run that waits for its turn must not hold one.
    migrations.add("slow", "SELECT pg_sleep(2);")
    migrations.add("index", "CREATE INDEX CONCURRENTLY items_by_price ON items (price_cents);")

    with ThreadPoolExecutor() as pool:
        results = list(pool.map(migrations.run, [database.environment] * 3))

    assert [result.returncode for result in results] == [0, 0, 0], [result.stdout for result in results]
    assert sum("no change" in result.stdout for result in results) == 2
    assert sum("3 of its 3 rows are new" in result.stdout for result in results) == 1
    assert database.rows("SELECT dirty FROM schema_migrations") == [(False,)]


def test_a_run_gives_up_when_another_holds_the_lock_for_too_long(migrations: Migrations, database: Database) -> None:
    migrations.add("slow", "SELECT pg_sleep(6);")

    with ThreadPoolExecutor() as pool:
        long = pool.submit(migrations.run, database.environment)
        while not database.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"):
            pass
        short = migrations.run({**database.environment, "MIGRATION_LOCK_TIMEOUT_SECONDS": "1"})

    assert short.returncode == 1
    assert "another run has held the lock for 1 seconds" in short.stdout
    assert "run it again" in short.stdout
    assert long.result().returncode == 0


def test_a_stop_request_waits_for_the_running_migration(migrations: Migrations, database: Database) -> None:
    migrations.add("slow", "SELECT pg_sleep(1);")
    with subprocess.Popen([migrations.folder / "migrate.sh"], env=migrations.environment(database)) as process:
        while not database.rows("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(1)%'"):
            assert process.poll() is None
        process.terminate()
        assert process.wait(30) == 0
    assert database.rows("SELECT version, dirty FROM schema_migrations") == [(migrations.newest, False)]
    assert database.rows("SELECT count(*) FROM items") == [(3,)]


def test_broken_sql_stops_the_run_and_says_how_to_go_on(migrations: Migrations, database: Database) -> None:
    migrations.run(database.environment)
    database.execute("DELETE FROM items")
    good = migrations.newest
    broken = migrations.add("broken", BROKEN)
    command = f'with the command "force {good}"'

    first = migrations.run(database.environment)
    assert first.returncode == 1
    assert 'syntax error at or near "TABEL"' in first.stdout
    assert f"sql/{broken:06}_broken.up.sql failed half way" in first.stdout
    assert command in first.stdout.splitlines()[-1]
    assert "half" not in table_names(database)
    assert database.rows("SELECT count(*) FROM items") == [(0,)], "nothing is imported after a failed migration"

    second = migrations.run(database.environment)
    assert second.returncode == 1
    assert "marked dirty" in second.stdout
    assert command in second.stdout.splitlines()[-1]
    assert "dirty" in migrations.run(database.environment, "version").stdout

    migrations.write(f"sql/{broken:06}_broken.up.sql", BROKEN.replace("TABEL", "TABLE"))
    assert migrations.run(database.environment, "force", str(good)).returncode == 0
    repaired = migrations.run(database.environment)
    assert repaired.returncode == 0, repaired.stdout
    assert {"half", "other"} <= table_names(database)


def test_a_first_migration_that_fails_can_be_repaired_too(migrations: Migrations, database: Database) -> None:
    shutil.rmtree(migrations.folder / "sql")
    (migrations.folder / "sql").mkdir()
    migrations.write("sql/000001_broken.up.sql", BROKEN)

    assert 'the command "force -1"' in migrations.run(database.environment).stdout
    assert migrations.run(database.environment, "force", "-1").returncode == 0
    assert "syntax error" in migrations.run(database.environment).stdout


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        (
            "20_items.csv",
            "id,name,price_cents\n"
            "0193a3c0-0000-7000-8000-0000000000aa,Good,1\n"
            "0193a3c0-0000-7000-8000-0000000000ab,Bad,cheap\n",
            'COPY 20_items.csv, line 3, column price_cents: "cheap"',
        ),
        ("20_items.csv", "id,name,price\n,,\n", 'column "price" does not exist'),
        ("20_items.csv", "id,name,price_cents\n,Nameless,1\n", 'null value in column "id"'),
        ("20_items.csv", "id,name;DROP TABLE items\n", "the first line has to name the columns"),
        ("20_items.csv", "", "the first line has to name the columns"),
        ("20_nowhere.csv", "id\n1\n", 'relation "nowhere" does not exist'),
        ("items.csv", "id\n1\n", "the name has to be two digits for the order"),
        ("20_items'; DROP TABLE items; --.csv", "id\n1\n", "the name has to be two digits for the order"),
    ],
)
def test_broken_csv_imports_nothing(
    migrations: Migrations, database: Database, name: str, text: str, reason: str
) -> None:
    migrations.write(f"import/{name}", text)

    result = migrations.run(database.environment)

    assert result.returncode == 1
    assert reason in result.stdout
    assert f"import/{name}" in result.stdout
    assert database.rows("SELECT count(*) FROM items") == [(0,)], "the good file before it was imported"
    assert database.rows("SELECT version, dirty FROM schema_migrations") == [(migrations.newest, False)]

    (migrations.folder / "import" / name).unlink()
    assert migrations.run(database.environment).returncode == 0


def test_import_reads_what_spreadsheets_write(migrations: Migrations, database: Database) -> None:
    """Quoted names, Windows line ends, a byte order mark, commas, quotation marks and line breaks in a field."""
    identifier = "0193a3c0-0000-7000-8000-0000000000ff"
    text = f'\ufeff"id","name","description","price_cents"\r\n{identifier},"A ""B"", ü 🎉","two\nlines",7\r\n'
    (migrations.folder / "import/02_items.csv").write_bytes(text.encode())
    migrations.write("import/03_kv.csv", 'key,value\ngreeting,"{""hello"": [1, null]}"\n')

    result = migrations.run(database.environment)

    assert result.returncode == 0, result.stdout
    row = database.rows(f"SELECT name, description, price_cents FROM items WHERE id = '{identifier}'")
    assert row == [('A "B", ü 🎉', "two\nlines", 7)]
    assert database.rows("SELECT value FROM kv WHERE key = 'greeting'") == [({"hello": [1, None]},)]


def test_import_knows_schemas_reserved_words_and_generated_columns(migrations: Migrations, database: Database) -> None:
    migrations.add(
        "users",
        """CREATE SCHEMA users;
        CREATE TABLE users."user" (
            id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
            "order" text UNIQUE,
            empty text NOT NULL,
            nothing text
        );""",
    )
    migrations.write("import/05_users.user.csv", 'order,empty,nothing\nfirst,"",\nsecond,"",x\nfirst,"",again\n')

    for new in ("2 of its 3", "0 of its 3"):
        result = migrations.run(database.environment)
        assert result.returncode == 0, result.stdout
        assert f"reading import/05_users.user.csv\nmigrations: {new} rows are new" in result.stdout

    rows = database.rows('SELECT "order", empty, nothing FROM users."user" ORDER BY 1')
    assert rows == [("first", "", None), ("second", "", "x")]


def test_nothing_to_do_is_fine(migrations: Migrations, database: Database) -> None:
    for folder in ("sql", "import"):
        for path in (migrations.folder / folder).iterdir():
            path.unlink()

    result = migrations.run(database.environment)

    assert result.returncode == 0, result.stdout
    assert table_names(database) == set()


def test_an_older_image_leaves_a_newer_database_alone(migrations: Migrations, database: Database) -> None:
    """A rollback deploys the images of an older commit."""
    number = migrations.add("later", "ALTER TABLE items ADD COLUMN later text;")
    migrations.run(database.environment)
    for path in migrations.folder.glob(f"sql/{number:06}_*"):
        path.unlink()

    result = migrations.run(database.environment)

    assert result.returncode == 0, result.stdout
    assert f"at version {number}, newer than the {number - 1} of this image" in result.stdout
    assert database.rows("SELECT version, dirty FROM schema_migrations") == [(number, False)]


@pytest.mark.parametrize("form", ["variables", "url"])
@pytest.mark.parametrize("password", ["@:/%?#'\" $&=+\\`!", "%41 percent", "ünï 🎉", "-c", "*"])
def test_any_password_works_and_none_is_shown(
    migrations: Migrations, postgres: Postgres, password: str, form: str
) -> None:
    database = postgres.create_database(password=password)
    url = {"DATABASE_URL": f"{database.url}?connect_timeout=5&sslmode=disable"}
    migrations.add("broken", BROKEN)

    result = migrations.run(database.environment if form == "variables" else url)

    assert "syntax error" in result.stdout, "it connected"
    if len(password) > 2:
        assert password not in result.stdout
        assert database.url.split(":")[2] not in result.stdout


def test_the_password_is_in_no_command_line(migrations: Migrations, postgres: Postgres) -> None:
    database = postgres.create_database(password="Unmistakable-42")
    migrations.add("slow", "SELECT pg_sleep(3);")
    seen = ""

    with ThreadPoolExecutor() as pool:
        run = pool.submit(migrations.run, {"DATABASE_URL": f"{database.url}?sslmode=disable"})
        while not run.done():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen += path.read_bytes().decode(errors="replace")
                except OSError:
                    continue

    assert run.result().returncode == 0, run.result().stdout
    assert "postgres:///" in seen, "golang-migrate was seen"
    assert database.password not in seen


def test_everything_that_is_missing_is_said_at_once(migrations: Migrations) -> None:
    result = migrations.run({"DATABASE_PORT": "many", "DATABASE_SSL_MODE": "maybe", "DATABASE_SSL_ROOT_CERT": "/no"})

    assert result.returncode == 1
    for variable in ("HOST", "NAME", "USER", "PASSWORD", "PORT", "SSL_MODE", "SSL_ROOT_CERT"):
        assert f"DATABASE_{variable}" in result.stdout
    assert len(result.stdout.splitlines()) == 8


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://a:b@c/d", "DATABASE_URL has to start with postgres://"),
        ("nonsense", "DATABASE_URL has to start with postgres://"),
        ("postgres://a:secret@/d", "DATABASE_URL names no host"),
        ("postgres://a:secret@localhost:5432", "DATABASE_URL names no name"),
        ("postgres://localhost/d", "DATABASE_URL names no user"),
    ],
)
def test_a_bad_url_is_refused_with_a_sentence(migrations: Migrations, url: str, sentence: str) -> None:
    result = migrations.run({"DATABASE_URL": url})

    assert result.returncode == 1
    assert sentence in result.stdout
    assert "secret" not in result.stdout


def test_a_database_that_cannot_be_reached_is_named(migrations: Migrations, database: Database) -> None:
    result = migrations.run({**database.environment, "DATABASE_PORT": "1"})

    assert result.returncode == 1
    assert f"no connection to database {database.name} at 127.0.0.1:1 as {database.user}" in result.stdout


@pytest.mark.parametrize("mode", ["prefer", "require"])
def test_the_ssl_mode_is_kept(migrations: Migrations, database: Database, mode: str) -> None:
    """The test's server has no certificate: `prefer` goes on without, `require` does not."""
    result = migrations.run({**database.environment, "DATABASE_SSL_MODE": mode})

    assert result.returncode == (0 if mode == "prefer" else 1), result.stdout


def test_other_settings_of_psql_do_not_leak_in(migrations: Migrations, database: Database) -> None:
    result = migrations.run({**database.environment, "PGSERVICE": "none", "PGHOST": "none", "PGOPTIONS": "--none"})

    assert result.returncode == 0, result.stdout


def test_down_migrations_take_everything_back(migrations: Migrations, database: Database) -> None:
    migrations.run(database.environment)

    url = f"{database.url}?sslmode=disable"
    migrate = [str(tools.require("migrate")), "-path", "sql", "-database", url]
    subprocess.run([*migrate, "down", "-all"], check=True, cwd=migrations.folder)

    assert table_names(database) == {"schema_migrations"}
    assert database.rows("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace") == [(0,)]
    assert migrations.run(database.environment).returncode == 0


def test_the_dockerfile_is_clean(zeus: Path) -> None:
    subprocess.run([tools.require("hadolint"), zeus / "migrations/Dockerfile"], check=True)
