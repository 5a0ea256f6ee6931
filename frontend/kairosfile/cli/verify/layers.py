"""One file out of an image in a registry: its layers from the last to the first, streamed until one has it.

A whiteout in a layer hides what the layers below have. Every blob is read to its end, because only then is it known to
be what its digest says. Nothing is kept on disk, and links are not followed.
"""

from __future__ import annotations

import io
import sys
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import requests

from kairosfile.cli.registry import RegistryError
from kairosfile.cli.verify.manifests import UnreadableError

if sys.version_info >= (3, 14):
    import tarfile
else:  # that of 3.14, which reads zstd
    from backports.zstd import tarfile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dxf import DXF

    from kairosfile.cli.verify.manifests import Manifest

CHUNK = 1 << 16
# Bytes of a layer when unpacked, and of the file: far more than there ever is.
LARGEST_LAYER, LARGEST_FILE = 16 << 30, 1 << 16


class _Seen(NamedTuple):
    """What a layer says of a path: its content, and whether what lower layers say of it counts no more."""

    content: bytes | None = None
    hides: bool = False


class Blob(io.RawIOBase):
    """A blob as the file that tarfile reads, in pieces as they come."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        super().__init__()
        self._chunks = iter(chunks)

    def read(self, _: int = -1) -> bytes:
        """Return the next piece, of any size, empty at the end."""
        return next(self._chunks, b"")

    def drain(self) -> None:
        """Read what is left; raises DXFDigestMismatchError for a blob that its digest does not fit."""
        for _ in self._chunks:
            pass


def read_file(client: DXF, manifest: Manifest, path: str) -> bytes | None:
    """Return the content of a file, None where the image has none; raises RegistryError, UnreadableError."""
    for layer in reversed(manifest["layers"]):
        seen = _look(client, layer, path)
        if seen.content is not None or seen.hides:
            return seen.content
    return None


def _look(client: DXF, layer: dict[str, Any], path: str) -> _Seen:
    digest = layer["digest"]
    blob = Blob(_pull(client, digest))
    try:
        seen = search(blob, path)
    except tarfile.TarError as error:
        blob.drain()
        raise UnreadableError(f"the layer {digest} is no tar archive that can be read: {error}") from error
    blob.drain()
    return seen


def _pull(client: DXF, digest: str) -> Iterable[bytes]:
    try:
        chunks = cast("Iterable[bytes]", client.pull_blob(digest, chunk_size=CHUNK))
    except requests.HTTPError as error:
        if error.response.status_code != HTTPStatus.NOT_FOUND:
            raise
        raise RegistryError(f"the registry has no layer {digest}", "push the image again") from error
    return chunks


def search(blob: Blob, path: str) -> _Seen:
    """Return what a layer says of a path; raises tarfile.TarError, UnreadableError."""
    whiteouts, parents = _whiteouts(path), {str(parent) for parent in PurePosixPath(path).parents}
    hides = False
    with tarfile.open(fileobj=blob, mode="r|*") as archive:
        for member in archive:
            if member.offset_data + member.size > LARGEST_LAYER:
                raise UnreadableError(f"a layer has more than {LARGEST_LAYER >> 30} GiB")
            name = str(PurePosixPath(member.name.lstrip("/")))
            if name == path:
                return _Seen(_content(archive, member), hides=True)
            hides |= name in whiteouts or (name in parents and not member.isdir())
            archive.members.clear()  # type: ignore[attr-defined] # it would keep all that it has seen
    return _Seen(hides=hides)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if not member.isreg():
        raise UnreadableError(f"/{member.name.lstrip('./')} is a link or no file at all")
    if member.size > LARGEST_FILE:
        raise UnreadableError(f"/{member.name.lstrip('./')} has {member.size} bytes")
    file = archive.extractfile(member)
    return file.read() if file else b""


def _whiteouts(path: str) -> set[str]:
    """Return the entries that hide a path of the layers below (OCI image-spec, layer.md, Whiteouts)."""
    whole = PurePosixPath(path)
    removed = {str(at.parent / f".wh.{at.name}") for at in (whole, *whole.parents[:-1])}
    return removed | {str(parent / ".wh..wh..opq") for parent in whole.parents}
