"""Take the instructions of a Dockerfile one after the other."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from kairosfile.dockerfile.adopt import files, runs
from kairosfile.dockerfile.adopt.found import Leftover
from kairosfile.dockerfile.adopt.kairos import KairosInit
from kairosfile.dockerfile.adopt.scope import pairs
from kairosfile.plan.image import BASE_NAME_LABEL
from kairosfile.plan.resolve import VERSION_LABEL

if TYPE_CHECKING:
    from kairosfile.dockerfile.adopt.found import Data
    from kairosfile.dockerfile.adopt.stages import Stages
    from kairosfile.dockerfile.reader import Instruction

# What only a container reads, and no machine that boots the image.
OF_CONTAINERS = ("CMD", "ENTRYPOINT", "EXPOSE", "VOLUME", "HEALTHCHECK", "STOPSIGNAL", "MAINTAINER", "ONBUILD")
EJECTED = re.compile(r"(?:before_install|after_install|after_init) \d+: (.*)|(cloud-config) .*", re.DOTALL)


class Adopter:
    """The state in which an instruction is taken: variables, user, folder, shell, and what has been found."""

    def __init__(self, stages: Stages) -> None:
        self.stages = stages
        self.found, self.scope = stages.found, stages.scope
        self.kairos_init = KairosInit(stages.kairos_init)
        self.user, self.folder = "", "/"
        self.shell: list[str] = []
        self.carried: tuple[str, ...] = ()

    def take(self, instruction: Instruction) -> None:
        """Take the next instruction."""
        takes = getattr(self, f"_{instruction.keyword.lower()}", None)
        if takes is not None:
            takes(instruction)
        elif instruction.keyword in OF_CONTAINERS:
            self.leave(instruction, "the config of a container, which no machine reads that boots the image")
        else:
            self.leave(instruction, "not an instruction that a Kairosfile has a word for")

    def leave(self, instruction: Instruction, reason: str) -> None:
        """Note what is left over."""
        self.found.leftovers.append(Leftover(instruction.line, instruction.said, reason))

    def hold_place(self, instruction: Instruction, reason: str) -> None:
        """Note what is left over, and put a step in its place that fails until somebody has looked at it."""
        self.leave(instruction, reason)
        said = instruction.said.replace("'", "")
        text = f"echo 'line {instruction.line} of the Dockerfile is not adopted: {said}' >&2\nexit 1\n"
        self.found.add({"name": f"line {instruction.line} of the Dockerfile", "run": text}, instruction.comment)

    def named(self, instruction: Instruction) -> tuple[Data, tuple[str, ...]]:
        """Return the name of a step as its comment has it, and the comment where it is more than an ejected one."""
        comment = instruction.comment or self.carried
        self.carried = ()
        name = EJECTED.fullmatch(comment[0]) if comment else None
        if name is not None:
            return ({"name": name[1]} if name[1] else {}), ()
        return {}, comment

    def _arg(self, instruction: Instruction) -> None:
        self.scope.declare(instruction.joined, everywhere=False)

    def _env(self, instruction: Instruction) -> None:
        for name, raw in pairs(instruction.joined):
            self.scope.env[name] = self.scope.plain(self.scope.text(raw))
        self.leave(instruction, "given to the steps after it; the config of the image does not have it")

    def _label(self, instruction: Instruction) -> None:
        version = self.found.stages.get("init", {}).get("version")
        for raw_name, raw in pairs(instruction.joined):
            name, text = self.scope.text(raw_name), self.scope.text(raw)
            if name == VERSION_LABEL and not version:
                version = self.found.stages.setdefault("init", {})["version"] = text
            own = {VERSION_LABEL: version, BASE_NAME_LABEL: self.stages.base}
            if own.get(name) != text:
                self.found.labels[name] = self.scope.field(text)

    def _user(self, instruction: Instruction) -> None:
        user = self.scope.text(instruction.joined)
        self.user = "" if user in ("root", "0", "0:0", "root:root") else user

    def _workdir(self, instruction: Instruction) -> None:
        self.folder = posixpath.normpath(posixpath.join(self.folder, self.scope.text(instruction.joined)))

    def _shell(self, instruction: Instruction) -> None:
        self.shell = instruction.exec_form or []

    def _run(self, instruction: Instruction) -> None:
        runs.take(self, instruction)

    def _copy(self, instruction: Instruction) -> None:
        files.take(self, instruction)

    def _add(self, instruction: Instruction) -> None:
        sources = files.words(self, instruction)[:-1]
        if any("://" in source or source.startswith("git@") or ".tar" in source for source in sources):
            self.hold_place(instruction, "a step does not download or unpack: use `run` with curl or tar")
        else:
            files.take(self, instruction)
