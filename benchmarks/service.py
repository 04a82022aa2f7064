"""The rendered service with all its defaults on, against bare handlers with the same query, in the same run.

Both run as release builds against one PostgreSQL, under the same load, in turns. What counts is the CPU that a server
uses for each request, the best of several passes: requests per second swing with the machine's other work. The
service's log goes to a file, one JSON line for each request.
"""

import argparse
import asyncio
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import psycopg
import yaml
from copier import run_copy

ROOT = Path(__file__).parent.parent

LIVE_OVERHEAD_US = 6.0
ITEM_RATIO = 1.4
RESIDENT_MB = 30.0
LISTEN_MS = 100.0

CONNECTIONS = 32
CLIENTS = 24
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Load:
    """What one pass of load showed."""

    cpu_us: float
    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass
class Server:
    """A running server."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    listen_ms: float
    passes: dict[str, list[Load]] = field(default_factory=dict)

    def cpu_seconds(self) -> float:
        """User and system time of the process, all its threads included."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mb(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        assert found
        return int(found[1]) / 1024

    def load(self, path: str, seconds: int) -> None:
        """Send requests as fast as they are answered, and keep what that showed."""
        before = self.cpu_seconds()
        output = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", f"http://127.0.0.1:{self.port}{path}"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        used = self.cpu_seconds() - before
        if "Non-2xx" in output or "Socket errors" in output:
            raise RuntimeError(f"{self.name} failed under load:\n{output}")
        requests = int(number(r"(\d+) requests in", output))
        self.passes.setdefault(path, []).append(
            Load(
                used / requests * 1e6,
                number(r"Requests/sec:\s+([\d.]+)", output),
                milliseconds("50%", output),
                milliseconds("99%", output),
            )
        )

    def best(self, path: str) -> float:
        """Least CPU for each request, in microseconds."""
        return min(load.cpu_us for load in self.passes[path])


def number(pattern: str, text: str) -> float:
    """The number that a program printed."""
    found = re.search(pattern, text)
    if not found:
        raise RuntimeError(f"{pattern} is not in\n{text}")
    return float(found[1])


def milliseconds(percentile: str, text: str) -> float:
    """A percentile as wrk prints it, in milliseconds."""
    found = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)\b", text)
    if not found:
        raise RuntimeError(f"{percentile} is not in\n{text}")
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def started(name: str, program: Path, settings: Mapping[str, str], log: Path) -> Iterator[Server]:
    """Run a server, and see how long it takes to listen."""
    port = free_port()
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen([program], env={**settings, "PORT": str(port)}, stdout=output)
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except ConnectionRefusedError:
                    if process.poll() is not None or time.perf_counter() - start > 10:
                        raise RuntimeError(f"{name} does not listen") from None
            yield Server(name, port, process, (time.perf_counter() - start) * 1000)
        finally:
            process.kill()
            process.wait()


@contextmanager
def migrated_database(server: str, repo: Path) -> Iterator[str]:
    """A database with the service's schema, gone afterwards; gives its address."""
    name = f"benchmark_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        try:
            address = urlsplit(server)._replace(path=f"/{name}", query="sslmode=disable").geturl()
            files = sorted((repo / "migrations/sql").glob("*.up.sql"))
            with psycopg.connect(address, autocommit=True) as database:
                for file in files:
                    database.execute(file.read_bytes())
                version = int(files[-1].name.split("_")[0])
                database.execute("CREATE TABLE schema_migrations (version bigint NOT NULL, dirty boolean NOT NULL)")
                database.execute("INSERT INTO schema_migrations VALUES (%s, false)", [version])
            yield address
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def built(crate: Path, target: Path, program: str, copy: Path) -> Path:
    """The release build of a crate, where no other build replaces it."""
    environment = {**os.environ, "CARGO_TARGET_DIR": str(target)}
    if (crate / "src/startup.rs").exists():
        # cargo can't tell the crates of two rendered services apart.
        subprocess.run(["cargo", "clean", "-q", "--release", "-p", "app"], cwd=crate, env=environment, check=True)
    subprocess.run(["cargo", "build", "-q", "--locked", "--release"], cwd=crate, env=environment, check=True)
    return Path(shutil.copy2(target / "release" / program, copy))


def create_item(port: int) -> str:
    """The path of a new item."""
    body = {"name": "Lamp", "description": "Brass, with a green shade", "price_cents": 4950}
    request = Request(
        f"http://127.0.0.1:{port}/api/v1/items",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=10) as response:
        path: str = response.headers["Location"]
        return path


