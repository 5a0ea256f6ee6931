"""The variables of a Dockerfile, as far as they are known before the build.

An arg that a Kairosfile's fields have names for (VERSION, KUBERNETES_DISTRO, ...) has the value of its default: the
frontend takes `--build-arg` by the same name. Any other arg becomes one of the Kairosfile's own, `${NAME}`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.dockerfile import shell
from kairosfile.spec import overrides

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.dockerfile.adopt.found import Found

USUAL = (*overrides.NAMES, *overrides.IGNORED, overrides.FRAMEWORK_VERSION)
_CLOSE = "\x02"
_OPEN = re.compile(f"{shell.OPEN}(\\w+){_CLOSE}")
_DOLLARS = re.compile(r"\$(?=\{)|\$(?=\$)|(?<=\$)\$")


class Scope:
    """The variables at one place of the Dockerfile."""

    def __init__(self, given: Mapping[str, str], found: Found) -> None:
        self.given = given
        self.found = found
        self.everywhere: dict[str, str | None] = {}
        self.args: dict[str, str | None] = {}
        self.env: dict[str, str] = {}

    def declare(self, text: str, *, everywhere: bool) -> None:
        """Take an ARG; before the first FROM it is one of all stages that name it again."""
        for word in text.split() if "=" not in text else _assignments(text):
            name, equals, raw = word.partition("=")
            default = (
                self.text(raw, everywhere=everywhere) if equals else self.everywhere.get(name, self.args.get(name))
            )
            (self.everywhere if everywhere else self.args)[name] = self.given.get(name, default)

    def variables(self) -> dict[str, str]:
        """Return the values that a shell or an instruction finds here."""
        return {name: self._value(name, default) for name, default in self.args.items()} | self.env

    def text(self, raw: str, *, everywhere: bool = False) -> str:
        """Return a text of an instruction with its variables put in."""
        known = {name: self._value(name, default) for name, default in self.everywhere.items()}
        return " ".join(shell.expand(raw, known if everywhere else self.variables()))

    def _value(self, name: str, default: str | None) -> str:
        return default or "" if name in USUAL else f"{shell.OPEN}{name}{_CLOSE}"

    def field(self, text: str) -> str:
        """Return a text as a field of a Kairosfile has it, and note the args in it."""
        for name in _OPEN.findall(text):
            self.found.args.setdefault(name, self.args.get(name, self.everywhere.get(name)))
        return _OPEN.sub(r"${\1}", _DOLLARS.sub("$$", text))

    def plain(self, text: str) -> str:
        """Return a text in which no arg stays open: each has its default."""
        values = {**self.everywhere, **self.args}
        return _OPEN.sub(lambda it: values.get(it[1]) or "", text)

    def note_named(self, text: str) -> None:
        """Note the args that a step's text names: a Kairosfile gives it those in its environment."""
        for name in re.findall(r"\$\{?([A-Za-z_]\w*)", text):
            if name in self.args and name not in self.env:
                self.found.args.setdefault(name, self.args[name])


def _assignments(text: str) -> list[str]:
    return re.findall(r"""[A-Za-z_]\w*(?:=(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])*)?""", text)


def pairs(text: str) -> list[tuple[str, str]]:
    """Return the names and values of LABEL and ENV as they are written; the old form has one pair, without `=`."""
    found = re.findall(
        r"""((?:"(?:\\.|[^"\\])*"|[^\s=])+)=((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])*)(?:\s+|$)""", text
    )
    if found and "=" in text.split(maxsplit=1)[0]:
        return found
    name, _, value = text.partition(" ")
    return [(name, value.strip())]
