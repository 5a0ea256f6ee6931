"""A solved graph, as something to read from.

The daemon runs the graph at the first look into it, so an error of a build step may surface here. It has no
status code for a file that is not there: it answers Unknown with the operating system's words, and
`MissingFileError` is made of those.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from kairosfile.gateway.calls import Answer
from kairosfile.gateway.errors import MissingFileError, RpcError
from kairosfile.pb import gateway_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.gateway.calls import Calls
    from kairosfile.pb.stat_pb2 import Stat

CHUNK = 2 << 20  # bytes read at once: well below the message limit of any daemon and of any proxy between


class Ref:
    """The result of one solve; `id` is empty for scratch, and lives as long as this process."""

    def __init__(self, calls: Calls, ref_id: str) -> None:
        self.id = ref_id
        self._calls = calls

    def read_file(self, path: str) -> bytes:
        """Return the whole content of a file of any size; raises MissingFileError, RpcError."""
        return self._read_on(path, self._start_range(path, 0))

    def read_if_there(self, path: str) -> bytes | None:
        """Return the whole content of a file, None where there is none; raises RpcError."""
        return self.start_read_if_there(path).wait()

    def start_read_if_there(self, path: str) -> Answer[bytes | None]:
        """Start to read a file; the answer is None where there is none. Raises RpcError."""
        first = self._start_range(path, 0)

        def read() -> bytes | None:
            try:
                return self._read_on(path, first)
            except MissingFileError:
                return None

        return Answer(read)

    def read_head(self, path: str, length: int) -> bytes:
        """Return the first bytes of a file, at most `length`; raises MissingFileError, RpcError."""
        return self._take(path, self._start_range(path, 0, length))

    def read_dir(self, path: str, include: str = "") -> tuple[Stat, ...]:
        """Return the entries of a folder, those that match the pattern `include` if one is given.

        Raises MissingFileError, RpcError.
        """
        request = pb.ReadDirRequest(Ref=self.id, DirPath=path, IncludePattern=include)
        with _missing(path):
            return tuple(self._calls.start("ReadDir", request, pb.ReadDirResponse).wait().entries)

    def stat_file(self, path: str) -> Stat:
        """Return what is known of a file without reading it; raises MissingFileError, RpcError."""
        request = pb.StatFileRequest(Ref=self.id, Path=path)
        with _missing(path):
            return self._calls.start("StatFile", request, pb.StatFileResponse).wait().stat

    def _read_on(self, path: str, chunk: Answer[pb.ReadFileResponse]) -> bytes:
        content = bytearray()
        while True:
            data = self._take(path, chunk)
            content += data
            if len(data) < CHUNK:
                return bytes(content)
            chunk = self._start_range(path, len(content))

    def _start_range(self, path: str, offset: int, length: int = CHUNK) -> Answer[pb.ReadFileResponse]:
        extent = pb.FileRange(Offset=offset, Length=length)
        request = pb.ReadFileRequest(Ref=self.id, FilePath=path, Range=extent)
        return self._calls.start("ReadFile", request, pb.ReadFileResponse)

    def _take(self, path: str, chunk: Answer[pb.ReadFileResponse]) -> bytes:
        with _missing(path):
            return chunk.wait().Data


@contextmanager
def _missing(path: str) -> Iterator[None]:
    try:
        yield
    except RpcError as error:
        if "no such file or directory" in error.message:
            raise MissingFileError(path, error) from error
        raise
