"""The images that a Kairosfile names, with their paths, and the images of its plan, without duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.oci import normalize_reference
from kairosfile.plan.model import BASE, KAIROS_INIT, Image
from kairosfile.sections.hooks.mounts import images_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.nodes import Path
    from kairosfile.language.source import Range
    from kairosfile.sections.document import Document


def named(document: Document) -> Iterator[tuple[Path, str]]:
    """Yield the fields with references, with their values or defaults.

    AuroraBoot is included if the file requests artifacts. The bases of a matrix are included, although a build starts
    from one of them at most: one lock file is for all images of the matrix.
    """
    model = document.model
    yield ("base",), model.base
    for index, base in enumerate(model.matrix.base if model.matrix else ()):
        yield ("matrix", "base", index), base
    if model.convert:
        yield ("kairos_init",), model.kairos_init.reference
    made = model.artifacts
    if made is not None and any(getattr(made, kind) is not None for kind in ("iso", "netboot", "raw", "uki")):
        yield ("artifacts", "auroraboot"), made.auroraboot.reference
    yield from named_by_steps(document)


def named_by_steps(document: Document) -> Iterator[tuple[Path, str]]:
    """Yield the paths at which the provider, hook steps and the stages of kairos-init name images, with the images."""
    for stage, section in (("install", document.model.install), ("init", document.model.init)):
        for field, reference in images_of(section.mounts):
            yield (stage, "mounts", *field), reference
    if document.model.provider is not None and document.model.provider.from_ is not None:
        yield ("provider", "from"), document.model.provider.from_
    for path, step in document.steps():
        for field, reference in step.images:
            yield (*path, *field), reference


def images(document: Document) -> tuple[Image, ...]:
    """Return the images of a document, pinned if its lock file has their digests."""
    fixed = [pinned(document, BASE, document.model.base, document.range("base"))]
    if document.model.convert:
        reference = document.model.kairos_init.reference
        fixed.append(pinned(document, KAIROS_INIT, reference, document.range("kairos_init")))
    others: dict[str, Image] = {}
    for path, reference in named_by_steps(document):
        image = image_id(document, reference)
        if image not in (BASE, KAIROS_INIT):
            others.setdefault(image, pinned(document, image, reference, document.range(*path)))
    return (*fixed, *others.values())


def image_id(document: Document, reference: str) -> str:
    """Return the id of an image that a step names: its full name, except for the base and kairos-init."""
    name = normalize_reference(reference)
    if name == normalize_reference(document.model.base):
        return BASE
    is_program = document.model.convert and name == normalize_reference(document.model.kairos_init.reference)
    return KAIROS_INIT if is_program else name


def pinned(document: Document, image: str, reference: str, range_: Range, platform: str = "") -> Image:
    """Return an image with its digest in the lock file, if any; `platform` is that of `Image`."""
    name = normalize_reference(reference)
    digest = document.lock.digest(name) if document.lock else ""
    return Image(image, f"{name}@{digest}" if digest else name, range_, name, platform)
