"""The images that a plan names: the base, kairos-init, and what the steps take files from; each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.oci import normalize_reference
from kairosfile.plan.model import BASE, KAIROS_INIT, Image
from kairosfile.spec.model import BindMount, CopyStep, RunStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.document import Document
    from kairosfile.spec.nodes import Path


def images(document: Document) -> tuple[Image, ...]:
    """Return the images of a document."""
    base = normalize_reference(document.model.base)
    kairos_init = normalize_reference(document.model.kairos_init.reference)
    fixed = (Image(BASE, base, document.range("base")), Image(KAIROS_INIT, kairos_init, document.range("kairos_init")))
    others: dict[str, Image] = {}
    for path, reference in named_by_steps(document):
        image = image_id(document, reference)
        if image not in (BASE, KAIROS_INIT):
            others.setdefault(image, Image(image, normalize_reference(reference), document.range(*path)))
    return (*fixed, *others.values())


def image_id(document: Document, reference: str) -> str:
    """Return the id of an image that a step names: its full name, but for the base and kairos-init."""
    name = normalize_reference(reference)
    if name == normalize_reference(document.model.base):
        return BASE
    return KAIROS_INIT if name == normalize_reference(document.model.kairos_init.reference) else name


def named_by_steps(document: Document) -> Iterator[tuple[Path, str]]:
    """Yield the places at which steps name images, with what they say there."""
    for path, step in document.steps():
        if isinstance(step, CopyStep) and step.from_:
            yield (*path, "from"), step.from_
        if isinstance(step, RunStep):
            for index, mount in enumerate(step.mounts):
                if isinstance(mount, BindMount) and mount.from_:
                    yield (*path, "mounts", index, "from"), mount.from_
