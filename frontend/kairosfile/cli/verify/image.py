"""An image in a registry: its manifests, configs and attestations, and single files of its layers.

BuildKit puts the attestations of a platform into a separate manifest, which the index names beside that of the
image (docs/attestations/attestation-storage.md there).

For a file the layers are streamed from the last to the first, until one has it. A whiteout in a layer hides what the
layers below have. Every blob is read to its end, because only then its digest is verified. Nothing is
kept on disk, and links are not followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, cast

import requests
from dxf import hash_bytes
from dxf.exceptions import DXFDigestMismatchError
from pydantic import BaseModel

from kairosfile.cli.image.layers import OPAQUE, WHITEOUT, Blob, Member, UnreadableError, members
from kairosfile.cli.registry import RegistryError
from kairosfile.json_text import parse_json
from kairosfile.language.platforms import normal
from kairosfile.oci import normalize_reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dxf import DXF


ATTESTED, PREDICATE = "vnd.docker.reference.digest", "in-toto.io/predicate-type"
SBOM, PROVENANCE = "SBOM", "provenance"
KINDS = {
    "https://spdx.dev/Document": SBOM,
    "https://slsa.dev/provenance/v0.2": PROVENANCE,
    "https://slsa.dev/provenance/v1": PROVENANCE,
}

Manifest = dict[str, Any]
LARGEST_CONFIG = 8 << 20  # bytes; those of images have some kB

CHUNK = 1 << 16
# Bytes of a file that is read: far more than there ever is.
LARGEST_FILE = 1 << 16


@dataclass(frozen=True, slots=True)
class Attached:
    """An attestation of an image.

    `platform` is its platform; `kind` is `SBOM`, `provenance`, or its type; `size` is its bytes; `digest` names
    it, `manifest` the image that it is attached to.
    """

    platform: str
    kind: str
    size: int
    digest: str = ""
    manifest: str = ""


def repository_of(image: str) -> str:
    """Return the full name of an image without its tag and digest."""
    host, _, path = normalize_reference(image).partition("@")[0].partition("/")
    return f"{host}/{path.partition(':')[0]}"


def manifest_of(client: DXF, digest: str, platform: str) -> Manifest:
    """Return the manifest of an image for a platform; raises RegistryError, UnreadableError for a platform it has not.

    `digest` may be that of an index or of the only manifest.
    """
    document = _document(client, digest)
    if "manifests" not in document:
        return document
    for entry in document["manifests"]:
        if platform_of(entry) == normal(platform):
            return _document(client, entry["digest"])
    raise UnreadableError(f"the index {digest} does not name the platform")


def configs(client: DXF, digest: str) -> Iterator[tuple[str, Manifest]]:
    """Yield the platforms of an image with the config of each; raises RegistryError.

    Args:
        client: The client of its repository.
        digest: That of its index, or of its only manifest.
    """
    document = _document(client, digest)
    if "manifests" not in document:
        config = _config(client, document)
        yield normal(f"{config.get('os')}/{config.get('architecture')}") or "unknown/unknown", config
    for entry in document.get("manifests", ()):
        if (platform := platform_of(entry)) and ATTESTED not in (entry.get("annotations") or {}):
            yield platform, _config(client, _document(client, entry["digest"]))


def _config(client: DXF, manifest: Manifest) -> Manifest:
    config: Manifest = parse_json(blob(client, manifest["config"]["digest"], LARGEST_CONFIG))
    return config


def blob(client: DXF, digest: str, limit: int) -> bytes:
    """Return a blob; raises UnreadableError for one of more than `limit` bytes."""
    data = bytearray()
    for chunk in pull(client, digest):
        data += chunk
        if len(data) > limit:
            raise UnreadableError(f"{digest} has more than {limit} bytes")
    return bytes(data)


def attached(client: DXF, digest: str) -> Iterator[Attached]:
    """Yield the attestations of an image by the digest of its index; raises RegistryError."""
    entries: list[Manifest] = _document(client, digest).get("manifests", [])
    platforms = {entry["digest"]: platform_of(entry) for entry in entries}
    for entry in entries:
        manifest = (entry.get("annotations") or {}).get(ATTESTED, "")
        platform = platforms.get(manifest)
        for layer in _document(client, entry["digest"])["layers"] if platform else ():
            kind = (layer.get("annotations") or {}).get(PREDICATE, "an attestation without a type")
            yield Attached(str(platform), KINDS.get(kind, kind), int(layer["size"]), layer["digest"], manifest)


def platform_of(entry: Manifest) -> str | None:
    """Return the platform of an entry of an index, None if BuildKit does not know it."""
    fields = entry.get("platform") or {}
    return normal("/".join(filter(None, (fields.get(key) for key in ("os", "architecture", "variant")))))


def _document(client: DXF, digest: str) -> Manifest:
    content = client.get_manifest_and_response(digest)[1].content
    if hash_bytes(content) != digest:
        raise DXFDigestMismatchError(hash_bytes(content), digest)  # type: ignore[no-untyped-call]
    document: Manifest = parse_json(content)
    _Document.model_validate(document)
    return document


class _Entry(BaseModel):
    """The fields of an entry of an index that are used (OCI image-spec, descriptor.md)."""

    digest: str
    annotations: dict[str, str] | None = None
    platform: dict[str, str | list[str]] | None = None


class _Descriptor(_Entry):
    """The fields of a layer that are used."""

    size: int


class _Document(BaseModel):
    """The fields of an index or a manifest that are used."""

    manifests: list[_Entry] = []
    layers: list[_Descriptor] = []


@dataclass(frozen=True, slots=True)
class _PathState:
    """The state of a path in a layer: its content, and whether it hides lower layers."""

    content: bytes | None = None
    hides: bool = False


def read_file(client: DXF, manifest: Manifest, path: str) -> bytes | None:
    """Return the content of a file, None if the image lacks it; raises RegistryError, UnreadableError."""
    for layer in reversed(manifest["layers"]):
        state = _look(client, layer, path)
        if state.content is not None or state.hides:
            return state.content
    return None


def _look(client: DXF, layer: dict[str, Any], path: str) -> _PathState:
    digest = layer["digest"]
    blob = Blob(pull(client, digest))
    state = search(blob, digest, path)
    blob.drain()
    return state


def pull(client: DXF, digest: str) -> Iterable[bytes]:
    """Return the pieces of a blob; raises at the end if the digest does not match; raises RegistryError."""
    try:
        chunks = cast("Iterable[bytes]", client.pull_blob(digest, chunk_size=CHUNK))
    except requests.HTTPError as error:
        if error.response.status_code != HTTPStatus.NOT_FOUND:
            raise
        raise RegistryError(f"the registry has no layer {digest}", "push the image again") from error
    return chunks


def search(blob: Blob, digest: str, path: str) -> _PathState:
    """Return the state of a path in a layer; raises UnreadableError."""
    whiteouts, parents = _whiteouts(path), {str(parent) for parent in PurePosixPath(path).parents}
    hides = False
    for member in members(blob, digest):
        if member.path == path:
            return _PathState(_content(member), hides=True)
        hides |= member.path in whiteouts or (member.path in parents and not member.info.isdir())
    return _PathState(hides=hides)


def _content(member: Member) -> bytes:
    if not member.info.isreg():
        raise UnreadableError(f"/{member.path} is a link or no file at all")
    if member.info.size > LARGEST_FILE:
        raise UnreadableError(f"/{member.path} has {member.info.size} bytes")
    return member.read(LARGEST_FILE)


def _whiteouts(path: str) -> set[str]:
    """Return the entries that hide a path of the layers below (OCI image-spec, layer.md, Whiteouts)."""
    whole = PurePosixPath(path)
    removed = {str(at.parent / f"{WHITEOUT}{at.name}") for at in (whole, *whole.parents[:-1])}
    return removed | {str(parent / OPAQUE) for parent in whole.parents}
