"""Read a Dockerfile as BuildKit does: instructions with their lines, flags, here-documents and comments.

Nothing is expanded or judged here. The readers on PyPI know no here-documents: they take the lines of a script for
instructions. A file that BuildKit refuses raises DockerfileError.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_CHARACTERS = 1 << 20
MAX_INSTRUCTIONS = 10_000
MAX_SHOWN = 100  # a line of a terminal
KEYWORDS = frozenset(
    [
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    ]
)

_DIRECTIVE = re.compile(r"#[ \t]*([A-Za-z]+)[ \t]*=[ \t]*(\S+)[ \t]*$")
_HEREDOC = re.compile(r"""[0-9]*<<(-?)(?:"([^"<\s]+)"|'([^'<\s]+)'|([^<"'\s\\]+))""")
_WORD = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+|["'\\]""", re.DOTALL)
_KEYWORD = re.compile(r"(?:\\\n|\\(?!\n)|[^\s\\])+")
_WITH_HEREDOCS = ("RUN", "COPY", "ADD")
CONTINUATION = "\\\n"


class DockerfileError(ValueError):
    """BuildKit cannot read the Dockerfile; `line` is the first line of the instruction."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document: its mark, the name that ends it, and its lines as they are written."""

    mark: str
    name: str
    raw: str
    strips_tabs: bool
    is_quoted: bool

    @property
    def content(self) -> str:
        """The content without the leading tabs that `<<-` removes."""
        return re.sub(r"(?m)^\t+", "", self.raw) if self.strips_tabs else self.raw


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: `text` is what follows keyword and flags, with its lines continued as a shell has it.

    `comment` are the comment lines above it, `inner` those between its lines.
    """

    keyword: str
    text: str
    line: int
    flags: tuple[tuple[str, str], ...] = ()
    heredocs: tuple[Heredoc, ...] = ()
    comment: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()

    @property
    def joined(self) -> str:
        """The text as one line, as a builder reads it."""
        return self.text.replace(CONTINUATION, "")

    @property
    def exec_form(self) -> list[str] | None:
        """The words of an instruction in exec form, None for any other."""
        try:
            words = json.loads(self.joined)
        except (ValueError, RecursionError):
            return None
        is_words = isinstance(words, list) and all(isinstance(word, str) for word in words)
        return words if is_words and words else None

    @property
    def words(self) -> list[str]:
        """The words between blanks, with the quotes and escapes that they are written with."""
        return _WORD.findall(self.joined)

    @property
    def comments(self) -> tuple[str, ...]:
        """All comment lines above and inside of it."""
        return (*self.comment, *self.inner)

    def flag(self, name: str) -> str:
        """Return the last value of a flag, empty without one."""
        return dict(self.flags).get(name, "")

    def flag_values(self, name: str) -> list[str]:
        """Return every value of a flag that can be repeated."""
        return [value for flag, value in self.flags if flag == name]

    def shortened(self) -> str:
        """Return the instruction on one line, shortened for a message."""
        flags = "".join(f" --{name}={value}" for name, value in self.flags)
        words = " ".join(f"{self.keyword}{flags} {self.joined}".split())
        return words if len(words) <= MAX_SHOWN else f"{words[: MAX_SHOWN - 3]}..."


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """The instructions of a file, the comment at its top, and the comment after the last instruction."""

    instructions: list[Instruction]
    head: tuple[str, ...]
    tail: tuple[str, ...]


def parse(text: str) -> Dockerfile:
    """Return the instructions and comments of a Dockerfile.

    Raises:
        DockerfileError: BuildKit refuses the file, or it is larger than 1 MiB.
    """
    if len(text) > MAX_CHARACTERS:
        raise DockerfileError(1, f"the file is larger than {MAX_CHARACTERS} characters")
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
        self.at = 0
        self.escape = "\\"

    def read(self) -> Dockerfile:
        self._directives()
        instructions: list[Instruction] = []
        head: list[str] = []
        comment: list[str] = []
        while self.at < len(self.lines):
            line = self.lines[self.at].strip()
            if line.startswith("#"):
                comment.append(line[1:].removeprefix(" "))
                self.at += 1
            elif not line:
                if not instructions and comment:  # a separate comment before the first instruction is the file's
                    head += ["", *comment] if head else comment
                    comment = []
                self.at += 1
            else:
                instructions += self._instruction(tuple(comment))
                comment = []
                if len(instructions) > MAX_INSTRUCTIONS:
                    raise DockerfileError(self.at, f"the file has more than {MAX_INSTRUCTIONS} instructions")
        return Dockerfile(instructions, tuple(head), tuple(comment))

    def _directives(self) -> None:
        while self.at < len(self.lines) and (match := _DIRECTIVE.match(self.lines[self.at])):
            if match[1].lower() == "escape":
                self.escape = match[2]
            elif match[1].lower() not in ("syntax", "check"):
                return
            self.at += 1

    def _instruction(self, comment: tuple[str, ...]) -> Iterator[Instruction]:
        first = self.at + 1
        logical, inner = self._logical()
        if not logical:
            return  # lines that only continue each other
        keyword_match = _KEYWORD.match(logical)
        name = keyword_match[0].replace(CONTINUATION, "") if keyword_match else ""
        keyword, rest = name.upper(), logical[keyword_match.end() :] if keyword_match else ""
        if keyword not in KEYWORDS:
            raise DockerfileError(first, f"unknown instruction {name[:MAX_SHOWN]!r}")
        flags, rest = _flags(rest)
        text = rest.strip()
        if not text:
            raise DockerfileError(first, f"{keyword} requires arguments")
        heredocs = tuple(self._heredocs(text, first)) if self._can_hold_heredocs(keyword, text) else ()
        yield Instruction(keyword, text, first, flags, heredocs, comment, inner)

    @staticmethod
    def _can_hold_heredocs(keyword: str, text: str) -> bool:
        if keyword == "ONBUILD":
            keyword, text = (*text.split(maxsplit=1), "")[:2]
        if keyword.upper() not in _WITH_HEREDOCS or "<<" not in text:
            return False
        return Instruction(keyword, text, 0).exec_form is None

    def _logical(self) -> tuple[str, tuple[str, ...]]:
        """Return the lines up to one that is not continued, and the comments between them."""
        ends = re.compile(rf"(?:(?<=[^{re.escape(self.escape)}])|^){re.escape(self.escape)}[ \t]*$")
        parts: list[str] = []
        inner: list[str] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            stripped = line.strip()
            if parts and stripped.startswith("#"):
                inner.append(stripped[1:].removeprefix(" "))
                continue
            if parts and not stripped:
                continue
            part = ends.sub("", line)
            parts.append(part)
            if part == line:
                break
        return re.sub(r"^(?:\s|\\\n)+", "", CONTINUATION.join(parts)).rstrip(), tuple(inner)

    def _heredocs(self, text: str, first: int) -> Iterator[Heredoc]:
        for word in _WORD.findall(text.replace(CONTINUATION, "")):
            mark = _HEREDOC.fullmatch(word)
            if mark is None:
                continue
            name = mark[2] or mark[3] or mark[4]
            lines: list[str] = []
            while True:
                if self.at >= len(self.lines):
                    raise DockerfileError(first, f"the here-document {name} does not end")
                line = self.lines[self.at]
                self.at += 1
                if (line.lstrip("\t") if mark[1] else line) == name:
                    break
                lines.append(f"{line}\n")
            yield Heredoc(word, name, "".join(lines), bool(mark[1]), mark[4] is None)


def _flags(text: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return the flags before the arguments with their values, and the rest."""
    flags: list[tuple[str, str]] = []
    at = 0
    while True:
        at = _skip_blanks(text, at)
        if not text.startswith("--", at):
            return tuple(flags), text[at:]
        word, at = _flag(text, at)
        if word == "--":
            return tuple(flags), text[at:]
        name, equals, value = word[2:].partition("=")
        flags.append((name, value if equals else "true"))


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and (text[at].isspace() or text.startswith(CONTINUATION, at)):
        at += 2 if text[at] == "\\" else 1
    return at


def _flag(text: str, at: int) -> tuple[str, int]:
    """Return the value of a flag without its quotes, and its end."""
    word: list[str] = []
    quote = ""
    while at < len(text) and (quote or not text[at].isspace()):
        if text.startswith(CONTINUATION, at):
            at += 2
            continue
        mark = text[at]
        if mark == quote:
            quote = ""
        elif not quote and mark in "'\"":
            quote = mark
        elif mark == "\\" and at + 1 < len(text):
            at += 1
            word.append(text[at])
        else:
            word.append(mark)
        at += 1
    return "".join(word), at


def normalized(instructions: Sequence[Instruction]) -> str:
    """Return instructions as a text that comments, blank lines and continued lines do not change."""
    rows = [
        [each.keyword, each.flags, each.joined, [[heredoc.mark, heredoc.raw] for heredoc in each.heredocs]]
        for each in instructions
    ]
    return json.dumps(rows)
