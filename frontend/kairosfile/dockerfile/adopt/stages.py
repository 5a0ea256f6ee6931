"""The stages of a Dockerfile: those that the image consists of, and the meaning of names in `FROM` and `--from`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kairosfile.dockerfile.adopt.calls import PROGRAM
from kairosfile.dockerfile.reader import DockerfileError
from kairosfile.dockerfile.shell import NotFollowedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.dockerfile.adopt.account import Account
    from kairosfile.dockerfile.adopt.scope import Scope
    from kairosfile.dockerfile.adopt.values import Value
    from kairosfile.dockerfile.reader import Instruction

FROM_WORDS = (1, 3)
NAMED_WORDS = 3
SCRATCH = "scratch"
CHANGES_FILES = ("RUN", "COPY", "ADD", "WORKDIR")
MISPLACED = "the image itself starts from kairos-init here; what follows is taken to belong to the stage before"

_STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]*")
_PATH = re.compile(r"[\w./:@-]+")


def mentions_program(text: str) -> bool:
    """Return whether a text has the name or a path of kairos-init in it."""
    return any(word == PROGRAM or word.endswith(f"/{PROGRAM}") for word in _PATH.findall(text))


class TargetError(ValueError):
    """No stage, or more than one, can be the image."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its name, what it starts from, its FROM, and its instructions."""

    name: str
    number: int
    start: Value
    instruction: Instruction
    instructions: list[Instruction]

    @property
    def changes_files(self) -> bool:
        """Whether its files differ from those of its base."""
        return any(each.keyword in CHANGES_FILES for each in self.instructions)

    @property
    def has_name(self) -> bool:
        """Whether the Dockerfile names it, so that it can be a build target."""
        return not self.name.isdigit()

    @property
    def mentions_program(self) -> bool:
        """Whether a RUN of it may call kairos-init."""
        runs = [each for each in self.instructions if each.keyword == "RUN"]
        mounts = [text for each in runs for text in each.flag_values("mount")]
        copies = [each.joined for each in self.instructions if each.keyword == "COPY" and each.flag("from")]
        candidates = [*mounts, *copies, *(text for each in runs for text in texts(each))]
        return any(map(mentions_program, candidates))


def texts(instruction: Instruction) -> tuple[str, ...]:
    """Return the text of an instruction and the content of its here-documents."""
    return (instruction.joined, *(heredoc.raw for heredoc in instruction.heredocs))


