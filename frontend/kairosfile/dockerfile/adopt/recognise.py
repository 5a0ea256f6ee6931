"""Commands that a step has a word for: packages, kernels, units of systemd.

A command is one of them only if that step would run exactly it; anything near it stays the command that it is.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, NamedTuple

from kairosfile import spec
from kairosfile.kairos.families import FAMILIES, Family, family_for
from kairosfile.plan.model import Run
from kairosfile.plan.steps import action
from kairosfile.plan.steps.packages import DETECT
from kairosfile.plan.steps.run import SHELL
from kairosfile.plan.steps.systemd import ORDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.dockerfile.adopt.found import Data
    from kairosfile.kairos.managers import Manager

Words = tuple[str, ...]

_DETECT = DETECT.partition("\n")[0]


class Command(NamedTuple):
    """A command without what surrounds it: words, variables, the targets of its caches."""

    argv: Words
    env: dict[str, str]
    caches: Words
    network: str


class Recognised(NamedTuple):
    """A step, and the family that must be named for it where the base does not tell."""

    step: Data
    family: str | None = None


def recognise(command: Command, base: str) -> Recognised | None:
    """Return the step that runs a command, None where there is none but `run`."""
    lines = _lines(command.argv)
    if command.network == "none":
        return _systemd(lines) if not (command.env or command.caches) else None
    if command.argv[:-1] == SHELL and command.argv[-1].startswith(_DETECT):
        return _of_any_family(command, base)
    for family in FAMILIES:
        manager = family.manager
        if manager and (dict(manager.env), manager.caches) == (command.env, command.caches):
            step = _kernel(lines, manager, cached=True) or _packages(lines, manager, cached=True)
            if step is not None:
                return Recognised(step, _to_be_named(family, base))
    return None


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


def _of_any_family(command: Command, base: str) -> Recognised | None:
    """Return the step whose family is found out in the image: what one family is told, held against the plan of it."""
    manager = FAMILIES[0].manager
    head, _, rest = command.argv[-1].partition(f"    {' | '.join(FAMILIES[0].ids)})\n")
    lines = [line.strip() for line in rest.partition("\n        exit\n")[0].split("\n")]
    if manager is None or not head:
        return None
    step = _kernel(lines, manager, cached=False) or _packages(lines, manager, cached=False)
    return Recognised(step) if step is not None and _runs(step, base) == (command.argv, command.env) else None


def _runs(step: Data, base: str) -> tuple[Words, dict[str, str]] | None:
    """Return what a plan runs for a step; the last line break of a script does not count."""
    text = json.dumps({"base": base, "version": "v0.0.0", "hooks": {"after_install": [step]}})
    try:
        document = spec.read(spec.decode("Kairosfile", text.encode()))
    except spec.KairosfileError:
        return None
    ((_, written),) = document.steps()
    run = action(document, written)
    return ((*run.argv[:-1], f"{run.argv[-1]}\n"), dict(run.env)) if isinstance(run, Run) else None


def _packages(lines: Sequence[str], manager: Manager, *, cached: bool) -> Data | None:
    changed = _changed([_words(line) for line in lines], manager, cached=cached)
    if changed is None:
        return None
    install, remove = changed
    if not remove:
        return {"packages": list(install)}
    return {"packages": ({"install": list(install)} if install else {}) | {"remove": list(remove)}}


def _changed(commands: list[Words], manager: Manager, *, cached: bool) -> tuple[Words, Words] | None:
    """Return what these commands install and remove, None unless they are what the manager would be told."""
    remove: Words = ()
    install: Words = ()
    installing = (*manager.install, *(manager.keep if cached else manager.drop))
    removing = manager.remove
    for command in commands:
        if command[: len(installing)] == installing:
            install = command[len(installing) :]
        elif command[: len(removing)] == removing:
            remove = command[len(removing) :]
    is_it = bool(install or remove) and manager.commands(install, remove, cached=cached) == commands
    return (install, remove) if is_it else None


def _kernel(lines: Sequence[str], manager: Manager, *, cached: bool) -> Data | None:
    purge = shlex.join(manager.purge or manager.remove)
    removing = [f"old=$({manager.kernels})", f'[ -z "$old" ] || {purge} $old']
    if list(lines[:2]) != removing:
        return None
    changed = _changed([_words(line) for line in lines[2:]], manager, cached=cached)
    if changed is None or changed[1]:
        return None
    install = changed[0]
    return {"kernel": install[0] if len(install) == 1 else {"install": list(install)}}


def _systemd(lines: Sequence[str]) -> Recognised | None:
    units: dict[str, list[str]] = {}
    for words in map(_words, lines):
        if words[:2] != ("systemctl", "--root=/") or len(words) < 4 or words[2] not in ORDER:  # noqa: PLR2004
            return None
        units[words[2]] = list(words[3:])
    in_order = list(units) == [verb for verb in ORDER if verb in units]
    return Recognised({"systemd": units}) if in_order and len(units) == len(lines) else None
