"""Stores of images: a registry, an OCI layout in a folder, or one in a tar archive.

Sources: OCI image-spec, image-layout.md. `docker buildx build --output type=oci` writes a layout, and so does
`docker image save` from Docker 25 on. The digest of all content is verified.
"""

from __future__ import annotations

import hashlib
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from kairosfile.cli.errors import CliError
from kairosfile.cli.image.layers import Blob, UnreadableError
from kairosfile.cli.registry import RegistryError, look_up, repository
from kairosfile.cli.verify.image import platform_of, pull, repository_of
from kairosfile.json_text import parse_json
from kairosfile.language.lockfile import is_digest
from kairosfile.language.platforms import normal
from kairosfile.oci import normalize_reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dxf import DXF

Model = TypeVar("Model", bound=BaseModel)

LAYOUT = "oci-layout:"
# The platform of attestations (BuildKit's docs/attestations/attestation-storage.md).
_UNKNOWN = "unknown/unknown"
CHUNK = 1 << 16
# Bytes of an index, a manifest or a config (distribution-spec: registries take manifests of 4 MiB), and how many
# entries an archive of a layout and a manifest may have.
LARGEST_DOCUMENT, MOST_BLOBS, MOST_LAYERS = 4 << 20, 100_000, 1000
# Annotations of an index.json that name an image: that of the specification, and containerd's, which has the registry.
_NAMES = ("org.opencontainers.image.ref.name", "io.containerd.image.name")


class Store(Protocol):
    """Content by its digest; each piece is verified, at the latest at its end."""

    def chunks(self, digest: str) -> Iterable[bytes]:
        """Return a blob in pieces; raises UnreadableError, RegistryError."""

    def manifest(self, digest: str) -> bytes:
        """Return an index or a manifest; raises UnreadableError, RegistryError."""


class _Descriptor(BaseModel):
    """The fields of a descriptor that are used (OCI image-spec, descriptor.md)."""

    digest: str
    size: int
    annotations: dict[str, str] | None = None
    platform: dict[str, Any] | None = None


class _Manifest(BaseModel):
    """The fields of an index or a manifest that are used."""

    manifests: list[_Descriptor] = []
    layers: list[_Descriptor] = []
    config: _Descriptor | None = None


class _Step(BaseModel):
    created_by: str = ""
    empty_layer: bool = False


class _Config(BaseModel):
    """The fields of an image config that are used (OCI image-spec, config.md)."""

    os: str = "linux"
    architecture: str = ""
    variant: str | None = None
    history: list[_Step] | None = None


@dataclass(frozen=True, slots=True)
class LayerBlob:
    """A stored layer: its digest, its download size, and the step that made it."""

    digest: str
    size: int
    created_by: str


@dataclass(frozen=True, slots=True)
class Image:
    """An image for one platform. `digest` is that of its manifest; `layers` go from the lowest to the topmost."""

    name: str
    digest: str
    platform: str
    layers: tuple[LayerBlob, ...]
    store: Store

    def open(self, layer: LayerBlob) -> Blob:
        """Return the content of a layer as it is stored."""
        return Blob(self.store.chunks(layer.digest))


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image of one or several platforms; `manifests` has the digest of the manifest for each."""

    name: str
    store: Store
    manifests: dict[str, str]

    def image(self, platform: str) -> Image:
        """Return the image for a platform that it has; raises UnreadableError, RegistryError."""
        digest = self.manifests[platform]
        manifest = _read(_Manifest, self.store.manifest(digest), digest)
        if manifest.config is None or len(manifest.layers) > MOST_LAYERS:
            raise UnreadableError(f"{digest} is not the manifest of an image")
        config = _config(self.store, manifest.config.digest)
        steps = [step.created_by for step in config.history or () if not step.empty_layer]
        made_by = steps if len(steps) == len(manifest.layers) else [""] * len(manifest.layers)
        pairs = zip(manifest.layers, made_by, strict=True)
        layers = tuple(LayerBlob(layer.digest, layer.size, step) for layer, step in pairs)
        return Image(self.name, digest, platform, layers, self.store)


@contextmanager
def open_stored(name: str) -> Iterator[StoredImage]:
    """Yield an image by its name: a folder or an archive with an OCI layout, or a reference.

    Args:
        name: `oci-layout:PATH`, with `:TAG` if the layout has several images; a path of one that exists; else a
            reference in a registry.

    Raises:
        CliError: The image cannot be read, when it is opened or later in the `with` block.
    """
    try:
        if name.startswith(LAYOUT) or is_layout(Path(name)):
            with _layout(name.removeprefix(LAYOUT).removeprefix("//")) as stored:
                yield stored
        else:
            with _in_registry(name) as stored:
                yield stored
    except RegistryError as error:
        raise CliError(f"cannot read {name}: {error}\n{error.advice}") from error
    except (UnreadableError, OSError) as error:
        raise CliError(f"cannot read {name}: {error}") from error


def is_layout(path: Path) -> bool:
    """Return whether a path is a folder or an archive with an OCI layout."""
    if path.is_dir():
        return (path / "index.json").is_file()
    return path.is_file() and tarfile.is_tarfile(path)


@contextmanager
def _in_registry(name: str) -> Iterator[StoredImage]:
    try:
        reference = normalize_reference(name)
    except ValueError as error:
        raise CliError(f"{name}: {error}") from error
    digest = reference.partition("@")[2] or _digest_of_tag(reference)
    with repository(repository_of(reference)) as client:
        yield _stored(name, _Registry(client), digest)


def _digest_of_tag(reference: str) -> str:
    (answer,) = look_up([reference])
    if isinstance(answer, RegistryError):
        raise answer
    return answer


@dataclass(frozen=True, slots=True)
class _Registry:
    client: DXF

    def chunks(self, digest: str) -> Iterable[bytes]:
        return pull(self.client, digest)

    def manifest(self, digest: str) -> bytes:
        content = bytes(self.client.get_manifest_and_response(digest)[1].content)
        return b"".join(_verified([content], digest))


@contextmanager
def _layout(name: str) -> Iterator[StoredImage]:
    path, tag = (name, "") if Path(name).exists() else (name.rpartition(":")[0], name.rpartition(":")[2])
    if Path(path).is_dir():
        store = _Folder(Path(path))
        yield _stored(name, store, _top(store.open("index.json"), tag))
        return
    with Path(path).open("rb") as file:
        archive = _Archive(file, _offsets(file))
        yield _stored(name, archive, _top(archive.open("index.json"), tag))


class _Folder:
    """The files of a layout in a folder. No link leads out of it: the digest of a blob is verified."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def open(self, name: str) -> Iterator[bytes]:
        """Yield a file in pieces."""
        with (self._root / name).open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece

    def chunks(self, digest: str) -> Iterable[bytes]:
        return _verified(self.open(_blob_path(digest)), digest)

    def manifest(self, digest: str) -> bytes:
        return _document(self.chunks(digest), digest)


