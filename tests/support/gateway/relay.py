"""Two pipes for a frontend, joined to a unix socket that a gRPC server listens on.

The daemon serves HTTP/2 on a raw pipe pair; grpcio only serves sockets. Two threads carry the bytes across,
so that an independent implementation stands at the other end of real pipes.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 1 << 16


class Relay:
    """`reader` and `writer` are the frontend's ends; close (or hand over) both when it has ended.

    `delay` seconds pass before the first byte is carried: a daemon that is slow to start.
    """

    def __init__(self, path: Path, *, delay: float = 0) -> None:
        self.reader, self._to_frontend = os.pipe()
        self._from_frontend, self.writer = os.pipe()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._delay = delay
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._inward, self._outward)]
        for thread in self._threads:
            thread.start()

    def cut(self) -> None:
        """End the connection at once, as a daemon that dies does."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close_frontend_ends(self) -> None:
        """Close the frontend's ends in this process."""
        os.close(self.reader)
        os.close(self.writer)

    def join(self) -> None:
        """Wait until both directions have ended."""
        self.cut()
        for thread in self._threads:
            thread.join(timeout=10)
        self._socket.close()

    def _inward(self) -> None:
        time.sleep(self._delay)
        with suppress(OSError):
            while data := os.read(self._from_frontend, _CHUNK):
                self._socket.sendall(data)
            self._socket.shutdown(socket.SHUT_WR)
        os.close(self._from_frontend)

    def _outward(self) -> None:
        with suppress(OSError):
            while data := self._socket.recv(_CHUNK):
                _write_all(self._to_frontend, data)
        os.close(self._to_frontend)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
