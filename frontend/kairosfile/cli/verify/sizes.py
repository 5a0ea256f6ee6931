"""How large each attestation of an image is, and whether the builder of another day might refuse one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.cli.attestation_size import SMALLER, human, warning
from kairosfile.cli.doctor.finding import Finding
from kairosfile.cli.registry import RegistryError, repository
from kairosfile.cli.verify.manifests import Attached, attached, repository_of

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECK = "size"


def sizes(image: str, digest: str) -> Iterator[Finding]:
    """Say how large the attestations of each platform are, then warn of the large ones."""
    try:
        with repository(repository_of(image)) as client:
            found = list(attached(client, digest))
    except RegistryError as error:
        yield Finding(CHECK, "unknown", f"the attestations cannot be looked up: {error}", error.advice)
        return
    for platform in dict.fromkeys(one.platform for one in found):
        yield Finding(CHECK, "ok", f"{platform}: {', '.join(_said(one) for one in found if one.platform == platform)}")
    for one in found:
        if text := warning(*one):
            yield Finding(CHECK, "warning", text, SMALLER)


def _said(one: Attached) -> str:
    return f"{one.kind} {human(one.size)}"
