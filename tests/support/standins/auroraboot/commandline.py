"""Parses the command line of a release by the rules of AuroraBoot's library (urfave/cli v2).

Flags come first, in Go's style: one dash or two, `--name value` or `--name=value`; the first other word ends
them. The real program silently ignores what follows its last positional word, a flag too. The stand-in refuses
it: an ignored flag is a mistake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.standins.auroraboot.releases import Command, Flag, commands

if TYPE_CHECKING:
    from collections.abc import Sequence

Value = str | bool | int | tuple[str, ...]
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")


class UsageError(Exception):
    """The command line is refused; the text is the real program's."""


class HelpRequested(Exception):  # noqa: N818 - no error, but the end of the parsing
    """The user requested help; the text is the help."""


@dataclass(frozen=True)
class Call:
    """An accepted command line: the command's name (`` for the top level), a value for each flag, the arguments."""

    command: str
    values: dict[str, Value]
    words: tuple[str, ...]

    def text(self, name: str) -> str:
        """Return a flag's text; a flag that the release does not have is empty."""
        return str(self.values.get(name, ""))

    def switch(self, name: str) -> bool:
        """Return whether a switch is on."""
        return self.values.get(name) is True

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the values of a repeatable flag."""
        actual = self.values.get(name, ())
        return actual if isinstance(actual, tuple) else ()


def parse(words: Sequence[str], release: str) -> Call:
    """Parse the arguments of the program; raise UsageError or HelpRequested."""
    known = commands(release)
    top, rest = _flags(known[""], words)
    if rest and rest[0] in known and rest[0]:
        command = known[rest[0]]
        values, rest = _flags(command, rest[1:])
        return _call(command, {**({"debug": True} if top.get("debug") else {}), **values}, rest)
    return _call(known[""], top, rest)


def _call(command: Command, values: dict[str, Value], words: Sequence[str]) -> Call:
    _require(command, values)
    if len(words) > len(command.words):
        raise UsageError(
            f"stand-in: the real AuroraBoot silently ignores what follows {command.words[-1]}: "
            f"{' '.join(words[len(command.words) :])}"
        )
    defaults = {flag.name: _value(flag, flag.default) for flag in command.flags if flag.default}
    return Call(command.name, {**defaults, **values}, tuple(words))


def _require(command: Command, values: dict[str, Value]) -> None:
    missing = [flag.name for flag in command.flags if flag.required and flag.name not in values]
    if missing:
        raise UsageError(f'Required flag{"s" if missing[1:] else ""} "{", ".join(missing)}" not set')


def _flags(command: Command, words: Sequence[str]) -> tuple[dict[str, Value], list[str]]:
    values: dict[str, Value] = {}
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            break
        _take(command, word, rest, values)
    return values, rest


def _take(command: Command, word: str, rest: list[str], values: dict[str, Value]) -> None:
    name, options, text = word.removeprefix("-").removeprefix("-").partition("=")
    if not name or name.startswith("-"):
        raise UsageError(f"Incorrect Usage: bad flag syntax: {word}")
    if name in {"help", "h"}:
        raise HelpRequested(usage(command))
    flag = _find(command, name)
    if not options and flag.kind == "bool":
        text = "true"
    elif not options:
        if not rest:
            raise UsageError(f"Incorrect Usage: flag needs an argument: -{name}")
        text = rest.pop(0)
    value = _value(flag, text)
    earlier = values.get(flag.name, ())
    values[flag.name] = (*earlier, *value) if isinstance(value, tuple) and isinstance(earlier, tuple) else value


def _find(command: Command, name: str) -> Flag:
    for flag in command.flags:
        if name == flag.name or (flag.short and name == flag.short):
            return flag
    raise UsageError(f"Incorrect Usage: flag provided but not defined: -{name}")


def _value(flag: Flag, text: str) -> Value:
    if flag.kind == "strings":
        return tuple(part.strip() for part in text.split(","))
    if flag.kind == "bool":
        if text not in (*_TRUE, *_FALSE):
            raise UsageError(f'Incorrect Usage: invalid boolean value "{text}" for -{flag.name}: parse error')
        return text in _TRUE
    if flag.kind == "int":
        if not text.lstrip("+-").isdigit():
            raise UsageError(f'Incorrect Usage: invalid value "{text}" for flag -{flag.name}: parse error')
        return int(text)
    return text


def usage(command: Command) -> str:
    """Return the help of a command."""
    lines = ["NAME:", f"   AuroraBoot {command.name} (stand-in, not the real AuroraBoot)", "", "OPTIONS:"]
    lines += [f"   --{flag.name}{f', -{flag.short}' if flag.short else ''}" for flag in command.flags]
    return "\n".join(lines)
