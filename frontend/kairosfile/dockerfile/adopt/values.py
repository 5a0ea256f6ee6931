"""Values of a Dockerfile that are known before the build: text, build args, and variables of the base.

A value keeps the build args in it, so a field of a Kairosfile can name them. What is decided by a value (a condition,
how a word is split) counts for the arg's default alone: such args are collected in `decided`.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kairosfile.dockerfile.shell import NotFollowedError, Substitution, Text, Variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kairosfile.dockerfile.shell import Part, Word

MAX_CHARACTERS = 1 << 16
MAX_WORDS = 10_000

_GLOB = re.compile(r"[*?\[]")
_PATTERN = re.compile(r"[*?]|\[[^\]]{1,255}\]")
_REPLACE = re.compile(r"(//?)((?:\\.|[^/\\])*)(?:/(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Arg:
    """A build arg with its default, None where it has none; `in_place` is a default of this place alone."""

    name: str
    default: str | None
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class BaseVariable:
    """A variable that the base image may set."""

    name: str


class Value:
    """A text with build args in it. Equal values have equal parts."""

    __slots__ = ("parts",)

    def __init__(self, *parts: str | Arg | BaseVariable) -> None:
        merged: list[str | Arg | BaseVariable] = []
        for part in parts:
            if merged and isinstance(part, str) and isinstance(merged[-1], str):
                merged[-1] += part
            elif part != "":
                merged.append(part)
        self.parts = tuple(merged)
        if sum(len(part) for part in self.parts if isinstance(part, str)) > MAX_CHARACTERS:
            raise NotFollowedError(f"a value of more than {MAX_CHARACTERS} characters")

    def __add__(self, other: Value) -> Value:
        return Value(*self.parts, *other.parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Value) and self.text == other.text and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.parts)

    def __repr__(self) -> str:
        return f"Value{self.parts}"

    @property
    def args(self) -> tuple[Arg, ...]:
        """The build args that it contains."""
        return tuple(part for part in self.parts if isinstance(part, Arg))

    @property
    def is_known(self) -> bool:
        """Whether it contains no variable of the base."""
        return not any(isinstance(part, BaseVariable) for part in self.parts)

    @property
    def literal(self) -> str | None:
        """The text if it contains no expansion, else None."""
        return self.text if all(isinstance(part, str) for part in self.parts) else None

    @property
    def text(self) -> str:
        """The text with the defaults of its args; variables of the base as `${NAME}`."""
        text = "".join(_text(part) for part in self.parts)
        if len(text) > MAX_CHARACTERS:
            raise NotFollowedError(f"a value of more than {MAX_CHARACTERS} characters")
        return text


def _text(part: str | Arg | BaseVariable) -> str:
    if isinstance(part, Arg):
        return part.default or ""
    return part if isinstance(part, str) else f"${{{part.name}}}"


class Expansion:
    """Expands words; `lookup` gives the value of a variable, None for one that is not set."""

    def __init__(
        self, lookup: Callable[[str], Value | None], substitute: Callable[[Substitution], Value] | None = None
    ) -> None:
        self.lookup = lookup
        self.substitute = substitute
        self.decided: dict[str, Arg] = {}
        self.read: set[str] = set()

    def word(self, word: Word) -> Value:
        """Return a word as one value, without splitting it, as in an assignment or in an instruction."""
        pieces: list[str | Arg | BaseVariable] = []
        for part in word.parts:
            pieces += self._part(part).parts
            if len(pieces) > MAX_WORDS:
                raise NotFollowedError(f"a value of more than {MAX_WORDS} parts")
        return Value(*pieces)

    def split(self, word: Word) -> list[Value]:
        """Return the words that a shell expands a word to: none or several if an expansion is not quoted."""
        words: list[list[str | Arg | BaseVariable]] = [[]]
        is_there = False
        for part in word.parts:
            value = self._part(part)
            if isinstance(part, Text) and not part.is_quoted and _PATTERN.search(part.text):
                raise NotFollowedError(f"file names for {part.text}")
            if part.is_quoted or isinstance(part, Text):
                is_there |= part.is_quoted or bool(value.parts)
                words[-1] += value.parts
                continue
            for piece in self._pieces(value):
                if piece is None:
                    words.append([])
                else:
                    words[-1].append(piece)
                    is_there = True
            if len(words) > MAX_WORDS:
                raise NotFollowedError(f"a command of more than {MAX_WORDS} words")
        return [Value(*parts) for parts in words if parts or (is_there and len(words) == 1)]

    def _pieces(self, value: Value) -> Iterable[str | Arg | BaseVariable | None]:
        """Yield the parts of a value, and None at each word boundary."""
        for part in value.parts:
            if isinstance(part, BaseVariable):
                raise NotFollowedError(f"${part.name} without quotes, which the base image may set")
            text = _text(part)
            if isinstance(part, Arg) and text and not re.search(r"\s", text):
                yield part
                continue
            if isinstance(part, Arg):
                self.decide(part)
            if _GLOB.search(text):
                raise NotFollowedError(f"file names for {text}")
            for index, piece in enumerate(re.split(r"(\s+)", text)):
                if index % 2:
                    yield None
                elif piece:
                    yield piece

    def decide(self, *args: Arg) -> None:
        """Record args of which only the default is used."""
        self.decided.update({arg.name: arg for arg in args})

    def decided_text(self, value: Value) -> str:
        """Return the text of a value that decides the result."""
        if not value.is_known:
            raise NotFollowedError(f"{value.text}, which the base image may set")
        self.decide(*value.args)
        return value.text

    def _part(self, part: Part) -> Value:
        if isinstance(part, Text):
            return Value(part.text)
        if isinstance(part, Substitution):
            if self.substitute is None:
                raise NotFollowedError("a command substitution")
            return self.substitute(part)
        return self._variable(part)

    def _variable(self, part: Variable) -> Value:
        self.read.add(part.name)
        value = self.lookup(part.name)
        operator, word = part.operator, part.word
        if not operator or word is None:
            return Value() if value is None else value
        if operator in ("#", "##", "%", "%%"):
            return self._trimmed(value or Value(), operator, self.decided_text(self.word(word)))
        if operator[-1] in "=?":
            raise NotFollowedError(f"${{{part.name}{operator}...}}")
        if value is not None and not value.is_known:
            raise NotFollowedError(f"${{{part.name}{operator}...}}, which the base image may set")
        is_given = value is not None and (bool(value.text) or not operator.startswith(":"))
        if operator[-1] == "-":
            return self._with_default(value, self.word(word), is_given=is_given)
        self.decide(*(value.args if value else ()))
        return self.word(word) if is_given else Value()

    def _with_default(self, value: Value | None, default: Value, *, is_given: bool) -> Value:
        own = value.parts[0] if value is not None and len(value.parts) == 1 else None
        if is_given and value is not None:
            return value
        if isinstance(own, Arg) and not own.default and default.literal:
            return Value(Arg(own.name, default.literal, in_place=True))
        self.decide(*(value.args if value else ()))
        return default

    def _trimmed(self, value: Value, operator: str, pattern: str) -> Value:
        if value.literal is None and not _may_trim(value, operator, pattern):
            return value
        text = self.decided_text(value)
        lengths = range(len(text) + 1) if len(operator) == 1 else range(len(text), -1, -1)
        if len(text) > 1000 or len(pattern) > 100:  # noqa: PLR2004 - a pattern is tried at each place
            raise NotFollowedError(f"{operator} of a long value")
        for length in lengths:
            part = text[:length] if operator[0] == "#" else text[len(text) - length :]
            if fnmatch.fnmatchcase(part, pattern):
                return Value(text[length:] if operator[0] == "#" else text[: len(text) - length])
        return Value(text)


def _may_trim(value: Value, operator: str, pattern: str) -> bool:
    """Return whether a pattern can match something at the end of a value that is not known before the build."""
    end = value.parts[0 if operator[0] == "#" else -1] if value.parts else ""
    if _GLOB.search(pattern) or not isinstance(end, str):
        return True
    return end.startswith(pattern) if operator[0] == "#" else end.endswith(pattern)


def instruction_word(text: str, expansion: Expansion) -> Value:
    """Expand the variables in a text of an instruction as BuildKit does outside of RUN."""
    from kairosfile.dockerfile.shell import parse_word  # noqa: PLC0415

    at, parts = 0, Value()
    while (start := _replacement(text, at)) is not None:
        name, end = start
        parts += expansion.word(parse_word(text[at : name[0]]))
        parts += _replaced(text[name[0] : end], expansion)
        at = end
    return parts + expansion.word(parse_word(text[at:]))


def _replacement(text: str, at: int) -> tuple[tuple[int, int], int] | None:
    """Return the start and the end of the next `${name/pattern/text}`."""
    match = re.compile(r"\$\{\w+/[^{}]*\}").search(text, at)
    return (match.span(), match.end()) if match else None


def _replaced(text: str, expansion: Expansion) -> Value:
    """Expand `${name/pattern/text}`, which Dockerfiles have and POSIX shells lack."""
    name, _, _ = text[2:-1].partition("/")
    match = _REPLACE.fullmatch(text[2 + len(name) : -1])
    value = expansion.lookup(name) or Value()
    if match is None or _GLOB.search(match[2]):
        raise NotFollowedError(text)
    pattern = re.sub(r"\\(.)", r"\1", match[2])
    return Value(expansion.decided_text(value).replace(pattern, match[3] or "", -1 if match[1] == "//" else 1))


def substituted(text: str, values: Mapping[str, Value]) -> str:
    """Expand the known variables in a text of several lines, such as a here-document."""
    return re.sub(
        r"\\(\$)|\$(?:\{(\w+)\}|(\w+))",
        lambda match: match[1] or (values.get(match[2] or match[3]) or Value()).text,
        text,
    )
