"""`copy` and `file`: what comes into the image without running anything in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.plan.images import image_id
from kairosfile.plan.model import Copy, File
from kairosfile.spec.model.steps_values import mode_bits

if TYPE_CHECKING:
    from kairosfile.spec.document import Document
    from kairosfile.spec.model import CopyStep, FileStep

READABLE = 0o644


def copy(document: Document, step: CopyStep) -> Copy:
    """Return the copy of a step."""
    return Copy(
        step.sources,
        step.to,
        image_id(document, step.from_) if step.from_ else "",
        step.owner or "",
        mode_bits(step.mode) if step.mode else None,
        step.include,
        step.exclude,
    )


def write(step: FileStep) -> File:
    """Return the file of a step."""
    mode = mode_bits(step.mode)
    return File(step.file, step.content, READABLE if mode is None else mode, step.owner or "")
