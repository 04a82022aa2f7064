"""Images built from rendered Dockerfiles, and containers of them: by buildah and podman, which need no running engine.

A base image is pulled where that is possible. Elsewhere a stand-in of the same name is made from Debian's packages and
this machine's own Go and Rust, which is no smaller or safer, but holds what the Dockerfile may count on.
"""

import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support import tools

# Names of images tell the release of Debian by its name, distroless ones by its number.
SUITES = {"trixie": "trixie", "debian13": "trixie", "bookworm": "bookworm", "debian12": "bookworm"}

# How this machine reaches the package registries; a build has to go the same way, an image must not know it.
REGISTRY_SETTINGS = re.compile(
    r"(GOPROXY|GOSUMDB|GONOSUMDB|GONOPROXY|GOPRIVATE|GOINSECURE|CARGO_(HTTP|NET|REGISTRY|REGISTRIES|SOURCE)_\w+)"
)
CERTIFICATES = "/run/certificates.pem"
BUILDERS_HOME = "/root"

RUN_TIMEOUT = 120
BUILD_TIMEOUT = 1500

CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "{folder}/tmp"
"""

STORAGE_CONF = """\
[storage]
driver = "overlay"
runroot = "{folder}/run"
graphroot = "{folder}/store"
"""


@dataclass(frozen=True)
class Toolchain:
    """What the image of a language has beyond Debian, laid out as in the official image."""

    packages: tuple[str, ...]
    root: str
    ask_for_root: tuple[str, ...]
    environment: dict[str, str]
    caches: dict[Path, str]
    """Folders of this machine that spare a build its downloads. What a build writes there is thrown away."""
    settings: dict[Path, str]


HOME = Path.home()
CARGO_HOME = Path(os.environ.get("CARGO_HOME", HOME / ".cargo"))
GOPATH = Path(os.environ.get("GOPATH", HOME / "go"))

TOOLCHAINS = {
    "golang": Toolchain(
        packages=("ca-certificates",),
        root="/usr/local/go",
        ask_for_root=("go", "env", "GOROOT"),
        environment={"GOPATH": "/go", "GOTOOLCHAIN": "local"},
        caches={GOPATH / "pkg/mod": "/go/pkg/mod"},
        settings={Path(os.environ.get("GOENV", HOME / ".config/go/env")): f"{BUILDERS_HOME}/.config/go/env"},
    ),
    "rust": Toolchain(
        packages=("ca-certificates", "gcc", "libc6-dev"),
        root="/usr/local/rustup",
        ask_for_root=("rustc", "--print", "sysroot"),
        environment={"CARGO_HOME": "/usr/local/cargo"},
        caches={CARGO_HOME / "registry": "/usr/local/cargo/registry"},
        settings={CARGO_HOME / "config.toml": "/usr/local/cargo/config.toml"},
    ),
}


@dataclass
class Images:
    """A store of images and containers that is shared with nobody and gone in the end."""

    folder: Path
    _volumes: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "tmp").mkdir()
        (self.folder / "empty").mkdir()
        (self.folder / "containers.conf").write_text(CONTAINERS_CONF.format(folder=self.folder))
        (self.folder / "storage.conf").write_text(STORAGE_CONF.format(folder=self.folder))

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "CONTAINERS_CONF": str(self.folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"),
            "TMPDIR": str(self.folder / "tmp"),
        }

    def build(self, context: Path, dockerfile: Path) -> str:
        """The image of a Dockerfile; its name."""
        volumes = [volume for base in bases(dockerfile) for volume in self._base(base)]
        name = f"localhost/{secrets.token_hex(4)}"
        self._build(name, volumes, "--file", str(dockerfile), str(context))
        return name

    def run(self, image: str, *arguments: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        """A container's run to its end; the output holds both streams."""
        return subprocess.run(
            ["podman", "run", "--rm", *_as_on_ecs(environment), image, *arguments],
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RUN_TIMEOUT,
        )

    @contextmanager
    def start(self, image: str, *, environment: Mapping[str, str]) -> Iterator["Container"]:
        """A container in the background, until the block ends."""
        name = secrets.token_hex(4)
        self._call(
            ["podman", "run", "--detach", "--name", name, *_as_on_ecs(environment), image],
            environment={**self.environment, **environment},
        )
        try:
            yield Container(self, name)
        finally:
            self._call(["podman", "rm", "--force", "--time", "0", name])

    def close(self) -> None:
        """Leave no process, mount or file behind."""
        for command in (
            ["podman", "rm", "--all", "--force", "--time", "0"],
            ["buildah", "rm", "--all"],
            ["podman", "umount", "--all", "--force"],
        ):
            subprocess.run(command, env=self.environment, capture_output=True, timeout=RUN_TIMEOUT)
        shutil.rmtree(self.folder)

    def _base(self, name: str) -> list[str]:
        """Have a base image in the store; the volumes that builds with it need."""
        if name not in self._volumes:
            self._volumes[name] = self._make_base(name)
        return self._volumes[name]

    def _make_base(self, name: str) -> list[str]:
        toolchain = TOOLCHAINS.get(re.split(r"[/:]", qualified(name))[-2])
        pull = ["buildah", "pull", "--quiet", qualified(name)]
        pulled = subprocess.run(pull, env=self.environment, capture_output=True, timeout=300).returncode == 0
        if toolchain is None:
            if not pulled:
                self._call(["buildah", "tag", self._debian(name), qualified(name)])
            return []

        lines = [f"FROM {qualified(name) if pulled else self._debian(name)}"]
        volumes = _mounts(toolchain.settings, "ro") + _mounts(toolchain.caches, "O")
        variables = {key: value for key, value in os.environ.items() if REGISTRY_SETTINGS.fullmatch(key)}
        if "SSL_CERT_FILE" in os.environ:
            variables["SSL_CERT_FILE"] = CERTIFICATES
            volumes += _mounts({Path(os.environ["SSL_CERT_FILE"]): CERTIFICATES}, "ro")
        if not pulled:
            tools.require(toolchain.ask_for_root[0])
            root = Path(subprocess.check_output(toolchain.ask_for_root, text=True).strip())
            volumes += _mounts({root: toolchain.root}, "ro")
            lines += [
                "RUN apt-get update -q && apt-get install -qy --no-install-recommends " + " ".join(toolchain.packages),
                f"ENV PATH={toolchain.root}/bin:$PATH",
            ]
            variables = {**toolchain.environment, **variables}
        # Only images that build get these variables: none of them is an ancestor of an image that runs.
        dockerfile = self.folder / "Dockerfile"
        dockerfile.write_text("\n".join([*lines, *(f'ENV {key}="{value}"' for key, value in variables.items()), ""]))
        self._build(qualified(name), [], "--file", str(dockerfile), str(self.folder / "empty"))
        return volumes

    def _debian(self, name: str) -> str:
        """A bare Debian of the release that the name of an image tells; its own name."""
        suite = next((suite for part, suite in SUITES.items() if part in name), None)
        if suite is None:
            tools.missing(f"the image {name} can't be pulled, and tests/support/images.py knows no stand-in for it")
        image = f"localhost/{suite}"
        if subprocess.run(["buildah", "inspect", image], env=self.environment, capture_output=True).returncode != 0:
            if os.geteuid() != 0:
                tools.missing(f"the image {name} can't be pulled, and only root can make a stand-in by debootstrap")
            container = self._call(["buildah", "from", "scratch"])
            root = self._call(["buildah", "mount", container])
            mirror = os.environ.get("KIT_DEBIAN_MIRROR")
            self._call(
                [str(tools.require("debootstrap")), "--variant=minbase", suite, root, *([mirror] if mirror else [])]
            )
            self._call(["buildah", "umount", container])
            path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
            self._call(["buildah", "config", "--env", f"PATH={path}", "--cmd", "bash", container])
            self._call(["buildah", "commit", "--quiet", "--rm", "--disable-compression", container, image])
        return image

    def _build(self, name: str, volumes: Sequence[str], *arguments: str) -> None:
        """Without a namespace for each step, which a machine that is a container itself may refuse to make."""
        self._call(
            [
                *("buildah", "bud", "--isolation", "chroot", "--network", "host", "--pull-never", "--layers=false"),
                *(f"--volume={volume}" for volume in volumes),
                *("--tag", name, *arguments),
            ]
        )

    def _call(self, command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> str:
        result = subprocess.run(
            command, env=environment or self.environment, capture_output=True, text=True, timeout=BUILD_TIMEOUT
        )
        output = result.stdout + result.stderr
        assert result.returncode == 0, f"{' '.join(command)}\n{output}"
        return result.stdout.strip()


@dataclass(frozen=True)
class Container:
    """A running container."""

    images: Images
    name: str

    def execute(self, *command: str) -> int:
        """Run a program in the container; its exit code."""
        return subprocess.run(
            ["podman", "exec", self.name, *command],
            env=self.images.environment,
            capture_output=True,
            timeout=RUN_TIMEOUT,
        ).returncode

    def stop(self) -> int:
        """Ask the container to end, as ECS does, and wait; its exit code."""
        self.images._call(["podman", "kill", "--signal", "TERM", self.name])
        return int(self.images._call(["podman", "wait", self.name]))

    @property
    def running(self) -> bool:
        return self.images._call(["podman", "inspect", "--format", "{{.State.Running}}", self.name]) == "true"

    @property
    def log(self) -> str:
        result = subprocess.run(
            ["podman", "logs", self.name],
            env=self.images.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RUN_TIMEOUT,
        )
        return result.stdout


def bases(dockerfile: Path) -> list[str]:
    """The images that a Dockerfile builds on, without its own stages."""
    stages: set[str] = set()
    names: list[str] = []
    for name, stage in re.findall(r"^FROM (\S+)(?: AS (\S+))?$", dockerfile.read_text(), re.MULTILINE):
        if name not in stages:
            names.append(name)
        stages.add(stage)
    return names


def qualified(name: str) -> str:
    """The full name of an image: `debian:trixie-slim` is one of Docker Hub's."""
    registry, slash, _ = name.partition("/")
    if slash and "." in registry:
        return name
    return f"docker.io/{name}" if slash else f"docker.io/library/{name}"


def _mounts(paths: Mapping[Path, str], mode: str) -> list[str]:
    """Volumes for those paths that this machine has."""
    return [f"{source.resolve()}:{target}:{mode}" for source, target in paths.items() if source.exists()]


def _as_on_ecs(environment: Mapping[str, str]) -> list[str]:
    """Nothing can be written, not even below /tmp. Values come from podman's own environment, not its command line."""
    return [
        *("--network", "host", "--read-only", "--read-only-tmpfs=false", "--cap-drop", "all"),
        *(argument for name in environment for argument in ("--env", name)),
    ]


@pytest.fixture(scope="session")
def images() -> Iterator[Images]:
    """One store for the session, at a short path: overlay file systems and podman's sockets limit its length."""
    for program in ("buildah", "podman", "runc"):
        tools.require(program)
    images = Images(Path(tempfile.mkdtemp(prefix="kit-images-")))
    try:
        yield images
    finally:
        images.close()
