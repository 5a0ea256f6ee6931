"""Two pipes as one full-duplex byte stream that never blocks on one side while the other could progress.

Both peers may be sending large messages at once. A peer that only writes fills the pipe, the other does the same, and
both wait forever. So one function reads and writes whatever is possible whenever it waits. It only reads while there
is nothing to write, as nearly always.
"""

from __future__ import annotations

import posix

_CHUNK = 1 << 18


class PipePair:
    """The reading end of one pipe, made blocking, and the writing end of another, made non-blocking."""

    def __init__(self, reader: int, writer: int) -> None:
        posix.set_blocking(reader, True)
        posix.set_blocking(writer, False)
        self._reader = reader
        self._writer = writer
        self._writable = True  # until the peer closes its reading end

    def write(self, outbox: bytearray) -> None:
        """Write as much of `outbox` as the pipe accepts now, and remove it there.

        If the peer no longer reads, the rest is dropped; data that it sent before closing can still be read.
        """
        try:
            while outbox and self._writable:
                with memoryview(outbox) as view:
                    count = posix.write(self._writer, view[:_CHUNK])
                del outbox[:count]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._writable = False
        if not self._writable:
            outbox.clear()

    def exchange(self, outbox: bytearray) -> bytes:
        """Wait for bytes of the peer, writing `outbox` meanwhile; returns b"" once the peer has closed."""
        self.write(outbox)
        while outbox and not self._is_readable():
            self.write(outbox)
        return posix.read(self._reader, _CHUNK)

    def _is_readable(self) -> bool:
        """Wait until one of the pipes is ready, and return whether it is the reading end."""
        import select  # noqa: PLC0415 - few requests are larger than what a pipe takes at once

        readable, _, _ = select.select([self._reader], [self._writer], [])
        return bool(readable)
