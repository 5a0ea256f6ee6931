"""Detects commands that have a step: packages, kernels, systemd units.

A command is one of them only where that step leaves the same files: the very command that it runs, or one of the ways
in which people write it that differ in nothing but downloads. Anything near it stays the command that it is.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kairosfile import language, sections
from kairosfile.dockerfile import shell
from kairosfile.kairos.distributions import FAMILIES, NO_INITRD, Family, family_for
from kairosfile.plan.model import Run
from kairosfile.sections.hooks.packages import DETECT
from kairosfile.sections.hooks.run import SHELL
from kairosfile.sections.hooks.steps import steps_with_context
from kairosfile.sections.hooks.systemd import ORDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.kairos.distributions import Manager

Words = tuple[str, ...]
Step = dict[str, Any]

MAX_COMMANDS = 20
_DETECT = DETECT.partition("\n")[0]
_APT_LISTS = ("rm", "-rf", "/var/lib/apt/lists/*")

# By the manager: how people install, what may come before, and what removes the downloads, of which one must be there.
_INSTALLS: dict[str, tuple[Words, ...]] = {
    "apt": (
        ("apt-get", "install", "-y", "--no-install-recommends"),
        ("apt-get", "install", "--no-install-recommends", "-y"),
        ("apt-get", "-y", "install", "--no-install-recommends"),
        ("apt-get", "-y", "--no-install-recommends", "install"),
    ),
    "dnf": (("dnf", "install", "-y"), ("dnf", "-y", "install")),
    "zypper": (("zypper", "--non-interactive", "install"), ("zypper", "-n", "install"), ("zypper", "-n", "in")),
    "apk": (("apk", "add", "--no-cache"), ("apk", "--no-cache", "add")),
    "pacman": (("pacman", "-Syu", "--noconfirm", "--needed"),),
}
_BEFORE: dict[str, tuple[Words, ...]] = {
    "apt": (("apt-get", "update"), ("apt-get", "update", "-y"), ("apt-get", "-y", "update")),
    "zypper": (("zypper", "--non-interactive", "refresh"), ("zypper", "-n", "refresh"), ("zypper", "refresh")),
}
_AFTER: dict[str, tuple[Words, ...]] = {
    "apt": (_APT_LISTS, ("apt-get", "clean"), ("rm", "-rf", "/var/lib/apt/lists/")),
    "dnf": (("dnf", "clean", "all"), ("rm", "-rf", "/var/cache/dnf")),
    "zypper": (("zypper", "clean", "--all"), ("zypper", "clean", "-a"), ("zypper", "clean", "--all")),
    "pacman": (("pacman", "-Scc", "--noconfirm"),),
}
_NEEDED_AFTER: dict[str, Words] = {
    "apt": _APT_LISTS,
    "dnf": ("dnf", "clean", "all"),
    "zypper": ("zypper", "clean", "--all"),
    "pacman": ("pacman", "-Scc", "--noconfirm"),
}


@dataclass(frozen=True, slots=True)
class Command:
    """A command without its context: argv, variables, targets of cache mounts, network."""

    argv: Words
    env: dict[str, str]
    caches: Words = ()
    network: str = "default"


@dataclass(frozen=True, slots=True)
class Detected:
    """A step, and the package family that the Kairosfile must name if the base does not determine it."""

    step: Step
    family: str | None = None


def detect(command: Command, base: str) -> Detected | None:
    """Return the step with the effect of a command, or None if only `run` has it."""
    command = replace(command, env=_without_initrd(command.env))
    return _planned(command, base) or _by_pattern(command, base)


def _without_initrd(env: dict[str, str]) -> dict[str, str]:
    """Return variables without the one that package steps always get if init builds the initrd."""
    return {name: text for name, text in env.items() if (name, text) != NO_INITRD}


def _planned(command: Command, base: str) -> Detected | None:
    """Return the step that runs exactly this command."""
    lines = _lines(command.argv)
    if command.network == "none":
        units = _systemd(list(map(_words, lines)), ("--root=/",))
        return units if _may_have_systemd(base) and not (command.env or command.caches) else None
    if command.argv[:-1] == SHELL and command.argv[-1].startswith(_DETECT):
        return _of_any_family(command, base)
    for family in FAMILIES:
        manager = family.manager
        if manager and (dict(manager.env), manager.caches) == (command.env, command.caches):
            step = _kernel(lines, manager, cached=True) or _packages(lines, manager, cached=True)
            if step is not None:
                return Detected(step, _to_be_named(family, base))
    return None


def _may_have_systemd(base: str) -> bool:
    """Return whether the step is valid: the checks refuse it if the base is known to lack systemd."""
    known = family_for(None, base)
    return known is None or known.has_systemd


def _to_be_named(family: Family, base: str) -> str | None:
    known = family_for(None, base)
    return None if known and known.name == family.name else family.name


def _lines(argv: Words) -> list[str]:
    return argv[2].rstrip("\n").split("\n") if argv[:-1] == SHELL else [shlex.join(argv)]


def _words(line: str) -> Words:
    try:
        return tuple(shlex.split(line))
    except ValueError:
        return ()


def _of_any_family(command: Command, base: str) -> Detected | None:
    """Return the step whose family is detected in the image, by comparison with the plans of all families."""
    manager = FAMILIES[0].manager
    head, _, rest = command.argv[-1].partition(f"    {' | '.join(FAMILIES[0].ids)})\n")
    lines = [line.strip() for line in rest.partition("\n        exit\n")[0].split("\n")]
    if manager is None or not head:
        return None
    step = _kernel(lines, manager, cached=False) or _packages(lines, manager, cached=False)
    return Detected(step) if step is not None and _runs(step, base) == (command.argv, command.env) else None


def _runs(step: Step, base: str) -> tuple[Words, dict[str, str]] | None:
    """Return the script that a plan runs for a step, without its last line break."""
    text = json.dumps({"base": base, "version": "v0.0.0", "hooks": {"after_install": [step]}})
    try:
        document = sections.read(language.decode("Kairosfile", text.encode()))
    except language.KairosfileError:
        return None
    ((context, run_step),) = steps_with_context(document)
    run = run_step.to_action(context)
    return ((*run.argv[:-1], f"{run.argv[-1]}\n"), _without_initrd(dict(run.env))) if isinstance(run, Run) else None


def _packages(lines: Sequence[str], manager: Manager, *, cached: bool) -> Step | None:
    changed = _changed([_words(line) for line in lines], manager, cached=cached)
    if changed is None:
        return None
    install, remove = changed
    if not remove:
        return {"packages": list(install)}
    return {"packages": ({"install": list(install)} if install else {}) | {"remove": list(remove)}}


def _changed(commands: list[Words], manager: Manager, *, cached: bool) -> tuple[Words, Words] | None:
    """Return the packages that commands install and remove, None unless a package step runs the same commands."""
    remove: Words = ()
    install: Words = ()
    installing = (*manager.install, *(manager.keep if cached else manager.drop))
    for command in commands[:MAX_COMMANDS]:
        if command[: len(installing)] == installing:
            install = command[len(installing) :]
        elif command[: len(manager.remove)] == manager.remove:
            remove = command[len(manager.remove) :]
    is_it = bool(install or remove) and manager.commands(install, remove, cached=cached) == commands
    return (install, remove) if is_it else None


def _kernel(lines: Sequence[str], manager: Manager, *, cached: bool) -> Step | None:
    purge = shlex.join(manager.purge or manager.remove)
    removing = [f"old=$({manager.kernels})", f'[ -z "$old" ] || {purge} $old']
    if list(lines[:2]) != removing:
        return None
    changed = _changed([_words(line) for line in lines[2:]], manager, cached=cached)
    if changed is None or changed[1]:
        return None
    install = changed[0]
    return {"kernel": install[0] if len(install) == 1 else {"install": list(install)}}


def _systemd(commands: list[Words], options: Words) -> Detected | None:
    units: dict[str, list[str]] = {}
    start = ("systemctl", *options)
    for words in commands:
        verb, names = (words[len(start) : len(start) + 1] or ("",))[0], words[len(start) + 1 :]
        if words[: len(start)] != start or verb not in ORDER or not names or verb in units:
            return None
        # A unit with the name of the program: lines that were joined, of which a script is kept as it is.
        if any(name.startswith("-") or name == start[0] for name in names):
            return None
        units[verb] = list(names)
    in_order = list(units) == [verb for verb in ORDER if verb in units]
    return Detected({"systemd": units}) if in_order and units else None


def _by_pattern(command: Command, base: str) -> Detected | None:
    """Return the step with the result of a command in its usual form: `&&` between commands, no expansion."""
    family = family_for(None, base)
    if family is None or command.network != "default":
        return None
    commands = _commands(command.argv)
    if commands is None:
        return None
    if not command.env and not command.caches and family.has_systemd:
        detected = _systemd(commands, ())
        if detected is not None:
            return detected
    manager = family.manager
    if manager is None or not set(command.caches) <= set(manager.caches):
        return None
    if any(pair not in manager.env for pair in command.env.items()):
        return None
    packages = _installed(commands, manager.name)
    return Detected({"packages": packages}) if packages else None


def _commands(argv: Words) -> list[Words] | None:
    """Return the commands of a script joined by `&&`; none of them has variables."""
    if len(argv) != 3 or argv[0] != SHELL[0] or argv[1] not in ("-c", "-ec"):  # noqa: PLR2004
        return [argv]
    try:
        script = shell.parse(argv[2])
    except shell.NotFollowedError:
        return None
    if len(script) != 1 or len(script[0].commands) > MAX_COMMANDS:
        return None
    commands: list[Words] = []
    for each in script[0].commands:
        if not isinstance(each, shell.Command) or each.is_opaque or each.redirections or each.assignments:
            return None
        words = [word.literal for word in each.words]
        if not words or None in words:
            return None
        commands.append(tuple(word or "" for word in words))
    return commands


def _installed(commands: list[Words], manager: str) -> list[str] | None:
    """Return the packages that commands install, None if they do anything else."""
    packages: list[str] = []
    done: set[Words] = set()
    for command in commands:
        start = next((words for words in _INSTALLS[manager] if command[: len(words)] == words), None)
        names = command[len(start) :] if start is not None else ()
        if not packages and command in _BEFORE.get(manager, ()):
            done.add(("before",))
        elif start is not None and not packages and names and not any(map(_is_no_name, names)):
            packages = list(names)
        elif packages and command in _AFTER.get(manager, ()):
            done.add(command)
        else:
            return None
    needs_before = manager == "apt"  # without it apt installs of lists that the base has
    needed = _NEEDED_AFTER.get(manager)
    is_same = (needed is None or needed in done) and (not needs_before or ("before",) in done)
    return packages if is_same else None


def _is_no_name(name: str) -> bool:
    """Return whether a word is an option, a file or a pattern instead of a package name."""
    return (
        name.startswith(("-", "/", ".")) or any(mark in name for mark in "*?[]()<> ") or name.endswith((".deb", ".rpm"))
    )
