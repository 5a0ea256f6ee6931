"""Two pipes as one full-duplex byte stream that never blocks on one side while the other could move.

Both peers may be pushing large messages at once. Whoever only writes fills the pipe, the peer does the same,
and both stand still for ever; hence one place that reads and writes whatever is possible, whenever it waits.
"""

from __future__ import annotations

import os
import select

_CHUNK = 1 << 18


class PipePair:
    """The reading end of one pipe and the writing end of another, made non-blocking."""

    def __init__(self, reader: int, writer: int) -> None:
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        self._reader = reader
        self._writer = writer
        self._writable = True  # until the peer closes its reading end

    def write(self, outbox: bytearray) -> None:
        """Write from the front of `outbox` what the pipe takes now, and remove it there.

        When the peer no longer reads, the rest is dropped: what it said before it left is still to be read.
        """
        try:
            while outbox and self._writable:
                with memoryview(outbox) as view:
                    written = os.write(self._writer, view[:_CHUNK])
                del outbox[:written]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._writable = False
        if not self._writable:
            outbox.clear()

    def exchange(self, outbox: bytearray) -> bytes:
        """Wait for bytes of the peer, writing `outbox` meanwhile; returns b"" once the peer has closed."""
        while True:
            self.write(outbox)
            waiting_to_write = [self._writer] if outbox else []
            readable, _, _ = select.select([self._reader], waiting_to_write, [])
            if readable:
                return os.read(self._reader, _CHUNK)
