"""A rendered pipeline, run job by job on this machine with stand-ins for everything outside of the repository."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

from tests.support.tools import path_with, require

Event = Literal["merge request", "main", "tag"]

# Values that must never show up in a log.
SECRETS = {
    "aws_token": "eyJhbGciOiJSUzI1NiJ9.short-lived-token-of-this-job.c2lnbmF0dXJl",
    "gitlab_token": "glcbt-64_token-of-this-job",
    "registry_password": "ecr-password-for-twelve-hours",
    "cache_password": "password-of-the-project-registry",
    "plan_secret": "value-that-only-the-plan-file-knows",
}

PROGRAMS = ("apk", "aws", "curl", "docker", "hadolint", "make", "rustup", "shellcheck", "terraform")

REPOSITORIES = ("zeus/zeus-api/app", "zeus/zeus-api/migrations")

EVENTS: dict[Event, list[str]] = {
    "merge request": [
        *("--variable", "CI_PIPELINE_SOURCE=merge_request_event", "--ignore-predefined-vars", "CI_PIPELINE_SOURCE"),
        *("--unset-variable", "CI_COMMIT_BRANCH"),
    ],
    "main": [],
    "tag": ["--variable", "CI_COMMIT_TAG=v1.2.0", "--unset-variable", "CI_COMMIT_BRANCH"],
}


class World:
    """What the stand-ins know, and a PATH on which they stand; the programs named in `real` have none."""

    def __init__(self, folder: Path, real: Set[str]) -> None:
        self._file = folder / "world.json"
        self.programs = folder / "programs"
        self.programs.mkdir(parents=True)
        for program in set(PROGRAMS) - real:
            script = self.programs / program
            stand_in = f"{sys.executable} -S -E {Path(__file__).with_name('stand_ins.py')}"
            script.write_text(f'#!/bin/sh\nexec {stand_in} {self._file} {program} "$@"\n')
            script.chmod(0o755)
        self._file.write_text(
            json.dumps(
                {
                    **SECRETS,
                    "passwords": [SECRETS["registry_password"], SECRETS["cache_password"]],
                    "calls": [],
                    "roles": [],
                    "images": {name: [] for name in REPOSITORIES},
                    "parameters": {
                        f"/zeus/{name}/v1/cluster": ['{"cluster_name": "zeus-prod"}']
                        for name in ("dev", "staging", "prod")
                    },
                    "states": {},
                    "services": {},
                    "tasks": {},
                    "definitions": {},
                    "migration": {
                        "refused": "",
                        "polls": 2,
                        "stopped_reason": "Essential container in task exited",
                        "container": {"exitCode": 0},
                    },
                    "log_lines": {
                        "app": ["the application listens on port 8080"],
                        "migrations": ["applied 000001_items", "imported items.csv"],
                    },
                    "breaker": None,
                    "running_count": 1,
                    "unready": 1,
                    "drift": [],
                    "apply_refused": "",
                    "push_refused": False,
                    "failing_targets": [],
                }
            )
        )

    def read(self) -> dict[str, Any]:
        world: dict[str, Any] = json.loads(self._file.read_text())
        return world

    @contextmanager
    def change(self) -> Iterator[dict[str, Any]]:
        """Change what the stand-ins know."""
        world = self.read()
        yield world
        self._file.write_text(json.dumps(world))

    def calls(self, *start: str) -> list[list[str]]:
        """The calls so far whose first words are these, in order."""
        return [call for call in self.read()["calls"] if call[: len(start)] == list(start)]

    def forget_calls(self) -> None:
        with self.change() as world:
            world["calls"], world["roles"] = [], []


@dataclass(frozen=True)
class Run:
    """What a pipeline did: the jobs in the order in which they ended, those behind a click, and what each wrote."""

    passed: list[str]
    failed: list[str]
    waiting: set[str]
    logs: dict[str, str] = field(repr=False)
    text: str = field(repr=False)

    @property
    def started(self) -> set[str]:
        return {*self.passed, *self.failed}


class Pipeline:
    """A rendered repository under git, with a GitLab runner's view of it."""

    def __init__(self, rendered: Path, folder: Path, real: Set[str] = frozenset()) -> None:
        self.world = World(folder / "world", real)
        self.repo = shutil.copytree(rendered, folder / "repo")
        self._git("init", "--quiet", "--initial-branch", "main")
        self._git("remote", "add", "origin", "https://gitlab.com/acme/zeus-api.git")
        self.commit = self.commit_all("Start")
        self._git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")

    def commit_all(self, message: str) -> str:
        """Commit the work tree, empty or not, and push it."""
        self._git("add", "--all")
        author = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
        self._git(*author, "commit", "--quiet", "--allow-empty", "--message", message)
        self._git("update-ref", "refs/remotes/origin/main", "HEAD")
        self.commit = self._git("rev-parse", "HEAD").strip()
        return self.commit

    def expanded(self) -> dict[str, Any]:
        """The pipeline as GitLab reads it, includes, extends and references resolved."""
        text = self._gitlab_ci_local("--preview", "--no-evaluate-rule-changes").stdout
        pipeline: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
        return pipeline

    def jobs(self, event: Event) -> dict[str, str]:
        """The jobs that GitLab would make, with when each of them runs."""
        listed = json.loads(self._gitlab_ci_local("--list-json", *EVENTS[event]).stdout)
        return {job["name"]: job["when"] for job in listed if job["when"] != "never"}

    def validate(self, event: Event) -> subprocess.CompletedProcess[str]:
        """Whether all `needs` lead to jobs that this pipeline has, once everything was clicked."""
        file = self.repo / ".gitlab-ci.yml"
        text = file.read_text()
        file.write_text(re.sub(r"^ +when: manual\n", "", text, flags=re.MULTILINE))
        try:
            return self._gitlab_ci_local("--validate-dependency-chain", *EVENTS[event], check=False)
        finally:
            file.write_text(text)

    def run(self, event: Event, *, manual: Sequence[str] = (), variables: dict[str, str] | None = None) -> Run:
        """Run the pipeline; of the jobs that wait for a click, those in `manual`."""
        unclicked = {name for name, when in self.jobs(event).items() if when == "manual"} - set(manual)
        expanded = self.expanded()
        waiting = _with_what_needs_them(unclicked, expanded)
        file = self.repo / "expanded.yml"
        file.write_text(
            json.dumps({name: job for name, job in _without_images(expanded).items() if name not in waiting})
        )
        settings = {
            "AWS_ID_TOKEN": SECRETS["aws_token"],
            "CI_JOB_TOKEN": SECRETS["gitlab_token"],
            "CI_REGISTRY_USER": "gitlab-ci-token",
            "CI_REGISTRY_PASSWORD": SECRETS["cache_password"],
            "POLL_SECONDS": "0.05",
            **(variables or {}),
        }
        done = self._gitlab_ci_local(
            *("--file", file.name, "--force-shell-executor", "--shell-isolation", "--no-artifacts-to-source"),
            *EVENTS[event],
            *(word for name, value in settings.items() for word in ("--variable", f"{name}={value}")),
            *(word for job in manual for word in ("--manual", job)),
            check=False,
            merged=True,
        )
        file.unlink()
        return _read_run(done.stdout, waiting)

    def script(
        self, name: str, *arguments: str, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a script as the deploy role, without a pipeline around it."""
        token = self.repo.parent / "token"
        token.touch(mode=0o600)
        token.write_text(SECRETS["aws_token"])
        return subprocess.run(
            [self.repo / "scripts" / name, *arguments],
            cwd=self.repo,
            env={
                **self._environment(),
                "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/zeus-prod-zeus-api-deploy",
                "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
                "GITLAB_TOKEN": SECRETS["gitlab_token"],
                "POLL_SECONDS": "0.05",
                **(environment or {}),
            },
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=120,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        """This machine's, without what would make a difference."""
        foreign = re.compile(r"^(CI|CI_.*|GITLAB_.*|AWS_.*|TF_.*|CARGO_.*)$")
        kept = {name: value for name, value in os.environ.items() if not foreign.match(name)}
        return {**kept, "PATH": f"{self.world.programs}:{path_with('gitlab-ci-local', 'rsync')}"}

    def _gitlab_ci_local(
        self, *arguments: str, check: bool = True, merged: bool = False
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [require("gitlab-ci-local"), "--home", self.repo.parent / "home", *arguments],
            cwd=self.repo,
            env={**self._environment(), "FORCE_COLOR": "0", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merged else subprocess.PIPE,
            text=True,
            timeout=120,
            check=check,
        )

    def _git(self, *arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=self.repo, capture_output=True, text=True, check=True).stdout


def _with_what_needs_them(jobs: set[str], pipeline: dict[str, Any]) -> set[str]:
    """These jobs and all that can't run before them; gitlab-ci-local refuses to start as long as they are there."""
    found = set(jobs)
    while True:
        more = {
            name
            for name, job in pipeline.items()
            if isinstance(job, dict) and found & {need["job"] for need in job.get("needs", [])}
        }
        if more <= found:
            return found
        found |= more


def _without_images(pipeline: dict[str, Any]) -> dict[str, Any]:
    """The same pipeline for a machine without containers."""
    return {
        name: {key: value for key, value in job.items() if key not in ("image", "services")}
        if isinstance(job, dict)
        else job
        for name, job in pipeline.items()
    }


def _read_run(text: str, waiting: set[str]) -> Run:
    verdicts = {job: verdict for verdict, job in re.findall(r"^ (PASS|FAIL) +(\S+)", text, re.MULTILINE)}
    ended = [job for job in re.findall(r"^(\S+) +finished in ", text, re.MULTILINE) if job in verdicts]
    logs: dict[str, str] = {}
    for job, line in re.findall(r"^(\S+) +> (.*)$", text, re.MULTILINE):
        logs[job] = logs.get(job, "") + line + "\n"
    assert verdicts.keys() <= set(ended), text
    return Run(
        passed=[job for job in ended if verdicts[job] == "PASS"],
        failed=[job for job in ended if verdicts[job] == "FAIL"],
        waiting=waiting,
        logs=logs,
        text=text,
    )