@dataclass
class Tally:
    """What clients saw while the server ended."""

    answered: int = 0
    failed: int = 0
    draining: bool = False


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> tuple[int, bool]:
    """One request on an open connection: the status, and whether the server closes the connection."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    await reader.readexactly(int(number(r"content-length: (\d+)", head)))
    return int(head.split()[1]), "connection: close" in head


async def client(port: int, path: str, tally: Tally) -> None:
    """Ask without a pause, on one connection for as long as it lasts, until the server is seen to be draining."""
    while not tally.draining:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            return
        try:
            closing = False
            while not closing and not tally.draining:
                status, closing = await exchange(reader, writer, path)
                tally.answered += status == 200
                tally.failed += status != 200
        except (ConnectionError, asyncio.IncompleteReadError):
            tally.failed += 1
        finally:
            writer.close()


async def balancer(port: int, tally: Tally) -> None:
    """Watch readiness as a load balancer does: two failures, 50 ms apart, and nobody sends anything any more."""
    failures = 0
    while failures < 2:
        await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        status, _ = await exchange(reader, writer, "/health/ready")
        failures = failures + 1 if status == 503 else 0
        writer.close()
    tally.draining = True


async def ended_under_load(server: Server, path: str) -> tuple[Tally, int, float]:
    """SIGTERM amid requests: what clients saw, the exit code, and the seconds it took."""
    tally = Tally()
    work = [client(server.port, path, tally) for _ in range(CLIENTS)]
    running = asyncio.gather(balancer(server.port, tally), *work)
    await asyncio.sleep(1)
    start = time.perf_counter()
    server.process.send_signal(signal.SIGTERM)
    await running
    code = await asyncio.to_thread(server.process.wait, 30)
    return tally, code, time.perf_counter() - start


def verdict(name: str, value: float, limit: float, unit: str) -> bool:
    """Print a figure beside its limit; say whether it holds."""
    holds = value <= limit
    print(f"{'ok  ' if holds else 'MISS'}  {name}: {value:.2f}{unit} (at most {limit:g}{unit})")
    return holds


def measure(postgres: str, service: Path, passes: int, seconds: int) -> bool:
    """Print all figures; say whether every limit holds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        target = Path(os.environ.get("KIT_CARGO_TARGET_DIR", folder / "target")).resolve()
        program = built(service / "app", target, "service", folder / "service-program")
        bare_program = built(ROOT / "benchmarks/bare", target, "bare", folder / "bare-program")

        database = stack.enter_context(migrated_database(postgres, service))
        settings = {"ENVIRONMENT": "local", "DATABASE_URL": database, "SHUTDOWN_DRAIN_SECONDS": "1"}
        log = folder / "service.log"

        listen = []
        for _ in range(5):
            with started("service", program, settings, log) as server:
                listen.append(server.listen_ms)

        bare = stack.enter_context(started("bare", bare_program, settings, folder / "bare.log"))
        kit = stack.enter_context(started("service", program, settings, log))
        item = create_item(kit.port)
        paths = {"/health/live": "live", item: "item read"}
        for _ in range(passes):
            for path in paths:
                for server in (bare, kit):
                    server.load(path, seconds)

        print(f"{'':22}{'CPU/request':>12}{'requests/s':>12}{'p50':>10}{'p99':>10}")
        for path, title in paths.items():
            for server in (bare, kit):
                best = min(server.passes[path], key=lambda load: load.cpu_us)
                print(
                    f"{title + ', ' + server.name:22}{best.cpu_us:>9.1f} us{best.per_second:>12.0f}"
                    f"{best.p50_ms:>7.2f} ms{best.p99_ms:>7.2f} ms"
                )
        print(f"binary: {program.stat().st_size / 1e6:.1f} MB")

        resident = kit.resident_mb()
        tally, code, took = asyncio.run(ended_under_load(kit, item))
        print(f"SIGTERM under load: {tally.answered} answered, {tally.failed} failed, exit {code} after {took:.1f} s")
        return all(
            [
                verdict(
                    "live, over bare", kit.best("/health/live") - bare.best("/health/live"), LIVE_OVERHEAD_US, " us"
                ),
                verdict("item read, to bare", kit.best(item) / bare.best(item), ITEM_RATIO, ""),
                verdict("resident after load", resident, RESIDENT_MB, " MB"),
                verdict("listening after", min(listen), LISTEN_MS, " ms"),
                verdict("requests failed at SIGTERM", tally.failed, 0, ""),
                verdict("exit code at SIGTERM", abs(code), 0, ""),
            ]
        )


def rendered(folder: Path) -> Path:
    """The service of examples/zeus.yml."""
    template = folder / "kit"
    template.mkdir()
    shutil.copy(ROOT / "copier.yml", template)
    for part in ("template", "extensions", "hooks"):
        shutil.copytree(ROOT / part, template / part)
    answers = yaml.safe_load((ROOT / "examples/zeus.yml").read_text())
    run_copy(str(template), folder / "repo", data=answers, defaults=True, unsafe=True, quiet=True)
    return folder / "repo"


def main() -> int:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", help="a superuser's address of a server, instead of a throwaway one")
    parser.add_argument("--service", type=Path, help="a rendered repository, instead of examples/zeus.yml")
    parser.add_argument("--passes", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=2, help="length of a pass")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a limit does not hold")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        service = arguments.service or rendered(Path(folder))
        if not arguments.postgres:
            return on_throwaway_postgres(service.resolve())
        holds = measure(arguments.postgres, service, arguments.passes, arguments.seconds)
    return int(arguments.check and not holds)


def on_throwaway_postgres(service: Path) -> int:
    """Start over on the server that the rendered repository starts for its own tests."""
    command = 'exec "$@" --postgres "$DATABASE_URL"'
    again = [sys.executable, "-m", "benchmarks.service", *sys.argv[1:], "--service", str(service)]
    script: list[str | Path] = [service / "scripts/with-postgres.sh", "sh", "-c", command, "sh", *again]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(script, env=environment, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
