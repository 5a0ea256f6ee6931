"""The images that a Kairosfile names, with the places at which it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.spec.model import BindMount, CopyStep, RunStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.document import Document
    from kairosfile.spec.nodes import Path


def named(document: Document) -> Iterator[tuple[Path, str]]:
    """Yield the fields that hold references, with what they say or mean by default.

    AuroraBoot is among them where the file asks for something that it makes. The bases of a matrix are, although a
    build starts from one of them at most: one lock file is for all images of the matrix.
    """
    model = document.model
    yield ("base",), model.base
    for index, base in enumerate(model.matrix.base if model.matrix else ()):
        yield ("matrix", "base", index), base
    yield ("kairos_init",), model.kairos_init.reference
    made = model.artifacts
    if made is not None and any(getattr(made, kind) is not None for kind in ("iso", "netboot", "raw", "uki")):
        yield ("artifacts", "auroraboot"), made.auroraboot.reference
    yield from named_by_steps(document)


def named_by_steps(document: Document) -> Iterator[tuple[Path, str]]:
    """Yield the places at which steps name images, with what they say there."""
    for path, step in document.steps():
        if isinstance(step, CopyStep) and step.from_:
            yield (*path, "from"), step.from_
        if isinstance(step, RunStep):
            for index, mount in enumerate(step.mounts):
                if isinstance(mount, BindMount) and mount.from_:
                    yield (*path, "mounts", index, "from"), mount.from_
