"""A web server of the host that engines reach, for contexts that are URLs: files, and git repositories.

It listens on one of the ports of the host's loopback that engines have as their own, and ends with its `with`.
"""

from __future__ import annotations

import os
import subprocess
import threading
from contextlib import AbstractContextManager, suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.support.engine.registry import PORTS

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

GIT_SECONDS = 60
IDENTITY = {"GIT_AUTHOR_NAME": "test", "GIT_AUTHOR_EMAIL": "test@example.com"}
IDENTITY |= {"GIT_COMMITTER_NAME": "test", "GIT_COMMITTER_EMAIL": "test@example.com"}
ALONE = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


class Site(AbstractContextManager["Site"]):
    """Serves a folder; `NAME.git` is a repository, served by git's HTTP protocol."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requests: list[str] = []
        self._server = _listening(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def repository(folder: Path) -> str:
    """Make the folder a repository with one commit, which may be fetched by its hash, and return that hash."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    return commit(folder)


def commit(folder: Path) -> str:
    """Commit all that is in the folder and return the hash."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "state")
    return git(folder, "rev-parse", "HEAD").strip()


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, without the settings of the user."""
    environment = {**os.environ, **IDENTITY, **ALONE}
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=GIT_SECONDS,
    )
    return done.stdout


def _listening(site: Site) -> ThreadingHTTPServer:
    class Handler(_Handler):
        served = site

    for port in reversed(PORTS):  # the first ones are for registries
        with suppress(OSError):
            return ThreadingHTTPServer(("127.0.0.1", port), Handler)
    raise OSError(f"all of the ports {PORTS} are taken")


class _Handler(SimpleHTTPRequestHandler):
    served: Site

    def do_GET(self) -> None:
        self._note()
        if ".git/" in self.path:
            self._git(b"")
        else:
            self.directory = str(self.served.folder)
            super().do_GET()

    def do_POST(self) -> None:
        self._note()
        self._git(self._body())

    def log_message(self, *_: object) -> None:
        """Log nothing: `requests` records."""

    def _note(self) -> None:
        self.served.requests.append(f"{self.command} {self.path}")

    def _body(self) -> bytes:
        if length := self.headers.get("Content-Length"):
            return self.rfile.read(int(length))
        content = b""  # in chunks, as git sends long bodies
        while size := int(self.rfile.readline(), 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        return content

    def _git(self, body: bytes) -> None:
        """Have git answer by its own CGI program; its answer is header lines, an empty one, then the body."""
        url = urlsplit(self.path)
        environment = {
            **os.environ,
            **ALONE,
            "GIT_PROJECT_ROOT": str(self.served.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": url.path.replace(".git/", "/.git/"),
            "QUERY_STRING": url.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=True, timeout=GIT_SECONDS
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in {**fields, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
