"""The variables of a Dockerfile at one place, and the args of the Kairosfile that name them.

An arg that a Kairosfile's fields have names for (VERSION, KUBERNETES_DISTRO, ...) is the default of its field: the
frontend takes `--build-arg` by the same name. Any other becomes one of the Kairosfile's own, `${NAME}`. An arg that
has several defaults is written `${NAME:-default}`, with the default of its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kairosfile.dockerfile.adopt.values import Arg, BaseVariable, Expansion, Value, instruction_word
from kairosfile.dockerfile.reader import DockerfileError
from kairosfile.dockerfile.shell import NotFollowedError
from kairosfile.language.interpolation import PLATFORM_ARGS
from kairosfile.sections import build_args as overrides

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kairosfile.dockerfile.adopt.account import Account, Entry
    from kairosfile.dockerfile.reader import Instruction

# The fields that build args stand in for, by the names of the args.
USUAL = {row.name: ".".join(row.path) for row in overrides.BUILD_ARGS} | dict.fromkeys(overrides.IGNORED, "")
USUAL |= {overrides.FRAMEWORK_VERSION: "framework.version", "PROVIDER_NAME": "provider.name"}
PROXY_ARGS = frozenset(
    f"{name}_PROXY" if upper else f"{name}_proxy".lower()
    for name in ("HTTP", "HTTPS", "FTP", "NO", "ALL")
    for upper in (True, False)
)
_PLATFORM_VALUES = {"PLATFORM": "linux/amd64", "OS": "linux", "ARCH": "amd64", "VARIANT": ""}
_DOLLARS = re.compile(r"\$(?=[{$])|(?<=\$)\$")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Declared:
    """A variable: its value, the default of its arg in the Kairosfile, and the instruction that sets it."""

    value: Value
    default: Value | None
    entry: Entry
    is_env: bool = False


def platform_arg(name: str) -> Arg:
    """Return an arg that the platform sets, with its value on linux/amd64."""
    return Arg(name, _PLATFORM_VALUES[name.removeprefix("TARGET").removeprefix("BUILD")])


class Scope:
    """The variables at one place, as instructions are visited one after the other."""

    def __init__(self, build_args: Mapping[str, str], account: Account) -> None:
        self.overrides = build_args
        self.account = account
        self.everywhere: dict[str, Declared] = {}
        self.variables: dict[str, Declared] = {}
        self.past: dict[str, Declared] = {}
        self.several: frozenset[str] = frozenset()
        self.needed: dict[str, Declared] = {}
        self.required: set[str] = set()
        self.decided: dict[str, list[int]] = {}

    def find_several_defaults(self, instructions: Sequence[Instruction]) -> None:
        """Record the args that are declared with different defaults."""
        defaults: dict[str, set[str]] = {}
        for each in instructions:
            for name, raw in assignments(each) if each.keyword == "ARG" else ():
                if raw is not None:
                    defaults.setdefault(name, set()).add(raw)
        self.several = frozenset(name for name, texts in defaults.items() if len(texts) > 1)

    def declare(self, instruction: Instruction, *, everywhere: bool) -> None:
        """Record an ARG; before the first FROM it is available to all stages that declare it again."""
        entry = self.account.of(instruction)
        for name, raw in assignments(instruction):
            self._declare(name, raw, entry, everywhere=everywhere)

    def _declare(self, name: str, raw: str | None, entry: Entry, *, everywhere: bool) -> None:
        target = self.everywhere if everywhere else self.variables
        inherited = self.everywhere.get(name)
        if name in self.variables and self.variables[name].is_env:
            entry.no_effect("ENV of the same name goes before it")
            return
        if raw is None and inherited is not None:
            target[name] = replace(inherited, entry=entry)
            inherited.entry.field(f"the default of {name}")
            return
        if name in PLATFORM_ARGS:
            target[name] = Declared(Value(platform_arg(name)), None, entry)
            return
        default = None if raw is None else self._default(raw, entry, everywhere=everywhere)
        override = self.overrides.get(name)
        if override is not None:
            default = Value(override)
        arg = Arg(name, default.text if default is not None else None, in_place=name in self.several)
        target[name] = Declared(Value(arg), default, entry)

    def _default(self, raw: str, entry: Entry, *, everywhere: bool) -> Value:
        expansion = self.expansion(everywhere=everywhere)
        try:
            value = instruction_word(raw, expansion)
            self.note_decided(expansion.decided, entry.instruction.line)
            Value(value.text)  # bounded, whatever its args are made of
        except NotFollowedError as error:
            entry.left_over(f"its default is not followed: {error}")
            return Value()
        return value

    def set_env(self, name: str, value: Value, entry: Entry) -> None:
        """Record a variable of ENV."""
        self.variables[name] = Declared(value, None, entry, is_env=True)

    def begin_from_scratch(self) -> None:
        """Drop all variables except those before the first FROM; args stay known to the fields that name them."""
        self.past |= {name: declared for name, declared in self.variables.items() if not declared.is_env}
        self.variables = {}

    def declared(self, name: str) -> Declared | None:
        """Return an arg of a field: the last that a stage has, else one before the first FROM."""
        return self.variables.get(name) or self.past.get(name) or self.everywhere.get(name)

    def lookup(self, name: str) -> Value:
        """Return the value of a variable in an instruction of a stage."""
        declared = self.variables.get(name)
        return declared.value if declared is not None else Value(BaseVariable(name))

    def _lookup_everywhere(self, name: str) -> Value | None:
        if name in PLATFORM_ARGS:
            return Value(platform_arg(name))
        declared = self.everywhere.get(name)
        return declared.value if declared is not None else None

    def expansion(self, *, everywhere: bool = False) -> Expansion:
        """Return the expansion with the variables at this place."""
        return Expansion(self._lookup_everywhere if everywhere else self.lookup)

    def value(self, raw: str, entry: Entry, *, everywhere: bool = False) -> Value:
        """Expand the variables in a word of an instruction.

        Raises:
            NotFollowedError: the word is not followed.
        """
        expansion = self.expansion(everywhere=everywhere)
        value = instruction_word(raw, expansion)
        self.note_decided(expansion.decided, entry.instruction.line)
        return value

    def note_decided(self, decided: Mapping[str, Arg], line: int) -> None:
        """Record that the defaults of args decide the result of a line."""
        for name in decided:
            if name in PLATFORM_ARGS:
                raise NotFollowedError(f"${name}, which the platform decides")
            for table in (self.everywhere, self.past, self.variables):
                if name in table:
                    table[name].entry.field(f"its default decides line {line}")
            lines = self.decided.setdefault(name, [])
            if line not in lines:
                lines.append(line)

    def field(self, value: Value) -> str:
        """Return a value as the text of a field, and record the args in it."""
        text = ""
        for part in value.parts:
            if isinstance(part, BaseVariable):
                raise NotFollowedError(f"${part.name}, which the base image may set")
            if isinstance(part, Arg):
                text = f"{text}$" if text.endswith("$") else text
                text += self._named(part)
            else:
                text += _DOLLARS.sub("$$", part)
        return text

    def _named(self, arg: Arg) -> str:
        if arg.in_place:
            self._mark(arg.name)
            return f"${{{arg.name}:-{arg.default or ''}}}"
        self.need(arg.name)
        return f"${{{arg.name}}}"

    def need(self, name: str) -> None:
        """Record an arg that the Kairosfile must declare."""
        declared = self.declared(name)
        self._mark(name)
        if declared is not None and name not in PLATFORM_ARGS:
            self.needed.setdefault(name, declared)

    def _mark(self, name: str) -> None:
        for table in (self.everywhere, self.past, self.variables):
            if name in table:
                table[name].entry.field(f"the arg {name}")

    def default_of(self, arg: Arg) -> Value:
        """Return the default of an arg with references to the args that it contains."""
        declared = self.declared(arg.name)
        default = declared.default if declared is not None else None
        return default if default is not None else Value(arg.default or "")

    def args(self) -> dict[str, str | None]:
        """Return the section `args`: what fields and steps name, those that a default names above it."""
        args: dict[str, str | None] = {}
        done: set[str] = set()
        while names := [name for name in self.needed if name not in done]:
            for name in names:
                done.add(name)
                default = self.needed[name].default
                text = None if default is None else self.field(default)
                args[name] = "" if text is None and name not in self.required else text
        order = [name for name in (*self.everywhere, *self.needed) if name in args]
        return {name: args[name] for name in dict.fromkeys(order)}


def assignments(instruction: Instruction) -> Iterator[tuple[str, str | None]]:
    """Yield the names of an ARG with the source text of their defaults, or None."""
    for word in instruction.words:
        name, equals, raw = word.partition("=")
        if not _NAME.fullmatch(name):
            raise DockerfileError(instruction.line, f"{name} is not the name of an arg")
        yield name, raw if equals else None


def pairs(instruction: Instruction) -> list[tuple[str, str]]:
    """Return the names and values of LABEL and ENV as source text; the old form has one pair without `=`."""
    words = instruction.words
    if words and "=" not in words[0]:
        rest = instruction.joined.split(None, 1)
        if len(rest) < 2:  # noqa: PLR2004 - a name and a value
            raise DockerfileError(instruction.line, f"{instruction.keyword} {words[0]} has no value")
        return [(rest[0], rest[1].strip())]
    pairs = []
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise DockerfileError(instruction.line, f"{word} has no value")
        pairs.append((name, value))
    return pairs
