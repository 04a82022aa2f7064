"""Terraform states over HTTP as GitLab keeps them: versions, locks that hold, and nothing without the token."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]


@dataclass
class State:
    """One state: all its versions, who holds its lock, and each call that was made about it."""

    versions: list[str] = field(default_factory=list)
    lock: Json | None = None
    calls: list[str] = field(default_factory=list)

    @property
    def current(self) -> Json:
        document: Json = json.loads(self.versions[-1])
        return document

    @property
    def outputs(self) -> Json:
        return {name: output["value"] for name, output in self.current["outputs"].items()}

    @property
    def resources(self) -> list[str]:
        """Addresses of what Terraform made; data that it read is left out."""
        return [
            f"{resource['type']}.{resource['name']}"
            for resource in self.current["resources"]
            if resource["mode"] == "managed"
        ]


class StateServer:
    """GitLab's state API below /api/v4/projects/PROJECT/terraform/state/NAME."""

    def __init__(self, user: str = "gitlab-ci-token", token: str = "job-token-for-tests") -> None:
        self.user, self.token = user, token
        self.states: dict[str, State] = {}
        self.refused = 0
        self.guard = threading.Lock()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"owner": self}))

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/api/v4"

    def job(self, project: int) -> dict[str, str]:
        """What GitLab sets in a job of that project."""
        return {"CI": "true", "CI_API_V4_URL": self.api, "CI_PROJECT_ID": str(project), "CI_JOB_TOKEN": self.token}

    def state(self, project: int, name: str) -> State:
        return self.states[f"/api/v4/projects/{project}/terraform/state/{name}"]

    @contextmanager
    def running(self) -> Iterator["StateServer"]:
        thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.http.shutdown()
            self.http.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    owner: StateServer

    def do_GET(self) -> None:
        with self._state("GET") as state:
            if state and state.versions:
                self._answer(HTTPStatus.OK, state.versions[-1])
            elif state:
                self._answer(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        is_lock = urlsplit(self.path).path.endswith("/lock")
        with self._state("LOCK" if is_lock else "WRITE") as state:
            if not state:
                return
            holder = state.lock
            if is_lock and holder is None:
                state.lock = json.loads(body)
                self._answer(HTTPStatus.OK)
            elif is_lock:
                self._answer(HTTPStatus.LOCKED, json.dumps(holder))
            elif holder and parse_qs(urlsplit(self.path).query).get("ID") != [holder["ID"]]:
                self._answer(HTTPStatus.CONFLICT, json.dumps(holder))
            else:
                state.versions.append(body)
                self._answer(HTTPStatus.OK)

    def do_DELETE(self) -> None:
        with self._state("UNLOCK") as state:
            if state:
                state.lock = None
                self._answer(HTTPStatus.OK)

    @contextmanager
    def _state(self, call: str) -> Iterator[State | None]:
        """The state that the address names; None after an answer to someone without the token."""
        with self.owner.guard:
            wanted = base64.b64encode(f"{self.owner.user}:{self.owner.token}".encode()).decode()
            if self.headers.get("Authorization") != f"Basic {wanted}":
                self.owner.refused += 1
                self._answer(HTTPStatus.UNAUTHORIZED)
                yield None
                return
            state = self.owner.states.setdefault(urlsplit(self.path).path.removesuffix("/lock"), State())
            state.calls.append(call)
            yield state

    def _answer(self, status: HTTPStatus, body: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        """Silent: pytest shows what matters."""