class _Archive:
    """The files of a layout in a tar archive, by their positions in it."""

    def __init__(self, file: IO[bytes], offsets: dict[str, tuple[int, int]]) -> None:
        self._file, self._offsets = file, offsets

    def open(self, name: str) -> Iterator[bytes]:
        """Yield a file in pieces; raises UnreadableError if the archive has no file of that name."""
        if name not in self._offsets:
            raise UnreadableError(f"the archive has no {name}")
        at, remaining = self._offsets[name]
        while remaining:
            self._file.seek(at)
            piece = self._file.read(min(CHUNK, remaining))
            if not piece:
                raise UnreadableError(f"the archive ends within {name}")
            yield piece
            at, remaining = at + len(piece), remaining - len(piece)

    def chunks(self, digest: str) -> Iterable[bytes]:
        return _verified(self.open(_blob_path(digest)), digest)

    def manifest(self, digest: str) -> bytes:
        return _document(self.chunks(digest), digest)


def _offsets(file: IO[bytes]) -> dict[str, tuple[int, int]]:
    """Return the offset and the size of each regular file of a tar archive."""
    offsets: dict[str, tuple[int, int]] = {}
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            while member := archive.next():
                if member.isreg():
                    offsets[member.name.removeprefix("./")] = member.offset_data, member.size
                if len(offsets) > MOST_BLOBS:
                    raise UnreadableError(f"the archive has more than {MOST_BLOBS} files")
                archive.members.clear()  # type: ignore[attr-defined] # it would keep all that it has seen
    except tarfile.TarError as error:
        raise UnreadableError(f"it is not an uncompressed tar archive: {error}") from error
    return offsets


def _top(content: Iterable[bytes], tag: str) -> str:
    """Return the digest of the image that an index.json names; raises UnreadableError for none or several."""
    entries = _read(_Manifest, _document(content, "index.json"), "index.json").manifests
    if tag:
        entries = [entry for entry in entries if tag in _names_of(entry)]
    digests = {entry.digest for entry in entries}
    if len(digests) != 1:
        known = sorted({name for entry in entries for name in _names_of(entry)})
        names = f", named {', '.join(known)}" if known else ""
        raise UnreadableError(f"the layout has {len(digests)} images{names}; name one as {LAYOUT}PATH:TAG")
    return digests.pop()


def _names_of(entry: _Descriptor) -> set[str]:
    """Return the names of an entry of an index.json; those with a registry also by their tag alone."""
    full = {name for key in _NAMES if (name := (entry.annotations or {}).get(key))}
    return full | {name.rpartition(":")[2] for name in full}


def _stored(name: str, store: Store, digest: str) -> StoredImage:
    document = _read(_Manifest, store.manifest(digest), digest)
    if not document.manifests:
        if document.config is None:
            raise UnreadableError(f"{digest} is neither an index nor the manifest of an image")
        config = _config(store, document.config.digest)
        platform = normal("/".join(filter(None, (config.os, config.architecture, config.variant))))
        return StoredImage(name, store, {platform or "unknown": digest})
    pairs = ((platform_of(entry.model_dump()), entry.digest) for entry in document.manifests)
    return StoredImage(name, store, {platform: own for platform, own in pairs if platform and platform != _UNKNOWN})


def _config(store: Store, digest: str) -> _Config:
    return _read(_Config, _document(store.chunks(digest), digest), digest)


def _blob_path(digest: str) -> str:
    if not is_digest(digest):
        raise UnreadableError(f"{digest} is not a SHA-256 digest")
    return "blobs/" + digest.replace(":", "/")


def _verified(chunks: Iterable[bytes], digest: str) -> Iterator[bytes]:
    """Yield pieces; raises UnreadableError at their end if the digest does not match."""
    checksum = hashlib.sha256()
    for piece in chunks:
        checksum.update(piece)
        yield piece
    if f"sha256:{checksum.hexdigest()}" != digest:
        raise UnreadableError(f"the content of {digest} is another one: it has sha256:{checksum.hexdigest()}")


def _document(chunks: Iterable[bytes], name: str) -> bytes:
    content = b""
    for piece in chunks:
        content += piece
        if len(content) > LARGEST_DOCUMENT:
            raise UnreadableError(f"{name} has more than {LARGEST_DOCUMENT >> 20} MiB")
    return content


def _read(model: type[Model], content: bytes, name: str) -> Model:
    try:
        return model.model_validate(parse_json(content))
    except (ValueError, ValidationError) as error:
        raise UnreadableError(f"{name} is not JSON of the expected form") from error
