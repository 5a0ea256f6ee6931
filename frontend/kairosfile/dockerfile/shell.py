"""Parse the part of the shell language that is followed completely: simple commands, lists, and `if` with tests.

A script is a list of chains (`;` or a line break between them) of commands that `&&` joins. A command has assignments,
words and redirections. Pipelines and `||` are read as opaque commands: where they begin and end is known, what they do
is not. Everything else (loops, `case`, functions, groups, here-documents, background commands) raises NotFollowedError,
so no part of a compound command is ever taken for a command.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_CHARACTERS = 1 << 18
MAX_TOKENS = 20_000
MAX_DEPTH = 25
SHOWN = 60

_TOKEN = re.compile(
    r"""(?P<blank>(?:[ \t\r]|\\\n)+)|(?P<comment>(?<![^\s;&|])\#[^\n]*)|(?P<operator>&&|\|\||;;|[;\n|&()])"""
    r"""|(?P<redirection>[0-9]*(?:>>|>&|<&|>\||<>|<<-?|[<>]))"""
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_PLAIN = re.compile(r"""[^\s;&|<>()"'`\\$]+""")
_PLAIN_IN_QUOTES = re.compile(r"""[^"\\$`]+""")
_COMPOUND = frozenset(
    ["for", "while", "until", "do", "done", "case", "esac", "function", "select", "time", "coproc", "{", "}", "[[", "!"]
)
_OPERATORS = (":-", "-", ":+", "+", ":?", "?", ":=", "=", "##", "#", "%%", "%")


class NotFollowedError(ValueError):
    """A part of a script that is not followed; the text names it."""


@dataclass(frozen=True, slots=True)
class Text:
    """Literal characters of a word."""

    text: str
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class Variable:
    """An expansion: `${name}`, or `${name<operator>word}`."""

    name: str
    operator: str
    word: Word | None
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class Substitution:
    """`$(...)` with the script inside."""

    script: Script
    is_quoted: bool


Part = Text | Variable | Substitution


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its parts, and how it is written."""

    raw: str
    parts: tuple[Part, ...]

    @property
    def literal(self) -> str | None:
        """The word where nothing in it is expanded, None otherwise."""
        if all(isinstance(part, Text) for part in self.parts):
            return "".join(part.text for part in self.parts if isinstance(part, Text))
        return None


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name=word`."""

    name: str
    word: Word


@dataclass(slots=True)
class Command:
    """A simple command, or an opaque one: a pipeline or an `||` list, of which only the text is known.

    `either` are the two sides of an `||` list.
    """

    start: int
    stop: int = 0
    assignments: list[Assignment] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    redirections: list[str] = field(default_factory=list)
    is_opaque: bool = False
    either: tuple[Chain, Command | If] | None = None


@dataclass(slots=True)
class If:
    """`if` with its branches, each a condition and a body; the last may have no condition."""

    start: int
    stop: int = 0
    branches: list[tuple[Script | None, Script]] = field(default_factory=list)
    is_opaque: bool = False


@dataclass(slots=True)
class Chain:
    """Commands that `&&` joins."""

    commands: list[Command | If] = field(default_factory=list)


Script = list[Chain]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    stop: int
    word: Word | None = None


def parse(text: str) -> Script:
    """Return the chains of a script.

    Raises:
        NotFollowedError: the script has something that is not followed, or is too large.
    """
    if len(text) > MAX_CHARACTERS:
        raise NotFollowedError(f"a script of more than {MAX_CHARACTERS} characters")
    return _Parser(_Lexer(text, 0).tokens(), 0).script(frozenset())


def programs(text: str) -> set[str] | None:
    """Return the first words of all commands of a script, None where they are not known."""
    try:
        return set(_programs(parse(text)))
    except NotFollowedError:
        return None


def _programs(script: Script) -> list[str]:
    commands: list[str] = []
    for command in (command for chain in script for command in chain.commands):
        if command.is_opaque or not isinstance(command, Command):
            raise NotFollowedError("a pipeline")
        literal = command.words[0].literal if command.words else ""
        if literal is None or any(isinstance(part, Substitution) for word in command.words for part in word.parts):
            raise NotFollowedError("a command that is expanded")
        commands += [literal] if literal else []
    return commands


class _Lexer:
    """Words and operators of a text."""

    def __init__(self, text: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise NotFollowedError("expansions that are nested too deep")
        self.text = text
        self.depth = depth
        self.at = 0

    def tokens(self) -> list[_Token]:
        tokens: list[_Token] = []
        while self.at < len(self.text):
            start = self.at
            match = _TOKEN.match(self.text, self.at)
            if match is not None:
                self.at = match.end()
                if match.lastgroup in ("operator", "redirection"):
                    tokens.append(_Token(match.lastgroup, match[0], start, self.at))
                continue
            word = self.word()
            tokens.append(_Token("word", word.raw, start, self.at, word))
            if len(tokens) > MAX_TOKENS:
                raise NotFollowedError(f"a script of more than {MAX_TOKENS} words")
        return tokens

    def word(self) -> Word:
        start, parts = self.at, list[Part]()
        while self.at < len(self.text) and not self.text[self.at].isspace() and self.text[self.at] not in ";&|<>()":
            parts += self.part()
        if self.at == start:
            raise NotFollowedError(self._shown(start))
        return Word(self.text[start : self.at], tuple(parts))

    def part(self) -> list[Part]:
        mark = self.text[self.at]
        if mark == "'":
            end = self._find("'", self.at + 1)
            quoted, self.at = self.text[self.at + 1 : end], end + 1
            return [Text(quoted, is_quoted=True)]
        if mark == '"':
            return self._double_quoted()
        if mark == "\\":
            escaped, self.at = self.text[self.at + 1 : self.at + 2], self.at + 2
            return [] if escaped == "\n" else [Text(escaped or "\\", is_quoted=True)]
        if mark == "$":
            return [self._dollar(is_quoted=False)]
        if mark == "`":
            raise NotFollowedError("a command substitution in backquotes")
        plain = _PLAIN.match(self.text, self.at)
        if plain is None:
            raise NotFollowedError(self._shown(self.at))
        self.at = plain.end()
        return [Text(plain[0], is_quoted=False)]

    def _double_quoted(self) -> list[Part]:
        self.at += 1
        parts: list[Part] = [Text("", is_quoted=True)]
        while True:
            if self.at >= len(self.text):
                raise NotFollowedError("a quote that does not end")
            mark = self.text[self.at]
            if mark == '"':
                self.at += 1
                return parts
            if mark == "\\":
                following = self.text[self.at + 1 : self.at + 2]
                self.at += 2
                if following != "\n":
                    parts.append(Text(following if following in '$`"\\' else f"\\{following}", is_quoted=True))
            elif mark == "$":
                parts.append(self._dollar(is_quoted=True))
            elif mark == "`":
                raise NotFollowedError("a command substitution in backquotes")
            elif plain := _PLAIN_IN_QUOTES.match(self.text, self.at):
                parts.append(Text(plain[0], is_quoted=True))
                self.at = plain.end()

    def _dollar(self, *, is_quoted: bool) -> Part:
        if self.text.startswith("$((", self.at):
            raise NotFollowedError("arithmetic")
        if self.text.startswith("$(", self.at):
            return Substitution(self._substituted(), is_quoted)
        if self.text.startswith("${", self.at):
            return self._braced(is_quoted=is_quoted)
        name = _NAME.match(self.text, self.at + 1)
        if name is not None:
            self.at = name.end()
            return Variable(name[0], "", None, is_quoted)
        following = self.text[self.at + 1 : self.at + 2]
        if following and (following.isdigit() or following in "@*#?-$!'\""):
            raise NotFollowedError(f"${following}")
        self.at += 1
        return Text("$", is_quoted)

    def _substituted(self) -> Script:
        end = self._closing(self.at + 2, "(", ")")
        inner = self.text[self.at + 2 : end]
        self.at = end + 1
        return _Parser(_Lexer(inner, self.depth + 1).tokens(), self.depth + 1).script(frozenset())

    def _braced(self, *, is_quoted: bool) -> Variable:
        end = self._closing(self.at + 2, "{", "}")
        inner = self.text[self.at + 2 : end]
        name = _NAME.match(inner)
        rest = inner[name.end() :] if name else ""
        operator = next((mark for mark in _OPERATORS if rest.startswith(mark)), "")
        if name is None or (rest and not operator):
            raise NotFollowedError(self._shown(self.at))
        self.at = end + 1
        operand = rest[len(operator) :]
        return Variable(name[0], operator, parse_word(operand, self.depth + 1) if operator else None, is_quoted)

    def _closing(self, at: int, opening: str, closing: str) -> int:
        depth, quote = 1, ""
        while at < len(self.text):
            mark = self.text[at]
            if mark == "\\" and quote != "'":
                at += 1
            elif quote:
                quote = "" if mark == quote else quote
            elif mark in "'\"":
                quote = mark
            elif mark == opening:
                depth += 1
            elif mark == closing:
                depth -= 1
                if depth == 0:
                    return at
            at += 1
        raise NotFollowedError(f"{opening} that is not closed")

    def _find(self, mark: str, start: int) -> int:
        end = self.text.find(mark, start)
        if end < 0:
            raise NotFollowedError("a quote that does not end")
        return end

    def _shown(self, at: int) -> str:
        return " ".join(self.text[at : at + SHOWN].split()) or "an empty word"


def parse_word(text: str, depth: int = 0) -> Word:
    """Return a text as one word, blanks in it included."""
    lexer = _Lexer(text, depth)
    parts: list[Part] = []
    while lexer.at < len(text):
        mark = text[lexer.at]
        if mark.isspace() or mark in ";&|<>()":
            parts.append(Text(mark, is_quoted=False))
            lexer.at += 1
        else:
            parts += lexer.part()
    return Word(text, tuple(parts))


class _Parser:
    """Commands of tokens."""

    def __init__(self, tokens: list[_Token], depth: int) -> None:
        if depth > MAX_DEPTH:
            raise NotFollowedError("commands that are nested too deep")
        self.tokens = tokens
        self.depth = depth
        self.at = 0

    def script(self, ends: frozenset[str]) -> Script:
        """Return chains up to a reserved word of `ends`, or to the last token without one."""
        chains: Script = []
        while True:
            while self._is("operator", ";", "\n"):
                self.at += 1
            if self.at >= len(self.tokens):
                if ends:
                    raise NotFollowedError("an if that does not end")
                return chains
            if self._is("word", *ends):
                return chains
            chains.append(self._chain())
            if self.at < len(self.tokens) and not self._is("operator", ";", "\n"):
                raise NotFollowedError(self.tokens[self.at].text)

    def _chain(self) -> Chain:
        chain = Chain([self._command()])
        while self._is("operator", "&&", "||", "|"):
            operator = self.tokens[self.at].text
            self.at += 1
            while self._is("operator", "\n"):
                self.at += 1
            command = self._command()
            if operator == "&&":
                chain.commands.append(command)
            elif operator == "|":
                first = chain.commands[-1]
                chain.commands[-1] = Command(first.start, command.stop, is_opaque=True)
            else:
                either = Command(chain.commands[0].start, command.stop, is_opaque=True)
                either.either = (Chain(chain.commands), command)
                chain = Chain([either])
        return chain

    def _command(self) -> Command | If:
        if self.at >= len(self.tokens):
            raise NotFollowedError("a command that is missing")
        token = self.tokens[self.at]
        if token.kind == "operator":
            raise NotFollowedError({"(": "a subshell", "&": "a command in the background"}.get(token.text, token.text))
        if token.text == "if":
            return self._if()
        if token.text in _COMPOUND or token.text in ("then", "else", "elif", "fi"):
            raise NotFollowedError(f"`{token.text}`")
        command = Command(token.start)
        while self.at < len(self.tokens) and self.tokens[self.at].kind != "operator":
            self._take(command)
        if self._is("operator", "("):
            raise NotFollowedError("a function")
        return command

    def _take(self, command: Command) -> None:
        token = self.tokens[self.at]
        self.at += 1
        command.stop = token.stop
        if token.word is not None:
            match = None if command.words else _ASSIGNMENT.match(token.text)
            if match is not None and isinstance(token.word.parts[0], Text) and not token.word.parts[0].is_quoted:
                command.assignments.append(Assignment(match[1], parse_word(token.text[match.end() :], self.depth + 1)))
            else:
                command.words.append(token.word)
            return
        if token.text.lstrip("0123456789").startswith("<<"):
            raise NotFollowedError("a here-document")
        target = self.tokens[self.at] if self.at < len(self.tokens) else None
        if target is None or target.word is None:
            raise NotFollowedError(f"{token.text} without a target")
        self.at += 1
        command.stop = target.stop
        command.redirections.append(f"{token.text}{target.text}")

    def _if(self) -> If:
        statement = If(self.tokens[self.at].start)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotFollowedError("ifs that are nested too deep")
        while True:
            word = self.tokens[self.at].text
            self.at += 1
            if word == "fi":
                statement.stop = self.tokens[self.at - 1].stop
                self.depth -= 1
                return statement
            condition = None
            if word != "else":
                condition = self.script(frozenset({"then"}))
                self.at += 1
            ends = frozenset({"fi"}) if word == "else" else frozenset({"elif", "else", "fi"})
            statement.branches.append((condition, self.script(ends)))

    def _is(self, kind: str, *texts: str) -> bool:
        if self.at >= len(self.tokens):
            return False
        token = self.tokens[self.at]
        return token.kind == kind and token.text in texts
