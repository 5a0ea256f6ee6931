"""Follow the small part of the shell that Kairos Dockerfiles use, without running anything.

Known variables, `if [ ... ]`, assignments, `eval`, and commands one after the other: enough to tell what words
kairos-init is called with. Anything else that stands for itself is returned as text; what decides about a call of
kairos-init and is not understood raises UnknownShellError.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TOKEN = re.compile(
    r"""(?P<blank>(?:[ \t]|\\\n)+)|(?P<comment>(?<![^\s;])\#[^\n]*)|(?P<end>&&|;;?|\n)"""
    r"""|(?P<strange>\|\|?|&|[<>()]|`|\$\()"""
    r"""|(?P<word>(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|\$\{[^}]*\}|[^\s;&|<>()"'\\`])+)""",
    re.DOTALL,
)
_PART = re.compile(
    r"""'(?P<single>[^']*)'|"(?P<double>(?:\\.|[^"\\])*)"|\\(?P<escaped>.)|(?P<variable>\$\{[^}]*\}|\$\w+)|(?P<plain>[^'"\\$]+|\$)""",
    re.DOTALL,
)
_IN_QUOTES = re.compile(r"\\([$`\"\\\n])|(\$\{[^}]*\}|\$[A-Za-z_]\w*)")
_VARIABLE = re.compile(r"([A-Za-z_]\w*)(?:(:?[-+])(.*))?", re.DOTALL)
# What `env` takes: a name may be more than a shell has.
_GIVEN = re.compile(r"([^=\s]+)=(.*)", re.DOTALL)
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_COMPOUND = {"for", "while", "until", "do", "done", "case", "esac", "function", "{", "}"}
TEST_WORDS, COMPARE_WORDS = 2, 3

# How the value of a variable begins that is not known before the build: no condition can be decided by it.
OPEN = "\x01"


class UnknownShellError(ValueError):
    """A part of the shell that is not followed here."""


class Call(NamedTuple):
    """A command with the words that it is called with."""

    words: tuple[str, ...]


class Other(NamedTuple):
    """Text that is left as it is, and its place in the whole."""

    text: str
    start: int
    stop: int


@dataclass(slots=True)
class _Piece:
    """A command up to where the next begins: its words as written, its place, what parts it from the next."""

    words: list[str] = field(default_factory=list)
    start: int = 0
    stop: int = 0
    strange: bool = False
    end: str = ""


def follow(text: str, variables: Mapping[str, str], program: str) -> list[Call | Other]:
    """Return what a text does, in order: calls of commands that end with `program`, and all else as text."""
    found: list[Call | Other] = []
    for each in _Follower(text, dict(variables), program).all():
        last = found[-1] if found else None
        if isinstance(each, Other) and isinstance(last, Other):
            found[-1] = Other(text[last.start : each.stop], last.start, each.stop)
        else:
            found.append(each)
    return found


def expand(word: str, variables: Mapping[str, str]) -> list[str]:
    """Return the words that a written word becomes: none or several where a variable outside of quotes is split."""
    found: list[str] = [""]
    is_there = False
    for part in _PART.finditer(word):
        if part["variable"] is not None:
            pieces = _value(part["variable"], variables).split()
            found[-1] += pieces[0] if pieces else ""
            found += pieces[1:]
            is_there |= bool(pieces)
            continue
        is_there = True
        if part["double"] is not None:
            found[-1] += _IN_QUOTES.sub(lambda it: it[1] or _value(it[2], variables), part["double"])
        else:
            found[-1] += next(text for text in (part["single"], part["escaped"], part["plain"]) if text is not None)
    return found if is_there else []


