"""Advice: what builds today and may hurt later. Nothing here stops a build.

A ten-line file gets a warning only where a line of it can be made better, so fields that the file leaves out are
not complained about; the one exception is the provider's version, because its default moves with every release.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.kairos.names import UNPINNED
from kairosfile.spec import images, rules
from kairosfile.spec.diagnostics import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.document import Document
    from kairosfile.spec.nodes import Path

PARTS = 3
# `int` refuses texts of thousands of digits.
_NUMBERS = re.compile(r"v?([0-9]{1,20}(?:\.[0-9]{1,20})*)(.*)")


def base_pinned(document: Document) -> Iterator[Diagnostic]:
    """The base has a digest: a tag may name another image tomorrow."""
    base = document.model.base
    if "@" in base or "$" in base or _is_locked(document, base):
        return
    tag = base.rpartition("/")[2].partition(":")[2]
    if tag in {"", "latest"}:
        message = f'the base "{base}" is whatever its newest release is on the day of the build'
        hint = "name a release; `kairosfile lock` pins its digest"
    else:
        message = f'the base "{base}" is a tag, which may name another image tomorrow'
        hint = f"pin it: run `kairosfile lock`, or write {base}@sha256:..."
    yield document.fault(rules.BASE_PINNED, ("base",), message, hint)


def kairos_init_pinned(document: Document) -> Iterator[Diagnostic]:
    """A kairos-init that the file names has a digest."""
    reference = document.model.kairos_init.reference
    if "kairos_init" in document.root.fields and "@" not in reference and not _is_locked(document, reference):
        message = f"kairos-init is named by a tag, {reference}"
        hint = "for builds that can be repeated run `kairosfile lock`, or add `digest: sha256:...`"
        yield document.fault(rules.KAIROS_INIT_PINNED, ("kairos_init",), message, hint)


def provider_pinned(document: Document) -> Iterator[Diagnostic]:
    """The provider has a version, or the next build may bring another Kubernetes."""
    provider = document.model.provider
    if provider is not None and provider.version in {None, UNPINNED}:
        message = f"the release of {provider.name} is whatever is newest on the day of the build"
        hint = f"pin it: `provider: {{name: {provider.name}, version: ...}}`"
        yield document.fault(rules.PROVIDER_PINNED, ("provider", "version"), message, hint)


def version_form(document: Document) -> Iterator[Diagnostic]:
    """The version can be used in the names that upgrades look for: a v, three numbers, no build part.

    A version that kairos-init cannot parse is an error elsewhere, and advised about only there.
    """
    version = document.model.version
    match = _NUMBERS.fullmatch(version)
    if match is None:
        return
    numbers, rest = match[1].split("."), match[2]
    hint = f"write {_better(numbers, rest)}"
    if not version.startswith("v"):
        message = f'upgrades find images by a tag that ends in -v..., and "{version}" has no leading v'
        yield document.fault(rules.VERSION_PREFIX, ("version",), message, hint)
    if "+" in rest:
        message = f'an image tag cannot hold the "+" of "{version}"; the names that Kairos gives have "-" there'
        yield document.fault(rules.VERSION_BUILD, ("version",), message, hint)
    if len(numbers) != PARTS or numbers != [str(int(number)) for number in numbers]:
        message = f'"{version}" is not three plain numbers; kairos-init records it in another form'
        yield document.fault(rules.VERSION_PARTS, ("version",), message, hint)


def locked(document: Document) -> Iterator[Diagnostic]:
    """Beside a lock file every image is pinned: one that was forgotten would change unseen."""
    if document.lock is None:
        return
    for path, reference in images.named(document):
        if "@" not in reference and not document.lock.digest(reference):
            message = f"{reference} is not in {document.lock.filename}, so its tag is looked up as if there were none"
            yield _not_locked(document, path, message)


def _not_locked(document: Document, path: Path, message: str) -> Diagnostic:
    """Return the fault at what the file says; where it leaves the default, at its first field."""
    hint = "run `kairosfile lock`, which adds it"
    if path[0] in document.root.fields:
        given = document.root.find(path).origin
        hint = f"run `kairosfile lock` with the same {given.split()[0]}, or give a digest" if given else hint
        return document.fault(rules.NOT_LOCKED, path, message, hint)
    return Diagnostic(rules.NOT_LOCKED, document.range(*path), message, hint)


def _is_locked(document: Document, reference: str) -> bool:
    return document.lock is not None and bool(document.lock.digest(reference))


def _better(numbers: list[str], rest: str) -> str:
    three = ".".join(str(int(number)) for number in [*numbers, "0", "0"][:PARTS])
    return f"v{three}{rest.replace('+', '-')}"
