"""The stages of a Dockerfile: which ones the image is made of, and what each name means."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.dockerfile.adopt.found import Found, Leftover
from kairosfile.dockerfile.adopt.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.dockerfile.reader import Instruction

NAMED_WORDS = 3
KAIROS_INIT = "kairos-init"
MISPLACED = "the image itself starts from kairos-init here; what follows is taken to belong to the stage before"


class Stage(NamedTuple):
    """One stage: its name, what it starts from, and its instructions."""

    name: str
    start: str
    line: int
    instructions: list[Instruction]


class Stages:
    """All stages, and the chain of instructions from the base to the image."""

    def __init__(self, instructions: list[Instruction], given: Mapping[str, str]) -> None:
        self.found = Found()
        self.scope = Scope(given, self.found)
        self.stages = self._split(instructions)
        self.by_name = {stage.name.lower(): stage for stage in self.stages}
        self.lineage = self._lineage()
        self.base = self.lineage[0].start if self.lineage else ""
        self.chain = [each for stage in self.lineage for each in stage.instructions]

    def _split(self, instructions: list[Instruction]) -> list[Stage]:
        stages: list[Stage] = []
        for each in instructions:
            if each.keyword == "FROM":
                words = each.joined.split()
                name = words[2] if len(words) == NAMED_WORDS and words[1].lower() == "as" else str(len(stages))
                stages.append(Stage(name, self.scope.text(words[0], everywhere=True), each.line, []))
            elif stages:
                stages[-1].instructions.append(each)
            elif each.keyword == "ARG":
                self.scope.declare(each.joined, everywhere=True)
        return stages

    def _lineage(self) -> list[Stage]:
        """Return the stages that the last one starts from, the first first.

        A last stage that starts from kairos-init itself has no shell to run anything with: such files, which the
        documentation and the operator have, mean the stage before it.
        """
        found: list[Stage] = []
        stage = self.stages[-1] if self.stages else None
        while stage is not None and stage not in found:
            found.insert(0, stage)
            stage = self.by_name.get(stage.start.lower())
        before = self.stages[: self.stages.index(found[0])] if found else []
        if before and KAIROS_INIT in found[0].start:
            self.found.leftovers.append(Leftover(found[0].line, f"FROM {found[0].start}", MISPLACED))
            found[0] = before[-1]._replace(instructions=[*before[-1].instructions, *found[0].instructions])
        return found

    def image(self, name: str) -> str | None:
        """Return the image that a name of `--from` means, None for a stage that is built here."""
        stage = self.by_name.get(name.lower())
        if stage is None:
            return name
        following = self.by_name.get(stage.start.lower())
        if any(each.keyword in ("RUN", "COPY", "ADD") for each in stage.instructions):
            return None
        return stage.start if following is None else self.image(stage.start)

    @property
    def kairos_init(self) -> str:
        """The image that holds kairos-init, empty where none is found by its name."""
        starts = [stage.start for stage in self.stages if stage.name.lower() == KAIROS_INIT]
        starts += [stage.start for stage in self.stages if KAIROS_INIT in stage.start]
        return next(iter(starts), "")

    def gates(self, name: str) -> Stage | None:
        """Return the stage of a name where it starts from the image's own, None otherwise."""
        stage = self.by_name.get(name.lower())
        own = {each.name.lower() for each in self.lineage}
        return stage if stage is not None and stage.start.lower() in own else None
