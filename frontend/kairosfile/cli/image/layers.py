"""Read the layers of an image as a stream: entry by entry, within bounds, without keeping anything on disk.

Anybody can push anything, so a layer is read as hostile: its size when unpacked, the size of a header, the number of
entries and the length of a path are bounded. A blob is read to its end, because only then its digest is verified.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

if sys.version_info >= (3, 14):
    import tarfile
else:  # that of 3.14, which reads zstd
    from backports.zstd import tarfile


# Bytes of a layer when unpacked, of everything in a header that is not file content, and of a path (Linux' PATH_MAX).
LARGEST_LAYER, LARGEST_HEADER, LONGEST_PATH = 16 << 30, 1 << 20, 4096
# Entries of a layer: far more than an operating system has files.
MOST_ENTRIES = 1 << 20
# Headers before one entry: an archive has up to three, and tarfile reads each in a call within the previous one.
MOST_HEADERS = 16
# What tarfile raises for headers that it does not expect, other than its own errors.
_UNEXPECTED = (ValueError, TypeError, OverflowError, EOFError)
_EXTENDED = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)

WHITEOUT, OPAQUE = ".wh.", ".wh..wh..opq"


class UnreadableError(Exception):
    """Something in an image cannot be read here; the message says what and why."""


class Blob(io.RawIOBase):
    """A blob as a file for tarfile, read in pieces."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        super().__init__()
        self._chunks = iter(chunks)

    def read(self, _: int = -1) -> bytes:
        """Return the next piece, of any size, empty at the end."""
        return next(self._chunks, b"")

    def drain(self) -> None:
        """Read the rest; raises the source's error for a blob whose digest does not match."""
        for _ in self._chunks:
            pass


@dataclass(slots=True)
class Member:
    """An entry of a layer. `path` has no leading slash; the content can be read until the next entry is requested."""

    path: str
    info: tarfile.TarInfo
    archive: tarfile.TarFile
    _stream: IO[bytes] | None = None

    def read(self, size: int) -> bytes:
        """Return the next bytes of a regular file, empty at its end; raises UnreadableError."""
        if self._stream is None:
            self._stream = self.archive.extractfile(self.info) or io.BytesIO()
        try:
            return self._stream.read(size)
        except (tarfile.TarError, *_UNEXPECTED) as error:
            raise UnreadableError(f"/{self.path} ends too early in its layer") from error


def members(blob: Blob, digest: str) -> Iterator[Member]:
    """Yield the entries of a layer; raises UnreadableError.

    If the caller stops early or the layer is not an archive, the blob is still read to its end: a blob whose digest
    does not match is reported as such, whatever else is wrong.

    Args:
        blob: The layer, compressed or not.
        digest: Its digest, for messages.
    """
    try:
        yield from _members(blob)
    except (tarfile.TarError, *_UNEXPECTED) as error:
        blob.drain()
        raise UnreadableError(f"layer {digest} is not a readable tar archive: {error}") from error
    blob.drain()


def _members(blob: Blob) -> Iterator[Member]:
    with tarfile.open(fileobj=blob, mode="r|*", tarinfo=bounded_headers()) as archive:
        for count, info in enumerate(archive):
            if info.offset_data + info.size > LARGEST_LAYER:
                raise UnreadableError(f"a layer has more than {LARGEST_LAYER >> 30} GiB")
            if count >= MOST_ENTRIES:
                raise UnreadableError(f"a layer has more than {MOST_ENTRIES} entries")
            if len(info.name) > LONGEST_PATH:
                raise UnreadableError(f"a layer has a path of {len(info.name)} characters")
            yield Member(str(PurePosixPath(info.name.lstrip("/"))), info, archive)
            archive.members.clear()  # type: ignore[attr-defined] # it would keep all that it has seen


def bounded_headers() -> type[tarfile.TarInfo]:
    """Return the class of the headers of one archive, which refuses those that tarfile would read whole into memory.

    A layer of a megabyte can unpack to gigabytes of a single header.
    """
    remaining, depth = LARGEST_HEADER, 0

    class Header(tarfile.TarInfo):
        """A header of the archive. Subclasses override tarfile's `_proc_member` for other kinds of members."""

        def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
            nonlocal remaining, depth
            depth = depth + 1 if self.type in _EXTENDED else 0
            if depth > MOST_HEADERS:
                raise tarfile.ReadError(f"an entry has more than {MOST_HEADERS} headers")
            if self.type == tarfile.XGLTYPE:  # these are kept to the end of the archive
                remaining -= self.size
            if remaining < 0 or (self.type in _EXTENDED and self.size > LARGEST_HEADER):
                raise tarfile.ReadError(f"a header has more than {LARGEST_HEADER >> 20} MiB")
            if self.type == tarfile.GNUTYPE_SPARSE:
                raise tarfile.ReadError("a sparse file in the old form of GNU")
            member: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
            return member

        def _proc_gnusparse_10(self, *_: object) -> None:
            raise tarfile.ReadError("a sparse file with its own map")

    return Header
