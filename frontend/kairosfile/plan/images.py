"""The images that a plan names: the base, kairos-init, and what the steps take files from; each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.oci import normalize_reference
from kairosfile.plan.model import BASE, KAIROS_INIT, Image
from kairosfile.spec.images import named_by_steps

if TYPE_CHECKING:
    from kairosfile.spec.document import Document
    from kairosfile.spec.source import Range


def images(document: Document) -> tuple[Image, ...]:
    """Return the images of a document, pinned where its lock file has their digests."""
    fixed = (
        pinned(document, BASE, document.model.base, document.range("base")),
        pinned(document, KAIROS_INIT, document.model.kairos_init.reference, document.range("kairos_init")),
    )
    others: dict[str, Image] = {}
    for path, reference in named_by_steps(document):
        image = image_id(document, reference)
        if image not in (BASE, KAIROS_INIT):
            others.setdefault(image, pinned(document, image, reference, document.range(*path)))
    return (*fixed, *others.values())


def image_id(document: Document, reference: str) -> str:
    """Return the id of an image that a step names: its full name, but for the base and kairos-init."""
    name = normalize_reference(reference)
    if name == normalize_reference(document.model.base):
        return BASE
    return KAIROS_INIT if name == normalize_reference(document.model.kairos_init.reference) else name


def pinned(document: Document, image: str, reference: str, where: Range, platform: str = "") -> Image:
    """Return an image with the digest that the lock file has of it, if it has one; `platform` is that of `Image`."""
    name = normalize_reference(reference)
    digest = document.lock.digest(name) if document.lock else ""
    return Image(image, f"{name}@{digest}" if digest else name, where, name, platform)
