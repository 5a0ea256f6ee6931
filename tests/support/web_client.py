"""A server of `kairosfile web` in this process, with a script in place of docker, and an HTTP client."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import requests

from kairosfile.cli.jobs import folder
from kairosfile.cli.web.serve import Server, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

TEXT = "# ours\nbase: mirror/debian:13  # pinned by QA\nversion: v1.0.0\n"
# Replaces docker: writes its arguments to stderr, and an ISO to the folder of --output.
DOCKER = """#!/bin/sh
for word in "$@"; do case "$word" in --build-arg=SLEEP=*) sleep 60;; esac; done
echo "ERROR: $TOKEN $*" >&2
case "$*" in *--push*) echo '{"containerimage.digest": "sha256:0123"}' > metadata.json;; esac
case "$*" in *type=local*) mkdir -p artifacts && printf abcdef > artifacts/a.iso;; esac
"""


class Client:
    """A program with the token of a server."""

    def __init__(self, server: Server, root: Path) -> None:
        self.server = server
        self.root = root
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["authorization"] = f"Bearer {server.credentials.token}"

    def url(self, path: str) -> str:
        return f"{self.server.address}/api/v1{path}"

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.session.request(method, self.url(path), timeout=60, **more)

    def get(self, path: str, **more: Any) -> Any:
        answer = self.ask("GET", path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **body: Any) -> requests.Response:
        return self.ask("POST", path, json=body)

    @contextmanager
    def stream(self, path: str, offset: str) -> Iterator[Iterator[str]]:
        """Yield the lines of a stream from an offset on, over a separate connection."""
        headers = {"authorization": f"Bearer {self.server.credentials.token}", "last-event-id": offset}
        with requests.get(self.url(path), headers=headers, stream=True, timeout=60) as answer:
            assert answer.ok, answer.text
            yield answer.iter_lines(chunk_size=1 << 16, decode_unicode=True, delimiter="\n")

    @property
    def project(self) -> str:
        (project,) = self.get("/projects")
        return str(project["id"])


@contextmanager
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Iterator[Client]:
    """Serve a folder with one Kairosfile, with a script in docker's place."""
    root, programs = tmp_path / "project", tmp_path / "bin"
    root.mkdir()
    programs.mkdir()
    (root / "Kairosfile").write_text(TEXT)
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("TOKEN", "canary-0123456789")
    server = Server(Settings([root], tmp_path / "state", port=0, secrets={"token": "id=token,env=TOKEN"}, **more))
    thread = threading.Thread(target=server.run)
    thread.start()
    client = Client(server, root)
    until(lambda: server.server.started)
    yield client
    for job in folder.all_jobs(tmp_path / "state"):
        job.cancel()
    until(lambda: all(job.state() in folder.ENDED for job in folder.all_jobs(tmp_path / "state")))
    until(lambda: not server.store.queue.processes())
    server.server.should_exit = True
    client.session.close()
    thread.join()
    server.socket.close()


def until(
    condition: Callable[[], object], seconds: float = 90, pause: Callable[[], object] = lambda: time.sleep(0.02)
) -> None:
    """Wait until a condition is true; fail the test at the timeout. A browser's events need its own `pause`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        pause()


def build(client: Client, **more: Any) -> requests.Response:
    tag = hashlib.sha256((client.root / "Kairosfile").read_bytes()).hexdigest()
    body = {"project": client.project, "sha256": tag, "platforms": ["linux/amd64"], "tags": ["a:1"], **more}
    return client.post("/builds", **body)


def ended(client: Client, job: str) -> dict[str, Any]:
    until(lambda: client.get(f"/builds/{job}")["state"] in folder.ENDED)
    return dict(client.get(f"/builds/{job}"))
