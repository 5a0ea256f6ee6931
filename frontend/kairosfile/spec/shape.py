"""A tree held against the model: unknown keys, missing fields and wrong types, each at its place.

pydantic finds the faults; `shape_faults` says them in the words of a Kairosfile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from kairosfile.spec.model import Kairosfile

if TYPE_CHECKING:
    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.nodes import Node


def read(root: Node) -> Kairosfile | list[Diagnostic]:
    """Return the model of a tree, or every fault of its shape."""
    try:
        return Kairosfile.model_validate(root.plain())
    except ValidationError as error:
        from kairosfile.spec.shape_faults import diagnose  # noqa: PLC0415 - most files have none

        return list(diagnose(root, error.errors(include_url=False, include_input=False)))
