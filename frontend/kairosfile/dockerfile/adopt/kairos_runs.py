"""RUN with calls of kairos-init: the calls become fields, the commands beside them become steps.

Such a RUN is followed completely, or a placeholder takes its place: no part of a compound command is ever taken out.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from kairosfile.dockerfile.adopt import calls, kairos_init
from kairosfile.dockerfile.adopt.account import Outcome, WordEntry
from kairosfile.dockerfile.adopt.calls import Call, Commands
from kairosfile.dockerfile.adopt.ejected import is_folder_of_copy, written_file
from kairosfile.dockerfile.adopt.runs import add_run, options, program_path, run_flags, step_mount
from kairosfile.dockerfile.adopt.scope import PROXY_ARGS, USUAL
from kairosfile.dockerfile.adopt.scripts import escaped, reads, script_of
from kairosfile.dockerfile.adopt.stages import Stage, mentions_program, texts
from kairosfile.dockerfile.adopt.state import DEFAULT_SHELL, ROOT_USERS, as_reason
from kairosfile.dockerfile.adopt.values import Arg, Value
from kairosfile.dockerfile.shell import NotFollowedError
from kairosfile.kairos.commands import STAGE_EXTENSIONS, variable
from kairosfile.kairos.distributions import NO_INITRD
from kairosfile.kairos.releases import log_folders
from kairosfile.plan.install import APT_LISTS
from kairosfile.plan.kairos import PROGRAM
from kairosfile.sections.hooks.run import SHELL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kairosfile.dockerfile.adopt.account import Entry
    from kairosfile.dockerfile.adopt.scripts import Script
    from kairosfile.dockerfile.adopt.state import Adoption, Data
    from kairosfile.dockerfile.reader import Instruction

_WORD = re.compile(r"[\w./-]+")


def visit(adoption: Adoption, instruction: Instruction) -> None:
    """Visit a RUN."""
    entry = adoption.account.of(instruction)
    try:
        mounts = [options(text) for text in instruction.flag_values("mount")]
        script = script_of(adoption, instruction)
    except ValueError as error:
        adoption.add_placeholder(entry, as_reason(NotFollowedError(error)))
        return
    if adoption.shell_entry is not None and instruction.exec_form is None:
        adoption.shell_entry.step(f"the shell of line {instruction.line}")
    if adoption.ejected is not None and is_folder_of_copy(instruction, adoption.instruction_after(instruction)):
        adoption.carried += instruction.comments
        entry.step("the next step makes the folder")
    elif (step := written_file(instruction.exec_form or ())) is not None:
        adoption.add_step(entry, step)
    elif any(map(mentions_program, texts(instruction))) or _shows_program(adoption, mounts, instruction):
        _visit_calls(adoption, entry, script, mounts)
    else:
        add_run(adoption, entry, script, mounts)


def _shows_program(adoption: Adoption, mounts: Sequence[Mapping[str, str]], instruction: Instruction) -> bool:
    """Return whether a RUN calls kairos-init by an alias from a mount or a COPY."""
    shown = {mount.get("target", "") for mount in mounts if mount.get("source", "").endswith(calls.PROGRAM)}
    targets = shown | adoption.copied_program.keys()
    return any(target and target in text for target in targets for text in texts(instruction))


def _visit_calls(adoption: Adoption, entry: Entry, script: Script, mounts: Sequence[Mapping[str, str]]) -> None:
    """Record the calls of a RUN; the other commands become steps in their position."""
    adoption.lines_left -= 1
    paths = {path for mount in mounts if (path := program_path(mount))}

    def is_program(word: str) -> bool:
        return word in paths or word in adoption.copied_program or posixpath.basename(word) == calls.PROGRAM

    try:
        events = _events(adoption, entry, script, is_program)
        _check_commands(events, is_program)
        shown = _mounts_for_commands(adoption, entry, mounts, paths, events)
    except (NotFollowedError, ValueError, KeyError) as error:
        if not any(is_program(word) for text in texts(entry.instruction) for word in _WORD.findall(text)):
            add_run(adoption, entry, script, mounts)
            return
        with suppress(NotFollowedError):
            _find_image(adoption, entry, mounts)
        adoption.lines_left += 1
        adoption.add_placeholder(entry, f"calls kairos-init in a way that is not followed: {error}")
        adoption.lines_left -= 1
        adoption.unread_calls += 1
        return
    made_calls = [event for event in events if isinstance(event, Call)]
    for event in events:
        if isinstance(event, Call):
            _take_call(adoption, entry, event, mounts)
        else:
            _take_commands(adoption, entry, event, script, shown=shown, is_program=is_program)
    if made_calls:
        _note_environment(adoption, entry, mounts, paths, alone=len(made_calls) == len(events))
    adoption.comment_field("kairos_init", adoption.comment_of(entry.instruction))
    if entry.outcome is None:
        entry.no_effect("nothing is run that leaves anything")


def _find_image(adoption: Adoption, entry: Entry, mounts: Sequence[Mapping[str, str]]) -> None:
    """Find the image of kairos-init of a RUN whose calls are not read."""
    for mount in mounts:
        if program_path(mount) and adoption.tool.image is None:
            source = adoption.source(mount["from"], entry)
            if isinstance(source, Value):
                adoption.tool.image = source
    for path, image in adoption.copied_program.items():
        if adoption.tool.image is None and any(path in text for text in texts(entry.instruction)):
            adoption.tool.image = image


def _events(
    adoption: Adoption, entry: Entry, script: Script, is_program: Callable[[str], bool]
) -> list[Call | Commands]:
    variables = {name: declared.value for name, declared in adoption.scope.variables.items()}
    if not script.shell:
        if is_program(script.argv[0]):
            env = {name: Value(text) for name, text in script.env.items()}
            return [Call(tuple(map(Value, script.argv)), env, shlex.join(script.argv))]
        if any(map(is_program, script.argv)) and posixpath.basename(script.argv[0]) not in ("rm", "chmod"):
            raise NotFollowedError(f"kairos-init is passed to another command: {shlex.join(script.argv)}")
        return [Commands(shlex.join(script.argv), False, False, True, True, (), frozenset(), (script.argv,))]
    if not script.is_followed:
        raise NotFollowedError(f"a script for {script.shell[0]}")
    if entry.instruction.heredocs and entry.instruction.joined.strip() != entry.instruction.heredocs[0].mark:
        raise NotFollowedError("a here-document for a command")
    prefix = "set -e\n" if script.stops_at_failure else ""
    followed = calls.follow(prefix + script.text, variables, is_program)
    adoption.scope.note_decided(_switched(script, variables, followed, is_program), entry.instruction.line)
    return _with_switches(followed, script, variables, is_program)


def _switched(
    script: Script,
    variables: Mapping[str, Value],
    followed: calls.Followed,
    is_program: Callable[[str], bool],
) -> dict[str, Arg]:
    """Return the args that decide anything other than `--fips` and trusted boot."""
    return {
        name: arg
        for name, arg in followed.decided.items()
        if name in USUAL or not _is_switch(name, script, variables, is_program)
    }


def _with_value(variables: Mapping[str, Value], name: str, text: str) -> dict[str, Value]:
    def replaced(value: Value) -> Value:
        parts = (
            replace(part, default=text) if isinstance(part, Arg) and part.name == name else part for part in value.parts
        )
        return Value(*parts)

    return {key: replaced(value) if value.args else value for key, value in variables.items()}


def _is_switch(name: str, script: Script, variables: Mapping[str, Value], is_program: Callable[[str], bool]) -> bool:
    """Return whether a boolean arg only changes switches of kairos-init."""
    value = variables.get(name)
    if value is None or value.text not in ("true", "false"):
        return False
    try:
        on, off = (
            calls.follow(script.text, _with_value(variables, name, text), is_program).events
            for text in ("true", "false")
        )
    except NotFollowedError:
        return False
    if len(on) != len(off):
        return False
    pairs = zip(on, off, strict=True)
    return all(_differs_by_switch(first, second) for first, second in pairs)


def _differs_by_switch(on: Call | Commands, off: Call | Commands) -> bool:
    if not isinstance(on, Call) or not isinstance(off, Call):
        return on == off
    return [word.text for word in on.argv if word.text != "--fips"] == [word.text for word in off.argv]


def _with_switches(
    followed: calls.Followed,
    script: Script,
    variables: Mapping[str, Value],
    is_program: Callable[[str], bool],
) -> list[Call | Commands]:
    """Return events with `--fips=${NAME}` for a `--fips` that an arg switches."""
    events = list(followed.events)
    for name in followed.decided:
        if name in USUAL or not _is_switch(name, script, variables, is_program):
            continue
        on = calls.follow(script.text, _with_value(variables, name, "true"), is_program).events
        for index, event in enumerate(on):
            if isinstance(event, Call) and any(word.text == "--fips" for word in event.argv):
                switched = Value("--fips=", *variables[name].parts)
                argv = tuple(switched if word.text == "--fips" else word for word in event.argv)
                events[index] = replace(event, argv=argv)
    return events


def _check_commands(events: Sequence[Call | Commands], is_program: Callable[[str], bool]) -> None:
    """Raise NotFollowedError for commands between calls that use kairos-init."""
    for event in events:
        if not isinstance(event, Commands) or _is_housekeeping(event, is_program):
            continue
        if any(map(mentions_program, (event.text, *event.prelude))):
            raise NotFollowedError(f"kairos-init beside other commands: {' '.join(event.text.split())[:80]}")


def _is_housekeeping(event: Commands, is_program: Callable[[str], bool]) -> bool:
    """Return whether commands only remove kairos-init or make it executable."""
    return all(_is_housekeeping_command(argv, is_program) for argv in event.programs)


def _is_housekeeping_command(argv: Sequence[str], is_program: Callable[[str], bool]) -> bool:
    if not argv or argv[0] not in ("rm", "chmod"):
        return False
    names = [word for word in argv[1:] if not word.startswith("-") and word not in ("+x", "a+x", "755", "0755")]
    return bool(names) and all(map(is_program, names))


def _mounts_for_commands(
    adoption: Adoption,
    entry: Entry,
    mounts: Sequence[Mapping[str, str]],
    paths: set[str],
    events: Sequence[Call | Commands],
) -> list[Data]:
    """Return the mounts of the commands between calls: all except kairos-init."""
    if all(isinstance(event, Call) for event in events):
        return []
    return [step_mount(adoption, mount, entry) for mount in mounts if program_path(mount) not in paths or not paths]


def _take_commands(
    adoption: Adoption,
    entry: Entry,
    event: Commands,
    script: Script,
    *,
    shown: list[Data],
    is_program: Callable[[str], bool],
) -> None:
    """Add a step for commands beside a call."""
    if _is_housekeeping(event, is_program):
        program = next(word for argv in event.programs for word in argv if is_program(word))
        path = program if program.startswith("/") else f"/{program}"
        removes = event.programs[-1][0] == "rm"
        data: Data = {"run": event.text}
        adoption.add_step(entry, data, program=path, removes=removes)
        entry.no_effect("removes kairos-init, or makes it executable")
        return
    whole = replace(script, text=event.text)
    try:
        env, exports = adoption.environment(event.named, reads(adoption, whole), entry)
    except NotFollowedError as error:
        adoption.add_placeholder(entry, str(error))
        return
    env |= escaped(script.env)
    run: Data = {"run": _between(event, script, exports)}
    run |= {"mounts": list(shown)} if shown else {}
    run |= {"env": env} if env else {}
    adoption.add_step(entry, run | adoption.user_and_workdir(entry) | run_flags(adoption, entry))


def _between(event: Commands, script: Script, exports: Sequence[str]) -> str | list[str]:
    if not script.shell:
        return list(event.programs[0])
    lines = [*exports, *event.prelude, event.text]
    if event.ignores_failure and event.is_one_chain and not event.stops_at_failure:
        lines[-1] += " || true"
    elif event.ignores_failure and not (event.stops_at_failure and event.ends_plainly):
        lines.append("true")
    if script.shell not in (DEFAULT_SHELL, SHELL):
        if event.stops_at_failure != script.stops_at_failure:
            lines.insert(0, "set -e" if event.stops_at_failure else "set +e")
        return [*script.shell, "\n".join(lines)]
    if not event.stops_at_failure and (not event.is_one_chain or re.search(r"\$\(|`", event.text)):
        lines.insert(0, "set +e")
    return "\n".join(lines)


def _take_call(adoption: Adoption, entry: Entry, call: Call, mounts: Sequence[Mapping[str, str]]) -> None:
    """Record one call of kairos-init."""
    entry.words.append(WordEntry(call.argv[0].text, Outcome.FIELD, "kairos_init"))
    _find_tool(adoption, entry, call, mounts)
    adoption.tool.learn(call.argv[1:])
    line = kairos_init.read(call.argv[1:], adoption.tool.release)
    entry.words += line.args
    visible = {name: declared.value for name, declared in adoption.scope.variables.items()}
    env = kairos_init.read_variables(visible | call.env)
    _note_variables(adoption, entry, call)
    _find_paths(adoption, entry, line, call, mounts)
    adoption.record_call(line, env, entry)


def _note_variables(adoption: Adoption, entry: Entry, call: Call) -> None:
    """Classify the variables of a call."""
    for name, value in call.env.items():
        if name == STAGE_EXTENSIONS:
            entry.words.append(WordEntry(f"{name}={value.text}", Outcome.FIELD, "stage_extensions"))
        elif variable(name) is not None:
            entry.words.append(WordEntry(f"{name}={value.text}", Outcome.FIELD, "environment"))
        elif name in PROXY_ARGS:
            reason = f"kairos-init gets it by --build-arg {name}={value.text}"
            entry.words.append(WordEntry(f"{name}={value.text}", Outcome.LEFT_OVER, reason))
        elif name == NO_INITRD[0]:
            reason = "a build of the Kairosfile sets it where init makes the initrd"
            entry.words.append(WordEntry(f"{name}={value.text}", Outcome.NO_EFFECT, reason))
        else:
            entry.words.append(WordEntry(f"{name}={value.text}", Outcome.NO_EFFECT, "kairos-init does not read it"))
    for name, declared in adoption.scope.variables.items():
        is_set = declared.is_env or bool(declared.value.text)  # an arg is in the environment too
        if name in PROXY_ARGS and is_set:
            declared.entry.left_over(f"kairos-init gets it by --build-arg {name}={declared.value.text}")
        elif variable(name) is not None or name == STAGE_EXTENSIONS:
            declared.entry.field("environment")
        elif is_set and re.fullmatch(r"PATH|LD_\w+", name):
            declared.entry.left_over(f"kairos-init runs with the {name} of the base image")


def _find_tool(adoption: Adoption, entry: Entry, call: Call, mounts: Sequence[Mapping[str, str]]) -> None:
    """Find the image of the called program."""
    program = call.argv[0].text
    tool: Value | Stage | None = adoption.copied_program.get(program)
    if tool is None and "/" not in program:
        tool = next(iter(adoption.copied_program.values()), None)
    for mount in mounts:
        if program_path(mount) and (program_path(mount) == program or "/" not in program):
            tool = adoption.source(mount["from"], entry)
            source = posixpath.join("/", mount.get("source", ""))
            inside = source if posixpath.basename(source) == calls.PROGRAM else posixpath.join(source, calls.PROGRAM)
            if inside != PROGRAM:
                adoption.report_unsupported(entry, f"kairos-init is taken from {inside}; a Kairosfile takes {PROGRAM}")
    if tool is None:
        if adoption.tool.image is None:
            reason = f"{program} is in no image that the file names; write `kairos_init:` with the image that has it"
            adoption.report_unsupported(entry, reason)
        return
    image = Value(adoption.image_field(tool, entry)) if isinstance(tool, Stage) else tool
    if isinstance(tool, Stage):
        adoption.tool.is_built_here = True
    if adoption.tool.image is not None and adoption.tool.image != image:
        adoption.report_unsupported(entry, f"another kairos-init is called before: {adoption.tool.image.text}")
        return
    adoption.tool.image = image


def _find_paths(
    adoption: Adoption,
    entry: Entry,
    line: kairos_init.CommandLine,
    call: Call,
    mounts: Sequence[Mapping[str, str]],
) -> None:
    """Find the build context files that a call names."""
    settings = line.settings
    visible = {name: declared.value for name, declared in adoption.scope.variables.items()} | call.env
    if kairos_init.is_on(settings, "stage_extensions"):
        target = kairos_init.extensions_folder(visible)
        _find_path(adoption, entry, mounts, settings, setting="stage_extensions", target=target)
    if "provider.config" in settings:
        target = settings["provider.config"].text
        _find_path(adoption, entry, mounts, settings, setting="provider.config", target=target)


def _find_path(
    adoption: Adoption,
    entry: Entry,
    mounts: Sequence[Mapping[str, str]],
    settings: dict[str, Value],
    *,
    setting: str,
    target: str,
) -> None:
    for mount in mounts:
        if mount["type"] == "bind" and not mount.get("from") and mount.get("target") == target:
            source = mount.get("source", "").strip("/") or "."
            settings[f"{setting}.path"] = adoption.scope.value(source, entry)
            return
    adoption.report_unsupported(entry, f"{setting.replace('_', ' ')} that are not mounted from the build context")


def _note_environment(
    adoption: Adoption, entry: Entry, mounts: Sequence[Mapping[str, str]], paths: set[str], *, alone: bool
) -> None:
    """Report inputs of kairos-init in the Dockerfile that a Kairosfile does not provide."""
    hidden = log_folders(adoption.tool.release)
    settings_here = [call.settings for call in adoption.calls if call.entry is entry]
    shown = {f"{name}.path" for name in ("stage_extensions", "provider.config")}
    for mount in mounts:
        kind, target = mount["type"], mount.get("target", mount.get("id", ""))
        if program_path(mount) in paths and paths:
            continue
        if kind == "tmpfs" and target in (*hidden, APT_LISTS):
            continue
        if kind == "bind" and not mount.get("from") and any(shown & set(settings) for settings in settings_here):
            continue
        if not alone and kind != "cache":
            continue
        adoption.report_unsupported(entry, f"kairos-init is not given the {kind} mount {target}")
    for name, value in entry.instruction.flags:
        if (name in ("network", "security") and value not in ("default", "none", "sandbox")) or name not in (
            "mount",
            "network",
            "security",
        ):
            adoption.report_unsupported(entry, f"kairos-init does not run with --{name}={value}")
    if adoption.folder.value != "/":
        adoption.report_unsupported(entry, f"kairos-init runs in /, not in {adoption.folder.value}")
    if adoption.user.value not in ROOT_USERS:
        adoption.report_unsupported(entry, f"kairos-init runs as root, not as {adoption.user.value}")
