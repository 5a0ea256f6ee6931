"""The manifests of an image in a registry: that of each platform, and those of its attestations; no blobs.

BuildKit lays the attestations of a platform into a manifest of their own, which the index names beside that of the
image (docs/attestations/attestation-storage.md there).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from dxf import hash_bytes
from dxf.exceptions import DXFDigestMismatchError

from kairosfile.oci.reference import normalize_reference
from kairosfile.spec.platforms import normal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dxf import DXF

ATTESTED, PREDICATE = "vnd.docker.reference.digest", "in-toto.io/predicate-type"
SBOM, PROVENANCE = "SBOM", "provenance"
KINDS = {
    "https://spdx.dev/Document": SBOM,
    "https://slsa.dev/provenance/v0.2": PROVENANCE,
    "https://slsa.dev/provenance/v1": PROVENANCE,
}

Manifest = dict[str, Any]


class UnreadableError(Exception):
    """Something in an image is of a kind that is not read here; the message says which and why."""


class Attached(NamedTuple):
    """An attestation of an image.

    `platform` is whose; `kind` is what it is: `SBOM`, `provenance`, or its type; `size` is its bytes; `digest` names
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
        if _platform(entry) == normal(platform):
            return _document(client, entry["digest"])
    raise UnreadableError(f"the index {digest} does not name the platform")


def attached(client: DXF, digest: str) -> Iterator[Attached]:
    """Yield the attestations of an image by the digest of its index; raises RegistryError."""
    entries: list[Manifest] = _document(client, digest).get("manifests", [])
    platforms = {entry["digest"]: _platform(entry) for entry in entries}
    for entry in entries:
        manifest = (entry.get("annotations") or {}).get(ATTESTED, "")
        platform = platforms.get(manifest)
        for layer in _document(client, entry["digest"])["layers"] if platform else ():
            kind = (layer.get("annotations") or {}).get(PREDICATE, "an attestation without a type")
            yield Attached(str(platform), KINDS.get(kind, kind), int(layer["size"]), layer["digest"], manifest)


def _platform(entry: Manifest) -> str | None:
    told = entry.get("platform", {})
    return normal("/".join(filter(None, (told.get(key) for key in ("os", "architecture", "variant")))))


def _document(client: DXF, digest: str) -> Manifest:
    content = client.get_manifest_and_response(digest)[1].content
    if hash_bytes(content) != digest:
        raise DXFDigestMismatchError(hash_bytes(content), digest)  # type: ignore[no-untyped-call]
    document: Manifest = json.loads(content)
    return document
