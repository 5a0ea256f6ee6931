"""The images of a matrix: a combination can be built when the file, read with its build args, has no errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.cli.checking import Wishes, read
from kairosfile.cli.platforms import for_board
from kairosfile.cli.stop import StopError
from kairosfile.spec import KairosfileError
from kairosfile.spec import matrix as combining
from kairosfile.spec.checks import platforms as platform_checks

if TYPE_CHECKING:
    from kairosfile.spec import Diagnostic, Document
    from kairosfile.spec.matrix import Combination
    from kairosfile.spec.model.matrix import Matrix

MOST = 1000


class Image(NamedTuple):
    """A combination that can be built, and the file as it is then."""

    combination: Combination
    document: Document


class Refused(NamedTuple):
    """A combination that the checks refuse, with the first of their reasons."""

    combination: Combination
    fault: Diagnostic


class Found(NamedTuple):
    """What has become of the combinations of a matrix."""

    images: list[Image]
    refused: list[Refused]


def find(file: str, document: Document, matrix: Matrix, wishes: Wishes) -> Found:
    """Read a file once for each combination of a matrix; raises StopError where there are too many."""
    found = Found([], [])
    for one, platform in _combinations(document, matrix).items():
        own = Wishes({**wishes.build_args, **one.build_args}, [platform], wishes.context)
        try:
            made = read(document.source, file, own)
            faults = platform_checks.faults(made, platform)
        except KairosfileError as error:
            faults = list(error.diagnostics)
        if faults:
            found.refused.append(Refused(one, faults[0]))
        else:
            found.images.append(Image(one, made))
    return found


def _combinations(document: Document, matrix: Matrix) -> dict[Combination, str]:
    """Return each combination once, with the platform that it is for: without a list that of its board."""
    every: dict[Combination, str] = {}
    for one in combining.combinations(matrix):
        platform = one.platform or for_board(one.model or document.model.model)
        every[one._replace(platform=platform)] = platform
        if len(every) > MOST:
            raise StopError(f"this matrix has more than {MOST} combinations; leave some out, or bake parts of it")
    return every
