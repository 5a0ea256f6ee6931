"""`kairosfile bake`: the matrix of a file, what of it can be built, and a bake file with a target for each image."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from kairosfile import spec
from kairosfile.cli.bake import definition, images, unused
from kairosfile.cli.bake.asked import Asked
from kairosfile.cli.bake.definition import Goods
from kairosfile.cli.bake.targets import targets_of
from kairosfile.cli.checking import FAULTY, STANDARD_INPUT, Wishes, read, read_bytes
from kairosfile.cli.loading import tell_faults
from kairosfile.cli.revisions import is_revision
from kairosfile.cli.stop import StopError
from kairosfile.spec import matrix as combining

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.cli.bake.images import Found, Refused
    from kairosfile.cli.output import Output

__all__ = ["Asked", "Goods", "bake"]


def bake(file: str, wishes: Wishes, asked: Asked, goods: Goods, output: Output) -> int:
    """Write the bake file; errors go to standard error. Returns the exit status; raises StopError."""
    if file == STANDARD_INPUT or is_revision(file):
        raise StopError("bake takes a file at hand, not standard input and not a revision of a file")
    try:
        found = _find(file, wishes, asked)
    except spec.KairosfileError as error:
        tell_faults(error)
        return FAULTY
    text = definition.render(file, targets_of(found.images), wishes, goods)
    _tell_refused(found.refused, len(found.images))
    output.write(text)
    return 0


def _find(file: str, wishes: Wishes, asked: Asked) -> Found:
    document = read(spec.decode(file, read_bytes(file)), file, wishes)
    matrix = asked.over(combining.of(document.model))
    if doubled := combining.doubled(matrix, wishes.build_args):
        raise StopError(f"--build-arg {doubled[0]} gives what the matrix goes through; use --matrix in its place")
    found = images.find(file, document, matrix, wishes)
    unused.refuse(document, asked, found)
    if not found.images:
        raise StopError("no combination of this matrix is left")
    return found


def _tell_refused(refused: Sequence[Refused], built: int) -> None:
    """Say on standard error which combinations are left out, each reason once."""
    if not refused:
        return
    reasons = Counter(f"{one.fault.message} [{one.fault.rule.id}]" for one in refused)
    lines = [f"{count:5}  {reason}" for reason, count in reasons.items()]
    whole = built + len(refused)
    head = f"kairosfile: {built} of {whole} combinations can be built; the checks refuse the others:"
    sys.stderr.write("\n".join([head, *lines]) + "\n")
