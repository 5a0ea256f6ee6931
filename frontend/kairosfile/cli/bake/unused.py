"""Values that are in no image of a matrix: combinations are left out where the checks refuse them, values are not.

Else a board that was mistyped, or one that no base has a kernel for, would be gone without a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.cli.bake.asked import shown
from kairosfile.cli.stop import StopError
from kairosfile.spec import Diagnostic, KairosfileError, rules
from kairosfile.spec.matrix import FIELDS
from kairosfile.spec.model.matrix import Matrix
from kairosfile.spec.platforms import normal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.cli.bake.asked import Asked
    from kairosfile.cli.bake.images import Found
    from kairosfile.spec import Document


def refuse(document: Document, asked: Asked, found: Found) -> None:
    """Raise StopError for a value of the command line that is in no image, KairosfileError for those of the file.

    A command line that narrows the matrix of the file leaves values out on purpose.
    """
    for field, _, value, why in _unused(asked.matrix, found):
        raise StopError(f"--matrix {field}={shown(value)} is in no image: {why.sentence}")
    if not asked.fields and not asked.matrix.exclude:
        faults = [_fault(document, *row) for row in _unused(document.model.matrix or Matrix(), found)]
        if faults:
            raise KairosfileError(document.source, faults)


def _unused(matrix: Matrix, found: Found) -> Iterator[tuple[str, int, object, Diagnostic]]:
    """Yield the field and the number of each value in no image, the value, and why it was refused the first time."""
    for field in FIELDS:
        used = {getattr(image.combination, field) for image in found.images}
        for index, value in enumerate(getattr(matrix, field)):
            own = normal(value) if field == "platform" else value
            refused = (one.fault for one in found.refused if getattr(one.combination, field) == own)
            if own not in used and (why := next(refused, None)):
                yield field, index, value, why


def _fault(document: Document, field: str, index: int, value: object, why: Diagnostic) -> Diagnostic:
    message = f"{field} {shown(value)} is in no image of this matrix: {why.message}"
    return Diagnostic(rules.MATRIX, document.root.find(("matrix", field, index)).range, message, why.hint)
