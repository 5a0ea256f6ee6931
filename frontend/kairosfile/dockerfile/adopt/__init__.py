"""`adopt`: a Dockerfile that calls kairos-init as a Kairosfile.

Only the stages that the image is made of count, from the base to the last one or `--target`. Calls of kairos-init
become fields, what is between them becomes steps of the hook at that place. Every instruction, and every word of each
call, is in the account with what became of it. What is not understood is kept whole, as a step or as a placeholder that
fails; it is never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kairosfile.dockerfile import carried, reader
from kairosfile.dockerfile.adopt import ejected, fields, files, kairos_runs
from kairosfile.dockerfile.adopt.account import Account, AccountError, Unsupported
from kairosfile.dockerfile.adopt.calls import PROGRAM
from kairosfile.dockerfile.adopt.scope import USUAL, Scope, pairs
from kairosfile.dockerfile.adopt.stages import MISPLACED, Stages, TargetError, mentions_program, texts
from kairosfile.dockerfile.adopt.state import HOOKS, Adoption, Setting, StepWithComment
from kairosfile.dockerfile.adopt.writer import write
from kairosfile.dockerfile.reader import DockerfileError
from kairosfile.dockerfile.shell import NotFollowedError
from kairosfile.language.interpolation import PLATFORM_ARGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kairosfile.dockerfile.adopt.account import Entry
    from kairosfile.dockerfile.adopt.stages import Stage
    from kairosfile.dockerfile.adopt.state import BuiltStage, StepRecord
    from kairosfile.dockerfile.reader import Instruction

__all__ = [
    "AccountError",
    "AdoptionResult",
    "DockerfileError",
    "NotKairosError",
    "StepWithComment",
    "Unsupported",
    "adopt",
    "write",
]

OF_CONTAINERS = "the config of a container, which no machine reads that boots the image"


class NotKairosError(ValueError):
    """The Dockerfile has no call of kairos-init."""


@dataclass(frozen=True, slots=True)
class AdoptionResult:
    """The fields of a Kairosfile in their order, with comments; the account; the stages that a build passes on.

    `sections` are written as they stand; `original` is the Kairosfile that an untouched ejected Dockerfile carries.
    """

    fields: dict[str, Any]
    account: Account
    comments: dict[str, list[str]] = field(default_factory=dict)
    head: list[str] = field(default_factory=list)
    built: list[BuiltStage] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    original: str | None = None

    def text(self, head: Sequence[str] = ()) -> str:
        """Return the Kairosfile; `head` are further comment lines at its top."""
        if self.original is not None:
            return self.original
        return write(self.fields, [*self.head, *head], self.comments) + "".join(self.sections)

    @property
    def unsupported(self) -> list[Unsupported]:
        """The parts of the Dockerfile that the Kairosfile does not express."""
        return self.account.unsupported


def adopt(text: str, build_args: Mapping[str, str], target: str = "") -> AdoptionResult:
    """Convert a Dockerfile into a Kairosfile.

    Raises:
        DockerfileError: BuildKit cannot read the file.
        NotKairosError: the image is made without kairos-init, or `target` names no stage.
    """
    dockerfile = reader.parse(text)
    account = Account(dockerfile.instructions)
    embedded = carried.find(text)
    if embedded is not None and embedded.checksum == carried.checksum(dockerfile.instructions) and not target:
        return _untouched(embedded, account)
    scope = Scope(build_args, account)
    try:
        stages = Stages(dockerfile.instructions, scope, account, target)
    except TargetError as error:
        raise NotKairosError(str(error)) from error
    adoption = Adoption(stages, scope, account)
    if embedded is not None:
        adoption.ejected = carried.edited(embedded, dockerfile.instructions)
    else:
        adoption.comments[""] = list(dockerfile.tail)
    _note_stages(adoption)
    scope.find_several_defaults(stages.chain)
    adoption.lines_left = sum(_may_call(each) for each in stages.chain)
    for stage in stages.lineage:
        if stages.is_squash(stage):
            adoption.begin_from_scratch()
        adoption.loses_config = stages.is_squashed_later(stage)
        for instruction in stage.instructions:
            _visit(adoption, instruction)
    try:
        return _result(adoption, dockerfile)
    except NotFollowedError as error:
        raise NotKairosError(f"its values are not followed: {error}") from error


def _untouched(embedded: carried.Carried, account: Account) -> AdoptionResult:
    """Return the Kairosfile that a Dockerfile was ejected from."""
    for entry in account.entries:
        entry.field("the Kairosfile that the Dockerfile carries")
    if embedded.build_args:
        build_args = " ".join(f"--build-arg {name}={text}" for name, text in embedded.build_args.items())
        account.notices.append(f"the Dockerfile was ejected with {build_args}")
    return AdoptionResult({}, account, original=embedded.text)


def _may_call(instruction: Instruction) -> bool:
    return instruction.keyword == "RUN" and any(map(mentions_program, texts(instruction)))


def _note_stages(adoption: Adoption) -> None:
    """Classify FROM, the args before it, and the instructions of stages that are not part of the image."""
    stages, account = adoption.stages, adoption.account
    for stage in stages.lineage:
        account.of(stage.instruction).field("base" if stage is stages.base else "the image goes on in this stage")
    adoption.comment_field("base", stages.base.instruction.comments)
    for instruction in stages.squashed:
        account.of(instruction).no_effect("the same files as in the stage before")
    if stages.misplaced is not None:
        account.of(stages.misplaced).left_over(MISPLACED)
    for stage in stages.unused():
        _note_unused(adoption, stage)


def _note_unused(adoption: Adoption, stage: Stage) -> None:
    if adoption.ejected is not None and ejected.note_stage(adoption.ejected, stage, adoption.account):
        return
    for each in (stage.instruction, *stage.instructions):
        adoption.account.of(each).no_effect(f"in the stage {stage.name}, which is not part of the image itself")
    if PROGRAM in stage.start.text and not stage.changes_files:
        adoption.comment_field("kairos_init", stage.instruction.comments)


def _visit(adoption: Adoption, instruction: Instruction) -> None:
    handler = HANDLERS.get(instruction.keyword)
    entry = adoption.account.of(instruction)
    try:
        if handler is None:
            entry.no_effect(OF_CONTAINERS)
        else:
            handler(adoption, instruction)
    except NotFollowedError as error:
        adoption.add_placeholder(entry, f"not followed: {error}")


def _visit_arg(adoption: Adoption, instruction: Instruction) -> None:
    adoption.scope.declare(instruction, everywhere=False)


def _visit_env(adoption: Adoption, instruction: Instruction) -> None:
    entry = adoption.account.of(instruction)
    adoption.carried += instruction.comments
    values = []
    for name, raw in pairs(instruction):
        try:
            values.append((name, adoption.scope.value(raw, entry)))
        except NotFollowedError as error:
            entry.left_over(f"{name} is not followed: {error}")
    for name, value in values:  # the values of one ENV do not see each other
        adoption.scope.set_env(name, value, entry)


def _visit_label(adoption: Adoption, instruction: Instruction) -> None:
    entry = adoption.account.of(instruction)
    if adoption.loses_config:
        entry.no_effect("the image has only the files of this stage, not its labels")
        return
    for raw_name, raw in pairs(instruction):
        try:
            name, value = adoption.scope.value(raw_name, entry).text, adoption.scope.value(raw, entry)
        except NotFollowedError as error:
            entry.left_over(f"the label {raw_name} is not followed: {error}")
            continue
        if not value.is_known:
            entry.left_over(f"the label {name} has a variable that the base image may set")
            continue
        adoption.labels[name] = value
        entry.field("labels")
    adoption.comment_field("labels", instruction.comments)


def _visit_user(adoption: Adoption, instruction: Instruction) -> None:
    entry = adoption.account.of(instruction)
    adoption.carried += instruction.comments
    try:
        adoption.user = Setting(adoption.scope.field(adoption.scope.value(instruction.joined, entry)), entry)
    except NotFollowedError as error:
        entry.left_over(f"not followed: {error}")


def _visit_shell(adoption: Adoption, instruction: Instruction) -> None:
    argv = instruction.exec_form
    if argv is None:
        raise DockerfileError(instruction.line, "SHELL has a list of words")
    adoption.carried += instruction.comments
    adoption.shell, adoption.shell_entry = tuple(argv), adoption.account.of(instruction)


def _visit_onbuild(adoption: Adoption, instruction: Instruction) -> None:
    adoption.account.of(instruction).left_over("it acts on images that are built from this one")


HANDLERS: Mapping[str, Callable[[Adoption, Instruction], None]] = {
    "ADD": files.visit_add,
    "ARG": _visit_arg,
    "COPY": files.visit_copy,
    "ENV": _visit_env,
    "LABEL": _visit_label,
    "ONBUILD": _visit_onbuild,
    "RUN": kairos_runs.visit,
    "SHELL": _visit_shell,
    "USER": _visit_user,
    "WORKDIR": files.visit_workdir,
}


def _result(adoption: Adoption, dockerfile: reader.Dockerfile) -> AdoptionResult:
    if not adoption.calls and not adoption.unread_calls and not adoption.account.unsupported:
        raise NotKairosError("kairos-init is called only to query it")
    if adoption.ejected is not None:
        adoption.cloud_config = ejected.restore(adoption.ejected, adoption.steps, adoption.end_of_install)
    data = fields.fields(adoption, _hooks(adoption))
    if adoption.ejected is not None:
        ejected.restore_plugin(data)
    _comment_args(adoption, data)
    adoption.hide_args(data.get("args", {}) | dict.fromkeys(PLATFORM_ARGS))
    adoption.leave_decided(USUAL)
    adoption.close()
    blocks = []
    if adoption.ejected is not None:
        present = frozenset(stage.name for stage in adoption.stages.stages)
        blocks = ejected.sections(adoption.ejected, present, adoption.account)
        adoption.comments.clear()
        if args := ejected.named_args(adoption.ejected, blocks) | data.pop("args", {}):
            data["args"] = args
    head = [] if adoption.ejected is not None else list(dockerfile.head)
    return AdoptionResult(data, adoption.account, adoption.comments, head, list(adoption.built.values()), blocks)


def _hooks(adoption: Adoption) -> dict[str, list[StepWithComment]]:
    """Return the steps by their hooks, without kairos-init where the Dockerfile removes it again."""
    removed = _removed_programs(adoption.steps)
    kept_steps: list[StepRecord] = []
    for record in adoption.steps:
        if record.program in removed:
            record.entry.no_effect("kairos-init is mounted, and nothing of it stays")
        else:
            kept_steps.append(record)
            if record.program:
                record.entry.step(f"a step of {record.hook}")
    if adoption.ejected is not None:
        kept_steps = [record for record in kept_steps if record.hook]
    hooks = {
        hook: [StepWithComment(each.data, each.comment) for each in kept_steps if each.hook == hook] for hook in HOOKS
    }
    return {hook: steps for hook, steps in hooks.items() if steps}


def _removed_programs(steps: Sequence[StepRecord]) -> set[str]:
    """Return the paths at which kairos-init is copied, removed, and not used by any step between."""
    removed = {record.program for record in steps if record.program and record.removes}
    texts_of_steps = [str(record.data) for record in steps if not record.program]
    return {path for path in removed if not any(path in text for text in texts_of_steps)}


def _comment_args(adoption: Adoption, data: Mapping[str, Any]) -> None:
    """Attach the comments of ARG instructions to their results: an arg, a field, or the first line."""
    args = data.get("args", {})
    for entry in adoption.account.entries:
        instruction: Instruction = entry.instruction
        if instruction.keyword != "ARG" or not instruction.comments or not _is_used(adoption, entry):
            continue
        name = instruction.words[0].partition("=")[0]
        field_name = USUAL.get(name, "").partition(".")[0]
        field_path = f"args.{name}" if name in args else field_name if field_name in data else "base"
        adoption.comment_field(field_path, instruction.comments)


def _is_used(adoption: Adoption, entry: Entry) -> bool:
    chain = {id(each) for each in adoption.stages.chain}
    everywhere = {id(declared.entry) for declared in adoption.scope.everywhere.values()}
    return id(entry.instruction) in chain or id(entry) in everywhere