class Stages:
    """All stages of a file, and the chain of instructions from the base to the image."""

    def __init__(self, instructions: Sequence[Instruction], scope: Scope, account: Account, target: str) -> None:
        self.scope = scope
        self.account = account
        self.stages: list[Stage] = []
        self.by_name: dict[str, list[Stage]] = {}
        self._split(instructions)
        self.squashed: list[Instruction] = []
        self.lineage = self._lineage(self._target(target))
        if not any(stage.mentions_program for stage in self.lineage):
            raise TargetError(self._no_call(self.lineage[-1]))
        self.misplaced = self._move_misplaced()

    @property
    def chain(self) -> list[Instruction]:
        """The instructions that the image consists of, in order."""
        return [each for stage in self.lineage for each in stage.instructions]

    @property
    def base(self) -> Stage:
        """The stage that starts from the base image."""
        return self.lineage[0]

    def _split(self, instructions: Sequence[Instruction]) -> None:
        for each in instructions:
            if each.keyword == "FROM":
                stage = self._stage(each)
                self.stages.append(stage)
                self.by_name.setdefault(stage.name, []).append(stage)
            elif self.stages:
                self.stages[-1].instructions.append(each)
            elif each.keyword == "ARG":
                self.scope.declare(each, everywhere=True)
            else:
                raise DockerfileError(each.line, f"{each.keyword} before the first FROM")
        if not self.stages:
            raise TargetError("the file has no FROM")

    def _stage(self, instruction: Instruction) -> Stage:
        words = instruction.joined.split()
        is_named = len(words) == NAMED_WORDS and words[1].lower() == "as"
        if len(words) not in FROM_WORDS or (len(words) == NAMED_WORDS and not is_named):
            raise DockerfileError(instruction.line, f"FROM has one image, and a name after AS: {instruction.joined}")
        name = words[2].lower() if is_named else str(len(self.stages))
        if is_named and not _STAGE_NAME.fullmatch(name):
            raise DockerfileError(instruction.line, f"{words[2]} is not the name of a stage")
        try:
            start = self.scope.value(words[0], self.account.of(instruction), everywhere=True)
        except NotFollowedError as error:
            raise DockerfileError(instruction.line, f"FROM {words[0]} is not followed: {error}") from error
        return Stage(name, len(self.stages), start, instruction, [])

    def named(self, name: str, before: Stage | None = None) -> Stage | None:
        """Return the stage of a name or a number, None for an image; of duplicate names, the last before a stage."""
        limit = before.number if before is not None else len(self.stages)
        of_name = reversed(self.by_name.get(name.lower(), []))
        stage = next((stage for stage in of_name if stage.number < limit), None)
        if stage is None and name.isdigit() and len(name) < 4 and int(name) < limit:  # noqa: PLR2004
            return self.stages[int(name)]
        return stage

    def _target(self, target: str) -> Stage:
        if not target:
            return self.stages[-1]
        stage = self.named(target)
        if stage is None:
            known = ", ".join(stage.name for stage in self.stages)
            raise TargetError(f"there is no stage {target}; the stages are {known}")
        return stage

    def _lineage(self, last: Stage) -> list[Stage]:
        """Return the base stages of a stage, outermost first; a stage that only copies `/` is skipped."""
        lineage: list[Stage] = []
        stage: Stage | None = last
        while stage is not None:
            copied = self._squashes(stage)
            if copied is not None:
                self.squashed += [stage.instruction, stage.instructions[copied[0]]]
                rest = [each for index, each in enumerate(stage.instructions) if index != copied[0]]
                lineage.insert(0, replace(stage, instructions=rest))
                stage = copied[1]
            else:
                lineage.insert(0, stage)
                stage = self.named(stage.start.text, before=stage)
        return lineage

    def _squashes(self, stage: Stage) -> tuple[int, Stage] | None:
        """Return the index of an initial `COPY --from=STAGE / /` on scratch, and that stage."""
        if stage.start.text != SCRATCH:
            return None
        for index, each in enumerate(stage.instructions):
            if each.keyword == "COPY":
                source = self.named(each.flag("from"), before=stage) if each.flag("from") else None
                is_all = each.words == ["/", "/"] and {name for name, _ in each.flags} <= {"from", "link"}
                return (index, source) if source is not None and is_all else None
            if each.keyword in CHANGES_FILES:
                return None
        return None

    def is_squash(self, stage: Stage) -> bool:
        """Return whether a stage of the lineage is one on scratch, which has only the files of the one before."""
        return stage is not self.lineage[0] and stage.start.text == SCRATCH

    def is_squashed_later(self, stage: Stage) -> bool:
        """Return whether a stage of the lineage after this one has only the files of the one before."""
        numbers = [each.number for each in self.lineage if self.is_squash(each)]
        return bool(numbers) and stage.number < max(numbers)

    def _move_misplaced(self) -> Instruction | None:
        """Replace a last stage that starts from kairos-init itself by the stage before it.

        Such an image has no shell to run anything with; files of the documentation and of the operator are like that.
        """
        first = self.lineage[0]
        before = self.stages[: first.number]
        if not before or PROGRAM not in first.start.text or first.changes_files is False:
            return None
        moved = replace(before[-1], instructions=[*before[-1].instructions, *first.instructions])
        self.lineage[0] = moved
        empty = replace(first, instructions=[])
        self.stages[first.number] = empty
        self.by_name[first.name] = [empty if stage is first else stage for stage in self.by_name[first.name]]
        return first.instruction

    def _no_call(self, stage: Stage) -> str:
        others = [each.name for each in self.stages if each.mentions_program and each.has_name]
        hint = f"; choose a stage with --target: {', '.join(self._with_heirs(others))}" if others else ""
        return f"no call of kairos-init was found in what the stage {stage.name} is made of{hint}"

    def _with_heirs(self, names: list[str]) -> list[str]:
        """Return stages and the stages that are based on them."""
        names_with_heirs = list(names)
        for stage in self.stages:
            if stage.start.text.lower() in names_with_heirs and stage.has_name and stage.name not in names_with_heirs:
                names_with_heirs.append(stage.name)
        return names_with_heirs

    def image(self, name: str, before: Stage | None = None) -> Value | Stage:
        """Return the image that a name refers to, or the stage of this file that must be built for it.

        Raises:
            KeyError: the file has no such stage.
            NotFollowedError: the stage has no files.
        """
        stage = self.named(name, before)
        if stage is None:
            raise KeyError(name)
        if stage.changes_files:
            return stage
        if stage.start.text == SCRATCH:
            raise NotFollowedError(f"the stage {stage.name} is empty")
        if self.named(stage.start.text, before=stage) is None:
            return stage.start
        return self.image(stage.start.text, before=stage)

    def unused(self) -> list[Stage]:
        """Return the stages that are not part of the image."""
        own = {stage.number for stage in self.lineage}
        return [stage for stage in self.stages if stage.number not in own]