def without_env(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return a command of `env` as the command and the variables that it is given."""
    rest, env = list(words), dict[str, str]()
    if rest[:1] != ["env"]:
        return rest, env
    rest.pop(0)
    while rest and (pair := _GIVEN.fullmatch(rest[0])):
        env[pair[1]] = pair[2]
        rest.pop(0)
    return rest, env


def _value(variable: str, variables: Mapping[str, str]) -> str:
    match = _VARIABLE.fullmatch(variable[2:-1] if variable.startswith("${") else variable[1:])
    if match is None:
        raise UnknownShellError(variable)
    value, operator, word = variables.get(match[1]), match[2], match[3]
    is_given = value is not None and (value or not (operator or "").startswith(":"))
    if operator and operator.endswith("-") and not is_given:
        return " ".join(expand(word, variables))
    if operator and operator.endswith("+"):
        return " ".join(expand(word, variables)) if is_given else ""
    return value or ""


class _Follower:
    def __init__(self, text: str, variables: dict[str, str], program: str) -> None:
        self.text = text
        self.variables = variables
        self.program = program
        self.assigned: set[str] = set()
        self.pieces = _pieces(text)
        self.at = 0

    def all(self) -> list[Call | Other]:
        found: list[Call | Other] = []
        while self.at < len(self.pieces):
            found += self._next(runs=True)
        return found

    def _next(self, *, runs: bool) -> list[Call | Other]:
        piece = self.pieces[self.at]
        self.at += 1
        if piece.words[:1] == ["if"]:
            return self._if(piece, runs=runs)
        if not runs:
            return []
        return self._command(piece)

    def _if(self, piece: _Piece, *, runs: bool) -> list[Call | Other]:
        found: list[Call | Other] = []
        taken = done = self._condition(piece, runs=runs)
        while True:
            piece = self._peek()
            match piece.words[:1]:
                case ["fi"]:
                    self.at += 1
                    return found
                case ["elif"]:
                    self.at += 1
                    taken = self._condition(piece, runs=runs and not done)
                    done |= taken
                case [("then" | "else") as word]:
                    taken = taken if word == "then" else runs and not done
                    piece.words = piece.words[1:]
                    if not piece.words:
                        self.at += 1
                case _:
                    inner = self._next(runs=taken)
                    if any(isinstance(each, Other) for each in inner):
                        raise UnknownShellError("a command inside of if")
                    found += inner

    def _peek(self) -> _Piece:
        if self.at >= len(self.pieces):
            raise UnknownShellError("if without fi")
        return self.pieces[self.at]

    def _condition(self, piece: _Piece, *, runs: bool) -> bool:
        """Take the tests behind `if`, of which all must hold; none is looked at where the branch is not reached."""
        holds = runs and self._test(piece.words[1:], piece)
        while piece.end == "&&":
            piece = self._peek()
            self.at += 1
            holds = holds and self._test(piece.words, piece)
        return holds

    def _test(self, written: list[str], piece: _Piece) -> bool:
        words = [word for each in written for word in expand(each, self.variables)]
        if piece.strange or words[:1] != ["["] or words[-1:] != ["]"] or any(OPEN in word for word in words):
            raise UnknownShellError(f"the condition {' '.join(written)}")
        words = words[1:-1]
        if len(words) == TEST_WORDS and words[0] in ("-n", "-z"):
            return bool(words[1]) == (words[0] == "-n")
        if len(words) == COMPARE_WORDS and words[1] in ("=", "==", "!="):
            return (words[0] == words[2]) == (words[1] != "!=")
        raise UnknownShellError(f"the condition {' '.join(written)}")

    def _command(self, piece: _Piece) -> list[Call | Other]:
        text = self.text[piece.start : piece.stop]
        if piece.strange or (piece.words[:1] and piece.words[0] in _COMPOUND):
            if self.program in text:
                raise UnknownShellError(" ".join(text.split()))
            return [self._other(piece)]
        words = piece.words[1:] if piece.words[:1] == ["export"] else piece.words
        if all(_ASSIGNMENT.fullmatch(word) for word in words):
            return self._assign(words)
        called = [word for each in piece.words for word in expand(each, self.variables)]
        if called[:1] == ["eval"]:
            return self._eval(" ".join(called[1:]))
        is_call = any(word.endswith(self.program) for word in called)
        return [Call(tuple(called))] if is_call else [self._other(piece)]

    def _eval(self, text: str) -> list[Call | Other]:
        found = _Follower(text, self.variables, self.program).all()
        if any(isinstance(each, Other) for each in found):
            raise UnknownShellError(f"eval of {text}")
        return found

    def _other(self, piece: _Piece) -> Other:
        text = self.text[piece.start : piece.stop]
        named = [name for name in self.assigned if re.search(rf"\$\{{?{name}\b", text)]
        if named:
            raise UnknownShellError(f"{named[0]}, which the script sets, in: {' '.join(text.split())}")
        return Other(text, piece.start, piece.stop)

    def _assign(self, words: list[str]) -> list[Call | Other]:
        for word in words:
            match = _ASSIGNMENT.fullmatch(word)
            if match is not None:
                self.variables[match[1]] = " ".join(expand(match[2], self.variables))
                self.assigned.add(match[1])
        return []


def _pieces(text: str) -> list[_Piece]:
    """Return the commands of a text, parted where one ends and the next begins."""
    found: list[_Piece] = [_Piece()]
    for token in _tokens(text):
        piece = found[-1]
        if token.lastgroup == "end":
            piece.end = token[0]
            found.append(_Piece())
        elif token.lastgroup in ("word", "strange"):
            piece.start = piece.start if piece.stop else token.start()
            piece.stop = token.end()
            piece.strange |= token.lastgroup == "strange"
            piece.words.append(token[0])
    return [piece for piece in found if piece.words]


def _tokens(text: str) -> list[re.Match[str]]:
    found, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or token.end() == at:
            raise UnknownShellError(text[at : at + 20])
        found.append(token)
        at = token.end()
    return found
