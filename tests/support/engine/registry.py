"""A local registry, Debian's docker-registry, at localhost:PORT: the same on the host and in every engine."""

from __future__ import annotations

import http.client
import socket
from contextlib import AbstractContextManager, closing
from typing import TYPE_CHECKING

from . import cache, provision
from .errors import EngineUnavailable
from .record import Record
from .sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message
    from pathlib import Path
    from types import TracebackType
    from typing import Self

PORTS = range(5000, 5010)  # the ports of the host's loopback that engines see on their own

CONFIG = """version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: /var/lib/registry}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


class Registry(AbstractContextManager["Registry"]):
    """A registry on one of PORTS; without `storage` it keeps its images for the next run."""

    def __init__(self, *, port: int = PORTS[0], storage: Path | None = None) -> None:
        if port not in PORTS:
            raise ValueError(f"engines reach the ports {PORTS[0]} to {PORTS[-1]} only, not {port}")
        self.port = port
        self.address = f"localhost:{port}"
        self.storage = storage or cache.cache_dir() / "registry"
        self._name = f"registry-{port}"
        self._sandbox: Sandbox | None = None

    def start(self, *, stays: bool = False) -> Self:
        """Start it, or join the one that is up."""
        if Record.read(self._name) is None and self._answers():
            raise EngineUnavailable(
                f"Port {self.port} of this machine is taken, perhaps by the registry of another checkout's tests. "
                "The test registry needs it: stop what holds it."
            )
        root = provision.provide().roots["trixie"]
        command = ["docker-registry", "serve", "/run/registry.yml"]
        files = {"registry.yml": CONFIG.format(port=self.port)}
        self._sandbox = Sandbox(self._name, root, command, self.storage, "/var/lib/registry", files=files, shared=True)
        self._sandbox.start(stays=stays, ready=self._answers)
        return self

    def stop(self) -> None:
        """Stop it, unless it was up before start()."""
        if self._sandbox:
            self._sandbox.stop()
            self._sandbox = None

    def leave(self) -> None:
        """Release it: after start(stays=True) it goes on after this process."""
        if self._sandbox:
            self._sandbox.leave()
            self._sandbox = None

    @property
    def log(self) -> Path:
        """Its log, kept until the next start: a line for each request, so a test sees the pulls."""
        return cache.cache_dir() / "log" / f"{self._name}.log"

    def request(
        self, method: str, path: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Message]:
        """Ask its HTTP interface; return the status and the headers of the answer."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, body=data, headers=dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.headers

    def _answers(self) -> bool:
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
