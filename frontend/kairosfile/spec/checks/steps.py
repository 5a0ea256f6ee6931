"""The user's own steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.spec import rules
from kairosfile.spec.model import CopyStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.document import Document


def copy_paths(document: Document) -> Iterator[Diagnostic]:
    """A copy stays inside the build context and has an absolute goal."""
    for path, step in document.steps():
        if not isinstance(step, CopyStep):
            continue
        for source in step.sources:
            if ".." in source.split("/"):
                message = f'"{source}" leaves the build context'
                yield document.fault(rules.PATH, (*path, "copy"), message, "move the file into the context")
        if not step.to.startswith("/"):
            message = f'"{step.to}" is not an absolute path'
            yield document.fault(rules.PATH, (*path, "to"), message, f"write /{step.to}")
        elif len(step.sources) > 1 and not step.to.endswith("/"):
            message = "several files need a folder to go to"
            yield document.fault(rules.PATH, (*path, "to"), message, f"write {step.to}/")
