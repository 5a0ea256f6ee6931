"""Stages that only check the image, as an ejected Dockerfile has them: a Kairosfile has such steps by itself."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from kairosfile.dockerfile.adopt.kairos import PROGRAM
from kairosfile.plan.check_step import SCRIPT

if TYPE_CHECKING:
    from kairosfile.dockerfile.adopt.instructions import Adopter
    from kairosfile.dockerfile.adopt.stages import Stage
    from kairosfile.dockerfile.reader import Instruction


def is_gate(adopter: Adopter, name: str) -> bool:
    """Tell whether a stage starts from the image's own ones and does nothing but check."""
    runs = _runs(adopter, name)
    return bool(runs) and all(map(_checks, runs))


def test(adopter: Adopter, name: str, folder: str) -> Stage | None:
    """Return a stage from which nothing is copied though it runs something: its last act is to make that folder."""
    stage = adopter.stages.gates(name)
    last = stage.instructions[-1] if stage and stage.instructions else None
    makes = last is not None and last.keyword == "WORKDIR" and posixpath.normpath(last.joined) == folder.rstrip("/")
    return stage if makes and _runs(adopter, name) else None


def _runs(adopter: Adopter, name: str) -> list[Instruction]:
    stage = adopter.stages.gates(name)
    return [each for each in stage.instructions if each.keyword == "RUN"] if stage else []


def _checks(instruction: Instruction) -> bool:
    script = instruction.heredocs[0].content if instruction.heredocs else ""
    words = instruction.exec_form or instruction.joined.split()
    calls = [word for word in words if word.endswith(PROGRAM)]
    return script.endswith(SCRIPT) or (bool(calls) and bool({"validate", "--validate"} & set(words)))
