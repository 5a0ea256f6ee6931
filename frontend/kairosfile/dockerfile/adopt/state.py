"""The state of an adoption: the steps and calls so far, and the context of the next instruction."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kairosfile.dockerfile.adopt.account import Outcome
from kairosfile.dockerfile.adopt.install_parts import differences, fold, is_all_but_provider, steps_run
from kairosfile.dockerfile.adopt.kairos_init import (
    INIT,
    INSTALL,
    Tool,
)
from kairosfile.dockerfile.adopt.values import Arg, BaseVariable, Value
from kairosfile.dockerfile.shell import NotFollowedError
from kairosfile.language.interpolation import named_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.dockerfile.adopt.account import Account, Entry
    from kairosfile.dockerfile.adopt.kairos_init import CommandLine
    from kairosfile.dockerfile.adopt.scope import Scope
    from kairosfile.dockerfile.adopt.stages import Stage, Stages
    from kairosfile.dockerfile.carried import Ejected
    from kairosfile.dockerfile.reader import Instruction

Data = dict[str, Any]

BEFORE_INSTALL, AFTER_INSTALL, AFTER_INIT = "before_install", "after_install", "after_init"
HOOKS = (BEFORE_INSTALL, AFTER_INSTALL, AFTER_INIT)
DEFAULT_SHELL = ("/bin/sh", "-c")
ROOT_USERS = ("", "root", "0", "0:0", "root:root", "root:0", "0:root")


@dataclass(frozen=True, slots=True)
class StepWithComment:
    """An item of a list with the comment above it."""

    data: Data
    comment: tuple[str, ...] = ()


@dataclass(slots=True)
class StepRecord:
    """A step of a hook.

    `program` is the path of kairos-init that it copies, removes or makes executable and does nothing else: such steps
    are left out where kairos-init is not to stay. `visible` are the variables at its place.
    """

    data: Data
    comment: tuple[str, ...]
    hook: str
    entry: Entry
    program: str = ""
    removes: bool = False
    visible: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A stage of kairos-init that a call runs, with its settings."""

    stage: str
    settings: Mapping[str, Value]
    env: Mapping[str, Value]
    entry: Entry


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that applies to later instructions, and the instruction that sets it."""

    value: str
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class BuiltStage:
    """A stage of the Dockerfile that the Kairosfile copies files from, as a named context of the build."""

    name: str
    line: int


@dataclass
class Adoption:
    """The steps and calls so far, and the context of the next instruction."""

    stages: Stages
    scope: Scope
    account: Account
    tool: Tool = field(default_factory=Tool)
    user: Setting = field(default_factory=lambda: Setting(""))
    folder: Setting = field(default_factory=lambda: Setting("/"))
    shell: tuple[str, ...] = DEFAULT_SHELL
    shell_entry: Entry | None = None
    steps: list[StepRecord] = field(default_factory=list)
    calls: list[RecordedCall] = field(default_factory=list)
    unread_calls: int = 0
    copied_program: dict[str, Value] = field(default_factory=dict)
    labels: dict[str, Value] = field(default_factory=dict)
    family: str | None = None
    binaries: dict[str, str] = field(default_factory=dict)
    built: dict[str, BuiltStage] = field(default_factory=dict)
    comments: dict[str, list[str]] = field(default_factory=dict)
    carried: list[str] = field(default_factory=list)
    lines_left: int = 0
    ejected: Ejected | None = None
    taken_checks: set[str] = field(default_factory=set)
    cloud_config: list[Data] = field(default_factory=list)
    loses_config: bool = False
    made_folders: dict[str, int] = field(default_factory=dict)  # with the number of steps before

    @property
    def hook(self) -> str:
        """The hook that a step at this place belongs to."""
        stages = {call.stage for call in self.calls}
        if INIT in stages or (self.unread_calls and not self.lines_left):
            return AFTER_INIT
        return AFTER_INSTALL if INSTALL in stages else BEFORE_INSTALL

    def comment_of(self, instruction: Instruction) -> tuple[str, ...]:
        """Return the comments of an instruction, including pending comments of earlier ones."""
        comments = (*self.carried, *instruction.comments)
        self.carried = []
        return comments

    def comment_field(self, name: str, comments: Sequence[str]) -> None:
        """Attach comments to a field."""
        known = self.comments.setdefault(name, [])
        known += [line for line in comments if line not in known]

    def add_step(self, entry: Entry, step: Data, *, program: str = "", removes: bool = False) -> None:
        """Add a step at this place, with the comments of its instruction."""
        comment = self.comment_of(entry.instruction) if not program else ()
        if any(record.entry is entry for record in self.steps):
            comment = ()
        visible = frozenset(self.scope.variables)
        self.steps.append(StepRecord(step, comment, self.hook, entry, program, removes, visible))
        if not program:
            entry.step(f"a step of {self.hook}")

    def report_unsupported(self, entry: Entry, reason: str) -> None:
        """Record a part that the Kairosfile does not express."""
        entry.left_over(reason)

    def add_placeholder(self, entry: Entry, reason: str) -> None:
        """Record an unsupported part, and add a step that fails until a person has replaced it."""
        entry.left_over(reason)
        instruction = entry.instruction
        text = instruction.shortened().replace("'", "")
        script = f"echo 'line {instruction.line} of the Dockerfile is not adopted: {text}' >&2\nexit 1\n"
        comment = self.comment_of(instruction)
        data = {"name": f"line {instruction.line} of the Dockerfile", "run": script}
        self.steps.append(StepRecord(data, comment, self.hook, entry))

    def record_call(self, line: CommandLine, env: Mapping[str, Value], entry: Entry) -> None:
        """Record the stages that a call of kairos-init runs."""
        for stage in line.stages:
            self.calls.append(RecordedCall(stage, dict(line.settings), dict(env), entry))

    def instruction_after(self, instruction: Instruction) -> Instruction | None:
        """Return the next instruction of the same stage, or None."""
        chain = self.stages.chain
        index = next((index for index, each in enumerate(chain) if each is instruction), len(chain))
        return chain[index + 1] if index + 1 < len(chain) else None

    @property
    def runs_packages_only(self) -> bool:
        """Whether install has begun and Kairos' binaries are not installed yet, so that their releases can be set."""
        calls = [call.settings for call in self.calls if call.stage == INSTALL]
        return bool(calls) and not any("kairosBinaries" in steps_run(each, self.tool.release) for each in calls)

    @property
    def end_of_install(self) -> int:
        """The line of the last call of install, or 0."""
        return max((call.entry.instruction.line for call in self.calls if call.stage == INSTALL), default=0)

    def fold_parts(self) -> bool:
        """Merge calls of install that each run a part of it into one; return whether there were any."""
        parts = [call for call in self.calls if call.stage == INSTALL]
        is_part = len(parts) > 1 or (bool(parts) and is_all_but_provider(parts[0].settings))
        folded = fold([call.settings for call in parts], self.tool.release) if is_part else None
        if folded is None:
            return False
        for index, reason in differences([call.settings for call in parts], self.tool.release):
            parts[index].entry.left_over(reason)
        env = {name: value for call in parts for name, value in call.env.items()}
        whole = RecordedCall(INSTALL, folded, env, parts[-1].entry)
        at = self.calls.index(parts[0])
        self.calls = [call for call in self.calls if call.stage != INSTALL]
        self.calls.insert(at, whole)
        first, last = (call.entry.instruction.line for call in (parts[0], parts[-1]))
        for record in self.steps:
            is_between = first < record.entry.instruction.line < last
            if is_between and not record.program and record.hook != BEFORE_INSTALL:
                record.entry.left_over("it stands between parts of install; a Kairosfile runs it behind them")
        return True

    def settings_of(self, stage: str) -> dict[str, Value]:
        """Return the settings of the last call of a stage."""
        return next((dict(call.settings) for call in reversed(self.calls) if call.stage == stage), {})

    def source(self, name: str, entry: Entry) -> Value | Stage:
        """Return what a name in `--from` refers to: an image, or a stage that must be built.

        Raises:
            NotFollowedError: the name has a variable that is not known.
        """
        value = self.scope.value(name, entry)
        try:
            before = None if self.stages.misplaced is not None else self._stage_of(entry)
            return self.stages.image(value.text, before=before)
        except KeyError:
            return value

    def _stage_of(self, entry: Entry) -> Stage | None:
        """Return the stage of an instruction, which can refer only to earlier stages."""
        for stage in self.stages.stages:
            if any(each is entry.instruction for each in stage.instructions):
                return stage
        return None

    def image_field(self, source: Value | Stage, entry: Entry) -> str:
        """Return the value of `from` for an image, or for a stage that becomes a named context.

        Raises:
            ValueError: the stage has no name to build it by.
        """
        if isinstance(source, Value):
            return self.scope.field(source)
        if not source.has_name:
            raise ValueError(f"the stage of line {source.instruction.line} has no name: write AS NAME there")
        self.built.setdefault(source.name, BuiltStage(source.name, source.instruction.line))
        self.account.of(source.instruction).step(f"built from the Dockerfile for {entry.instruction.keyword}")
        return source.name

    def path(self, value: str) -> str:
        """Return a path of the image as an absolute one."""
        return posixpath.normpath(posixpath.join(self.folder.value, value))

    def user_and_workdir(self, entry: Entry) -> Data:
        """Return the user and the working directory of a step, and record the instructions that set them."""
        data: Data = {}
        if self.user.value not in ROOT_USERS:
            data["user"] = self.user.value
            if self.user.entry:
                self.user.entry.step(f"the user of line {entry.instruction.line}")
        if self.folder.value != "/":
            data["workdir"] = self.folder.value
            if self.folder.entry:
                self.folder.entry.step(f"the folder of line {entry.instruction.line}")
        return data

    def environment(
        self, named: frozenset[str], reads: Mapping[str, bool], entry: Entry
    ) -> tuple[dict[str, str], list[str]]:
        """Return the variables of a step, and lines that set those which only a shell can compose.

        `named` are names in the text of the step; `reads` says of every other name whether the commands may read it.
        """
        env: dict[str, str] = {}
        exports: list[str] = []
        base: set[str] = set()
        for name, declared in self.scope.variables.items():
            if name not in named and (self.ejected is not None or not reads.get(name, True)):
                continue
            (part, *rest) = declared.value.parts or ("",)
            if not declared.is_env and isinstance(part, Arg) and not rest:
                if not self._is_set(part, named):
                    continue
                if name in named and not part.in_place and name == part.name:
                    self.scope.need(name)
                    declared.entry.step(f"the text of line {entry.instruction.line} names it")
                    continue
            self._give(name, declared.value, env, exports)
            declared.entry.step(f"a variable of the step of line {entry.instruction.line}")
            base |= {each.name for each in declared.value.parts if isinstance(each, BaseVariable)}
        if base & env.keys():
            raise NotFollowedError(f"${min(base & env.keys())}, once of the base image and once of the Dockerfile")
        # One command expands all of them before it sets any.
        return env, [f"export {' '.join(exports)}"] if exports else []

    def _is_set(self, arg: Arg, named: frozenset[str]) -> bool:
        return arg.default is not None or arg.name in named

    def _give(self, name: str, value: Value, env: dict[str, str], exports: list[str]) -> None:
        if value.is_known:
            env[name] = self.scope.field(value)
            return
        text = ""
        for part in value.parts:
            if isinstance(part, str):
                text += part.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
            elif isinstance(part, BaseVariable):
                text += f"${{{part.name}}}"
            else:
                self.scope.need(part.name)
                text += f"${{{part.name}}}"
        exports.append(f'{name}="{text}"')

    def begin_from_scratch(self) -> None:
        """Reset the context of instructions: a stage that copies the files of another inherits nothing else."""
        self.scope.begin_from_scratch()
        self.user, self.folder, self.shell, self.shell_entry = Setting(""), Setting("/"), DEFAULT_SHELL, None

    def hide_args(self, names: Mapping[str, object]) -> None:
        """Hide args from steps that name them before the Dockerfile declares them."""
        for record in self.steps:
            run = record.data.get("run")
            if run is None or record.visible is None:
                continue
            hidden = named_in(run, dict.fromkeys(names, "")).keys() - record.visible
            if hidden:
                record.data["env"] = dict.fromkeys(sorted(hidden), "") | record.data.get("env", {})

    def close(self) -> None:
        """Classify instructions that only set the context of others and had no effect."""
        for entry in self.account.entries:
            if entry.outcome is None:
                keyword = entry.instruction.keyword
                if keyword in ("ARG", "ENV", "USER", "WORKDIR", "SHELL"):
                    entry.no_effect("nothing after it reads it")

    def leave_decided(self, usual: Mapping[str, str]) -> None:
        """Report the args whose defaults decided the result, so that the Kairosfile cannot change them."""
        for name, lines in self.scope.decided.items():
            if name in usual:
                continue
            declared = self.scope.declared(name)
            shown = ", ".join(map(str, lines))
            reason = (
                f"its default decides line{'s' if len(lines) > 1 else ''} {shown}; adopt with --build-arg {name}=... "
                "for another value"
            )
            if declared is not None:
                declared.entry.add(Outcome.LEFT_OVER, reason)


def as_reason(error: NotFollowedError) -> str:
    """Return the reason why a script is not interpreted."""
    return f"not followed: {error}"
