"""`kairosfile web` as a process: its output, its errors, and a build that continues after the server is killed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlparse

import pytest

from kairosfile.cli.jobs import folder
from tests.support.web_client import until
from tests.support.web_process import WebProcess
from tests.unit.cli.test_command import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

# Replaces docker: prints a line, waits until a file exists, and prints another line.
DOCKER = """#!/bin/sh
echo first >&2
while [ ! -e "$GO" ]; do sleep 0.1; done
echo last >&2
"""


def refusal(*arguments: str, cwd: Path) -> tuple[int, str]:
    done = subprocess.run([COMMAND, "web", *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_a_failure_to_serve_is_reported_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        reason = f"cannot serve on 127.0.0.1:{port}: Address already in use; choose another --port or --state"
        state = str(tmp_path / "state")
        assert refusal("--port", port, "--state", state, cwd=tmp_path) == (2, f"kairosfile: {reason}\n")
    assert refusal("missing", cwd=tmp_path) == (2, "kairosfile: missing is neither a folder nor a file\n")
    for words, why in (
        (["--listen", "127.0.0.2"], "name the token's --token-file, or --tls-cert"),
        (["--tls-key", "key.pem"], "name that with --tls-cert"),
        (["--tls-cert", "missing.pem"], "cannot serve on 127.0.0.1:8080: there is no file missing.pem"),
    ):
        status, text = refusal(*words, cwd=tmp_path)
        assert (status, text.count("\n")) == (2, 1), text
        assert text.endswith(f"{why}\n")
    status, text = refusal("--secret", "src=a", cwd=tmp_path)
    assert (status, text) == (2, 'kairosfile: a secret has an id: --secret id=NAME,src=FILE, not "src=a"\n')


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    program = "import sys; sys.modules['uvicorn'] = None; sys.argv = ['kairosfile', 'web']; "
    program += "from kairosfile.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "pip install 'kairosfile[web]' (uvicorn is missing)" in done.stderr


def test_the_browser_is_given_a_file_with_the_code_and_no_argument_has_it(tmp_path: Path) -> None:
    file = tmp_path / "images" / "Kairosfile"
    file.parent.mkdir()
    file.write_text("base: debian:13\nversion: v1.0.0\n")
    browser, result = tmp_path / "browser", tmp_path / "told"
    browser.write_text(f'#!/bin/sh\necho "$@" > {result}\n')
    browser.chmod(0o755)
    environment = {**os.environ, "BROWSER": f"{browser} %s"}
    with WebProcess(file, tmp_path / "state", environment, "--open") as server:
        until(lambda: result.exists() and result.read_text().endswith("\n"))
        address = server.line.split()[0]

    opened = Path(unquote(urlparse(result.read_text().strip()).path))
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/p/[0-9a-f]{12}/Kairosfile\?code=\S+", address)
    assert (opened, opened.stat().st_mode & 0o777) == (tmp_path / "state" / "open.html", 0o600)
    assert f"url={address}" in opened.read_text()
    assert "code=" not in result.read_text()


def test_with_a_reader_two_addresses_are_printed_and_no_browser_is_opened(tmp_path: Path) -> None:
    with WebProcess(tmp_path, tmp_path / "state", os.environ, "--read-only") as server:
        assert server.child.stdout
        second = server.child.stdout.readline()
        answer = server.ask("GET", "/access").json()

    assert answer == {"changes": True, "secrets": [], "registry": None}
    assert second.endswith(f"token: {tmp_path / 'state' / 'token.read-only'}, to read alone\n")
    assert second.split()[0] != server.line.split()[0]
    assert not (tmp_path / "state" / "open.html").exists()


class Running(NamedTuple):
    """A server with a build that runs until the file `go` exists."""

    server: WebProcess
    job: folder.Job
    root: Path
    environment: dict[str, str]
    go: Path
    errors: Path


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    root, programs, state, go = (tmp_path / name for name in ("project", "bin", "state", "go"))
    root.mkdir()
    programs.mkdir()
    text = b"base: debian:13\nversion: v1.0.0\n"
    (root / "Kairosfile").write_bytes(text)
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "GO": str(go)}
    with WebProcess(root, state, environment, errors=tmp_path / "errors") as server:
        project = server.ask("GET", "/projects").json()[0]["id"]
        body = {"project": project, "sha256": hashlib.sha256(text).hexdigest(), "tags": ["a:1"]}
        job = folder.Job(state / "jobs" / server.ask("POST", "/builds", body).json()["id"])
        until(lambda: job.events.exists() and "first" in job.events.read_text())
        yield Running(server, job, root, environment, go, tmp_path / "errors")
    go.touch()
    until(lambda: job.state() in folder.ENDED)


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_leaves_builds_alone_unless_it_is_pressed_twice(running: Running, presses: int) -> None:
    child = running.server.child
    child.send_signal(signal.SIGINT)
    until(lambda: "goes on" in running.errors.read_text())
    if presses == 2:
        child.send_signal(signal.SIGINT)
        until(lambda: running.job.state() == "canceled")

    assert child.wait(timeout=60) == 0
    message = "1 build goes on, and the next start follows; Ctrl-C again within 3 seconds cancels"
    assert running.errors.read_text() == f"kairosfile: {message}\n"
    assert running.job.state() == ("running" if presses == 1 else "canceled")


def test_a_build_goes_on_when_its_server_is_killed_and_the_next_one_has_all_of_it(running: Running) -> None:
    server, job = running.server, running.job
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?code=\S+  token: \S+\n", server.line)
    server.end(kill=True)

    assert job.state() == "running"
    with WebProcess(running.root, server.state, running.environment) as later:
        assert later.ask("GET", f"/builds/{job.id}").json()["state"] == "running"
        running.go.touch()
        until(lambda: later.ask("GET", f"/builds/{job.id}").json()["state"] == "done")
        rows = later.ask("GET", f"/builds/{job.id}/log").json()["rows"]
    assert [row["x"] for row in rows] == ["first", "last"]
    assert json.loads(job.events.read_text().splitlines()[-1])["k"] == "end"
