"""Provenance as BuildKit writes it: SLSA 0.2, or 1 with `--provenance=version=v1` (BuildKit 0.25), read as one thing.

Anybody can push anything as provenance, so nothing is taken for granted of its shape: what is not where BuildKit has it
is missing.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, NamedTuple

Parts = dict[str, Any]

# The key of BuildKit's own part in the metadata of SLSA 0.2, and in that of SLSA 1.
BUILDKIT, BUILDKIT_V1 = "https://mobyproject.org/buildkit@v1#metadata", "buildkit_metadata"


class Provenance(NamedTuple):
    """Where an image comes from.

    `file` is what was built; `materials` has the digests of what the image was made of, each with what it is called.
    `kairosfile` is the text of the file, which only full provenance holds, None where it is not known; `included` has
    the texts of the files that it includes, by their names, where they gave steps.
    """

    file: str | None
    materials: dict[str, str]
    kairosfile: str | None
    included: dict[str, str]


def read(predicate: Parts) -> Provenance:
    """Return what a predicate says, of either version of SLSA."""
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
    """Return the digests in a list of what SLSA and in-toto name by them, each with its name, which may be empty."""
    told = ((_at(entry, "digest", "sha256"), _at(entry, "uri") or "") for entry in _list(named))
    return {f"sha256:{digest}": str(uri) for digest, uri in told if digest}


def _at(parts: object, *keys: str) -> object:
    """Return what is below some keys, None where one of them is missing."""
    for key in keys:
        parts = parts.get(key) if isinstance(parts, dict) else None
    return parts


def _list(found: object) -> list[object]:
    return found if isinstance(found, list) else []


def _text(source: object) -> str | None:
    data = _at(source, "data")
    try:
        return base64.b64decode(data, validate=True).decode() if isinstance(data, str) else None
    except (UnicodeDecodeError, binascii.Error):
        return None
