"""`kairosfile web` as a process: what it prints, what it refuses, and a build that goes on when it is killed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

from kairosfile.cli.jobs import folder
from tests.support.web_client import until
from tests.support.web_process import WebProcess
from tests.unit.cli.test_command import COMMAND

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

# In docker's place: tells a line, waits until a file is there, and tells another.
DOCKER = """#!/bin/sh
echo first >&2
while [ ! -e "$GO" ]; do sleep 0.1; done
echo last >&2
"""


def refusal(*arguments: str, cwd: Path) -> tuple[int, str]:
    done = subprocess.run([COMMAND, "web", *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_what_cannot_be_served_is_told_in_a_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        reason = f"cannot serve on 127.0.0.1:{port}: Address already in use; choose another --port or --state"
        state = str(tmp_path / "state")
        assert refusal("--port", port, "--state", state, cwd=tmp_path) == (2, f"kairosfile: {reason}\n")
    assert refusal("missing", cwd=tmp_path) == (2, "kairosfile: missing is no folder\n")
    status, text = refusal("--secret", "src=a", cwd=tmp_path)
    assert (status, text) == (2, 'kairosfile: a secret has an id: --secret id=NAME,src=FILE, not "src=a"\n')


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    program = "import sys; sys.modules['uvicorn'] = None; sys.argv = ['kairosfile', 'web']; "
    program += "from kairosfile.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "pip install 'kairosfile[web]' (uvicorn is missing)" in done.stderr


def test_a_build_goes_on_when_its_server_is_killed_and_the_next_one_has_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, programs, state = tmp_path / "project", tmp_path / "bin", tmp_path / "state"
    root.mkdir()
    programs.mkdir()
    text = b"base: debian:13\nversion: v1.0.0\n"
    (root / "Kairosfile").write_bytes(text)
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    monkeypatch.setenv("GO", str(tmp_path / "go"))
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    server = WebProcess(root, state, environment)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?code=\S+  token: \S+\n", server.line)
    project = server.ask("GET", "/projects").json()[0]["id"]
    asked = {"project": project, "sha256": hashlib.sha256(text).hexdigest(), "tags": ["a:1"]}
    build = server.ask("POST", "/builds", asked).json()["id"]
    job = folder.Job(state / "jobs" / build)
    until(lambda: job.events.exists() and "first" in job.events.read_text())
    server.end(kill=True)

    assert job.state() == "running"
    later = WebProcess(root, state, environment)
    assert later.ask("GET", f"/builds/{build}").json()["state"] == "running"
    (tmp_path / "go").touch()
    until(lambda: later.ask("GET", f"/builds/{build}").json()["state"] == "done")
    rows = later.ask("GET", f"/builds/{build}/log").json()["rows"]
    later.end()
    assert [row["x"] for row in rows] == ["first", "last"]
    assert json.loads(job.events.read_text().splitlines()[-1])["k"] == "end"
