"""The evidence of an image in a registry: labels, provenance and SBOM of each platform, and the sizes of these.

The registry is read directly, with docker's credentials and without a pull; docker is not needed.

The subject of a BuildKit statement is its manifest. The subject of provenance is checked; those of SBOMs are not.
Provenance is SLSA 0.2, or 1 with `--provenance=version=v1` (BuildKit 0.25), read into one record. Anybody can push
anything as provenance, so a value counts only in BuildKit's place.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kairosfile.cli.attestation_size import SMALLER, human, warning
from kairosfile.cli.doctor import Finding
from kairosfile.cli.errors import CliError
from kairosfile.cli.image.layers import UnreadableError
from kairosfile.cli.registry import RegistryError, look_up, repository
from kairosfile.cli.verify.image import PROVENANCE, SBOM, Attached, attached, blob, configs, repository_of
from kairosfile.json_text import parse_json
from kairosfile.oci import normalize_reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dxf import DXF

SIZE = "size"
# Bytes of a statement that is read: far more than any provenance has, and than builders take of an SBOM.
LARGEST, LARGEST_SBOM = 16 << 20, 256 << 20

Parts = dict[str, Any]

# The key of BuildKit's own part in the metadata of SLSA 0.2, and in that of SLSA 1.
BUILDKIT, BUILDKIT_V1 = "https://mobyproject.org/buildkit@v1#metadata", "buildkit_metadata"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence of one platform: the labels of its image, its provenance, its SBOM; None or empty if missing."""

    platform: str
    labels: dict[str, str]
    provenance: Provenance | None
    sbom: Parts

    @property
    def packages(self) -> int:
        """The number of packages in the SBOM."""
        return len(self.sbom.get("packages", []))


@dataclass(frozen=True, slots=True)
class Pushed:
    """An image with its digest and the evidence of each platform."""

    digest: str
    platforms: list[Evidence]


def fetch(image: str) -> Pushed:
    """Return the evidence about an image in a registry; raises CliError if the image or the registry cannot be read."""
    try:
        name = normalize_reference(image)
    except ValueError as error:
        raise CliError(str(error)) from error
    try:
        digest = name.partition("@")[2] or _digest(name)
        with repository(repository_of(name)) as client:
            return read(client, digest)
    except RegistryError as error:
        raise CliError(f"{image} cannot be looked up: {error}; {error.advice}") from error
    except UnreadableError as error:
        raise CliError(f"{image} cannot be read: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:  # anybody can push anything
        raise CliError(f"{image} cannot be looked up: its format is unknown") from error


def _digest(name: str) -> str:
    (digest,) = look_up([name])
    if isinstance(digest, RegistryError):
        raise digest
    return digest


def read(client: DXF, digest: str) -> Pushed:
    """Return the evidence of an image by the digest of its index, or of its only manifest; raises RegistryError."""
    statements = {(one.platform, one.kind): one for one in attached(client, digest)}
    platforms = [
        Evidence(
            platform,
            config.get("config", {}).get("Labels") or {},
            _provenance(client, statements.get((platform, PROVENANCE))),
            _predicate(client, statements.get((platform, SBOM)), LARGEST_SBOM),
        )
        for platform, config in configs(client, digest)
    ]
    return Pushed(digest, sorted(platforms, key=lambda one: one.platform))


def _provenance(client: DXF, one: Attached | None) -> Provenance | None:
    predicate = _predicate(client, one, LARGEST)
    return read_provenance(predicate) if predicate else None


def _predicate(client: DXF, one: Attached | None, limit: int) -> Parts:
    """Return a parsed statement, empty if it is missing or larger than BuildKit's."""
    if one is None or one.size > limit:
        return {}
    predicate = _at(parse_json(blob(client, one.digest, limit)), "predicate")
    return predicate if isinstance(predicate, dict) else {}


def attestations(image: str, digest: str) -> Iterator[Finding]:
    """Yield the size of the attestations of each platform, then their errors."""
    try:
        with repository(repository_of(image)) as client:
            entries = list(attached(client, digest))
            strange = [finding for one in entries for finding in _of_another(client, one)]
    except RegistryError as error:
        yield Finding(SIZE, "unknown", f"the attestations cannot be looked up: {error}", error.advice)
        return
    except UnreadableError as error:
        yield Finding(SIZE, "error", f"the attestations cannot be read: {error}", "push the image again")
        return
    for platform in dict.fromkeys(one.platform for one in entries):
        yield Finding(
            SIZE, "ok", f"{platform}: {', '.join(_size_text(one) for one in entries if one.platform == platform)}"
        )
    for one in entries:
        if text := warning(one.platform, one.kind, one.size):
            yield Finding(SIZE, "warning", text, SMALLER)
    yield from strange


def _size_text(one: Attached) -> str:
    return f"{one.kind} {human(one.size)}"


def _of_another(client: DXF, one: Attached) -> Iterator[Finding]:
    """Yield an error for provenance that was made for another image than it is attached to."""
    if one.kind != PROVENANCE or one.size > LARGEST:
        return
    statement = parse_json(blob(client, one.digest, LARGEST))
    subjects = digests(statement.get("subject") if isinstance(statement, dict) else None)
    if one.manifest not in subjects:
        named = ", ".join(subjects) or "none by its digest"
        message = f"{one.platform}: it was made for another image: it names {named}, this is {one.manifest}"
        yield Finding(PROVENANCE, "error", message, "do not trust what it says; push the image again with its own")


@dataclass(frozen=True, slots=True)
class Provenance:
    """The provenance of an image.

    `file` is the built file; `materials` has the digests of the image's inputs with their names.
    `kairosfile` is the text of the file, which only full provenance has, None if it is unknown; `included` has
    the texts of the files that it includes, by their names, where they gave steps.
    """

    file: str | None
    materials: dict[str, str]
    kairosfile: str | None
    included: dict[str, str]


def read_provenance(predicate: Parts) -> Provenance:
    """Return a parsed predicate of either version of SLSA."""
    if "buildDefinition" in predicate:
        file = _at(predicate, "buildDefinition", "externalParameters", "configSource", "path")
        materials = _at(predicate, "buildDefinition", "resolvedDependencies")
        sources = _at(predicate, "runDetails", "metadata", BUILDKIT_V1, "source", "infos")
    else:
        file = _at(predicate, "invocation", "configSource", "entryPoint")
        materials = _at(predicate, "materials")
        sources = _at(predicate, "metadata", BUILDKIT, "source", "infos")
    texts = [(str(_at(it, "filename")), _text(it)) for it in _list(sources)]
    included = {name: text for name, text in texts[1:] if text is not None}  # BuildKit has the Kairosfile first
    name = file if isinstance(file, str) else None
    return Provenance(name, digests(materials), texts[0][1] if texts else None, included)


def digests(named: object) -> dict[str, str]:
    """Return the digests in a list of SLSA or in-toto, each with its name, which may be empty."""
    named_digests = ((_at(entry, "digest", "sha256"), _at(entry, "uri") or "") for entry in _list(named))
    return {f"sha256:{digest}": str(uri) for digest, uri in named_digests if digest}


def _at(parts: object, *keys: str) -> object:
    """Return the value at a path of keys, None if one of them is missing."""
    for key in keys:
        parts = parts.get(key) if isinstance(parts, dict) else None
    return parts


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(source: object) -> str | None:
    data = _at(source, "data")
    try:
        return base64.b64decode(data, validate=True).decode() if isinstance(data, str) else None
    except (UnicodeDecodeError, binascii.Error):
        return None
