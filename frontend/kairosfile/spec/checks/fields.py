"""Each field on its own: references, versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.names import PROVIDER_VERSIONS, UNPINNED, VERSION
from kairosfile.kairos.releases import image_of
from kairosfile.oci import normalize_reference
from kairosfile.spec import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.document import Document
    from kairosfile.spec.model import Provider
    from kairosfile.spec.nodes import Path


AFTER_FROM = "write it as you would after FROM, in lower case"
EXAMPLE_BASE = "ubuntu:24.04"


def references(document: Document) -> Iterator[Diagnostic]:
    """Images are named by well-formed references."""
    yield from reference(document, ("base",), document.model.base, EXAMPLE_BASE)
    yield from reference(document, ("kairos_init",), document.model.kairos_init.reference, image_of())


def reference(document: Document, path: Path, value: str, example: str) -> Iterator[Diagnostic]:
    """Yield what is wrong with the name of an image."""
    try:
        normalize_reference(value)
    except ValueError as error:
        yield document.fault(rules.REFERENCE, path, str(error), f"{AFTER_FROM}: {example}")


def version(document: Document) -> Iterator[Diagnostic]:
    """kairos-init can parse the version."""
    text = document.model.version
    if not VERSION.fullmatch(text):
        message = f'kairos-init cannot parse the version "{text}"'
        yield document.fault(rules.VERSION, ("version",), message, "write vMAJOR.MINOR.PATCH, for example v1.0.0")


def provider_version(document: Document) -> Iterator[Diagnostic]:
    """A provider version is the tag of one of that provider's releases."""
    if document.model.provider is not None:
        yield from release_of_provider(document, ("provider",), document.model.provider)


def release_of_provider(document: Document, path: Path, provider: Provider) -> Iterator[Diagnostic]:
    """Yield what is wrong with the version of the provider at a path."""
    if provider.version in (None, UNPINNED):
        return
    pattern, example = PROVIDER_VERSIONS[provider.name]
    if not pattern.fullmatch(provider.version or ""):
        message = f'"{provider.version}" is not a release of {provider.name}'
        hint = f"write it as its tag, for example {example}"
        yield document.fault(rules.PROVIDER_VERSION, (*path, "version"), message, hint)
