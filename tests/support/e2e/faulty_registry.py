"""A faulty registry: a proxy to the local one that can delay, hold or break off answers.

    with FaultyRegistry() as faulty:
        faulty.hold()                        # requests from now on wait until `release`
        ... base: {faulty.address}/test/base:1 ...
        faulty.arrived.wait(30)                # the first request has arrived

It forwards GET and HEAD to the registry, and refuses uploads, at once or after a hold.
"""

from __future__ import annotations

import socket
import threading
import time
import uuid
from contextlib import AbstractContextManager, closing, suppress
from http import HTTPStatus
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.support.engine.registry import PORTS

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

BACK = PORTS[0]
HOLD_SECONDS = 120  # no test waits longer
TLS_HANDSHAKE = b"\x16"
HANDED_ON = ("Accept", "Range", "User-Agent")


class FaultyRegistry(AbstractContextManager["FaultyRegistry"]):
    """Listens on a free one of the ports that engines see."""

    def __init__(self) -> None:
        self.delay = 0.0  # seconds before each answer
        self.cut = ""  # part of the path of answers that break off halfway; no answer does if empty
        self.denied = ""  # part of the path of requests that get a 403; none does if empty
        self.status = HTTPStatus.OK  # another status for those, without a body
        self.arrived = threading.Event()
        self._held = ""
        self._open = threading.Event()
        self._open.set()
        self._server = _listen(self)
        self._room = uuid.uuid4().hex[:12]  # or an engine could know an image of this name from an earlier test
        self.address = f"localhost:{self._server.server_port}/{self._room}"

    def hold(self, path: str = "") -> None:
        """Hold requests whose path contains a text from now on; only such a request then sets `arrived`."""
        self._held = path
        self.arrived.clear()
        self._open.clear()

    def release(self) -> None:
        """Answer the held requests, and all later ones."""
        self._open.set()

    def pass_door(self, path: str) -> None:
        """Delay or hold the answer to a request."""
        time.sleep(self.delay)
        if self._held in path:
            self.arrived.set()
            self._open.wait(HOLD_SECONDS)

    def at_back(self, path: str) -> str:
        """Return the path of a request in the real registry."""
        return path.replace(f"/{self._room}/", "/", 1)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    faulty: FaultyRegistry

    def handle_error(self, *_: object) -> None:
        """Log nothing: the tests are about clients that disconnect."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle(self) -> None:
        """Answer a client that tries TLS first as a registry without TLS does."""
        if self.connection.recv(1, socket.MSG_PEEK) == TLS_HANDSHAKE:
            self.connection.recv(1 << 16)
            self.wfile.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        else:
            super().handle()

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.server.faulty.pass_door(self.path)
        self.close_connection = True
        self._refuse(HTTPStatus.METHOD_NOT_ALLOWED)

    def _refuse(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self) -> None:
        faulty = self.server.faulty
        faulty.pass_door(self.path)
        denied = faulty.denied and faulty.denied in self.path
        status = HTTPStatus.FORBIDDEN if denied else faulty.status
        if status != HTTPStatus.OK:
            self._refuse(status)
            return
        with closing(HTTPConnection("127.0.0.1", BACK, timeout=60)) as back:
            headers = {name: self.headers[name] for name in HANDED_ON if name in self.headers}
            back.request(self.command, faulty.at_back(self.path), headers=headers)
            answer = back.getresponse()
            body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        if faulty.cut and faulty.cut in self.path:
            self.wfile.write(body[: len(body) // 2])
            self._slam()
        else:
            self.wfile.write(body)

    def _slam(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


def _listen(faulty: FaultyRegistry) -> _Server:
    for port in PORTS[1:-1]:
        with suppress(OSError):
            server = _Server(("127.0.0.1", port), _Handler)
            server.faulty = faulty
            return server
    raise OSError(f"all ports from {PORTS[1]} to {PORTS[-2]} of this machine are taken")
