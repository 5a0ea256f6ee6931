"""Client behaviour on macOS: the socket of Docker Desktop from the Docker context, and folders behind links."""

from __future__ import annotations

import json
import socketserver
import subprocess
import threading
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import pytest

from kairosfile.cli import doctor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTEXT = "desktop-linux"
TEXT = "base: debian:13\nversion: v1.0.0\nhooks: {after_install: [{copy: motd, to: /etc/}]}\n"


class _Engine(BaseHTTPRequestHandler):
    """Answers the first requests of the Docker SDK."""

    def do_GET(self) -> None:
        body = json.dumps({"ApiVersion": "1.51", "MinAPIVersion": "1.24", "Version": "28.5.1"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def address_string(self) -> str:
        """A peer of a Unix socket has no address."""
        return "local"


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Docker Desktop's engine: its socket is in the user's home folder, and only the current context names it."""
    socket = tmp_path / ".docker" / "run" / "docker.sock"
    socket.parent.mkdir(parents=True)
    folder = tmp_path / ".docker" / "contexts" / "meta" / sha256(CONTEXT.encode()).hexdigest()
    folder.mkdir(parents=True)
    endpoint = {"docker": {"Host": f"unix://{socket}", "SkipTLSVerify": False}}
    (folder / "meta.json").write_text(json.dumps({"Name": CONTEXT, "Metadata": {}, "Endpoints": endpoint}))
    (tmp_path / ".docker" / "config.json").write_text(json.dumps({"currentContext": CONTEXT}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / ".docker"))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
    with socketserver.UnixStreamServer(str(socket), _Engine) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"unix://{socket}"
        server.shutdown()
        thread.join()


def test_the_engine_is_that_of_the_current_context(desktop: str) -> None:
    address, client = doctor._client()
    client.close()

    assert address == desktop


def test_docker_host_goes_before_the_context(desktop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", desktop)
    monkeypatch.setenv("DOCKER_CONFIG", "/nowhere")

    address, client = doctor._client()
    client.close()

    assert address == desktop


def test_a_file_in_a_folder_behind_a_link_is_checked_with_its_files(tmp_path: Path) -> None:
    """As /tmp and /var on macOS, which are links into /private."""
    (tmp_path / "private").mkdir()
    (tmp_path / "tmp").symlink_to("private")
    (tmp_path / "private" / "Kairosfile").write_text(TEXT)
    (tmp_path / "private" / "motd").write_text("hello\n")

    done = subprocess.run(
        ["kairosfile", "check", str(tmp_path / "tmp" / "Kairosfile")], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
