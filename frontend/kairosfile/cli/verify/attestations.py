"""The attestations of an image as they lie in the registry: how large each is, and whether it is of this very image.

A statement of BuildKit's names the manifest that it is made for, its subject. That of provenance is looked at; those of
SBOMs are not, which are large and were fetched once already.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from kairosfile.cli.attestation_size import SMALLER, human, warning
from kairosfile.cli.doctor.finding import Finding
from kairosfile.cli.registry import RegistryError, repository
from kairosfile.cli.verify.manifests import PROVENANCE, Attached, attached, repository_of
from kairosfile.cli.verify.provenance import digests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dxf import DXF

SIZE = "size"
# Bytes of a statement that is looked into: far more than any provenance has.
LARGEST = 16 << 20


def attestations(image: str, digest: str) -> Iterator[Finding]:
    """Say how large the attestations of each platform are, then what is wrong with one."""
    try:
        with repository(repository_of(image)) as client:
            found = list(attached(client, digest))
            strange = [finding for one in found for finding in _of_another(client, one)]
    except RegistryError as error:
        yield Finding(SIZE, "unknown", f"the attestations cannot be looked up: {error}", error.advice)
        return
    for platform in dict.fromkeys(one.platform for one in found):
        yield Finding(SIZE, "ok", f"{platform}: {', '.join(_said(one) for one in found if one.platform == platform)}")
    for one in found:
        if text := warning(one.platform, one.kind, one.size):
            yield Finding(SIZE, "warning", text, SMALLER)
    yield from strange


def _said(one: Attached) -> str:
    return f"{one.kind} {human(one.size)}"


def _of_another(client: DXF, one: Attached) -> Iterator[Finding]:
    """Yield what is to be said of provenance that was made for another image than it is attached to."""
    if one.kind != PROVENANCE or one.size > LARGEST:
        return
    statement = json.loads(b"".join(cast("Iterable[bytes]", client.pull_blob(one.digest))))
    subjects = digests(statement.get("subject") if isinstance(statement, dict) else None)
    if one.manifest not in subjects:
        named = ", ".join(subjects) or "none by its digest"
        message = f"{one.platform}: it was made for another image: it names {named}, this is {one.manifest}"
        yield Finding(PROVENANCE, "error", message, "do not trust what it says; push the image again with its own")
