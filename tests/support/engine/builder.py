"""A buildx builder of several nodes, each of which is the BuildKit of an engine.

The driver `remote` of buildx connects to a socket where BuildKit's gRPC API is. An engine has that API behind an HTTP
upgrade at `/grpc`; a proxy for each node does the upgrade and then copies bytes.
"""

from __future__ import annotations

import socket
import socketserver
import tempfile
import threading
import uuid
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .errors import EngineUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType
    from typing import Self

    from .engine import Engine

_UPGRADE = b"POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n"
_END_OF_HEAD = b"\r\n\r\n"
_CHUNK = 1 << 16


class Node(NamedTuple):
    """A node of a builder: an engine, and the one platform that it builds."""

    engine: Engine
    platform: str


class Builder(AbstractContextManager["Builder"]):
    """A builder of the client of the first node's engine, made by `docker buildx create` and `--append`."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes
        self.name = f"nodes-{uuid.uuid4().hex[:8]}"
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for number, node in enumerate(self.nodes):
                address = stack.enter_context(_proxy(node.engine))
                append = ("--append",) if number else ()
                words = ("--name", self.name, "--node", f"{self.name}-{number}", "--platform", node.platform)
                self._buildx("create", *append, *words, "--driver", "remote", f"unix://{address}")
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._buildx("rm", self.name)
        self._stack.close()

    def _buildx(self, *words: str) -> None:
        done = self.nodes[0].engine.run(["docker", "buildx", *words])
        if done.returncode:
            raise EngineUnavailable(f"docker buildx {' '.join(words)} failed: {done.stderr}")


@contextmanager
def _proxy(engine: Engine) -> Iterator[Path]:
    """Serve the gRPC API of an engine at a socket; yields its path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "buildkitd.sock"
        with _Server(str(path), _Handler) as server:
            server.engine = engine.socket
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield path
            finally:
                server.shutdown()
                thread.join()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    engine: Path


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        """Copy the data of the client and the engine until both have ended."""
        with socket.socket(socket.AF_UNIX) as engine:
            engine.connect(str(self.server.engine))
            engine.sendall(_UPGRADE)
            rest = _upgraded(engine)
            self.request.sendall(rest)
            answers = threading.Thread(target=_copy, args=(engine, self.request), daemon=True)
            answers.start()
            _copy(self.request, engine)
            answers.join()


def _upgraded(engine: socket.socket) -> bytes:
    """Read the head of the answer; returns the bytes after it. Raises EngineUnavailable if it is no upgrade."""
    answer = b""
    while _END_OF_HEAD not in answer:
        piece = engine.recv(_CHUNK)
        if not piece:
            break
        answer += piece
    head, _, rest = answer.partition(_END_OF_HEAD)
    if not head.startswith(b"HTTP/1.1 101 "):
        raise EngineUnavailable(f"the engine does not upgrade /grpc: {head.decode(errors='replace')}")
    return rest


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
