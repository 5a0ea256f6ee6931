"""Read a Dockerfile: instructions with their lines, flags, here-documents and comments.

Nothing is expanded or judged here. The readers on PyPI know no here-documents: they take the lines of a script for
instructions.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIRECTIVE = re.compile(r"#\s*([A-Za-z]+)\s*=\s*(\S+)\s*$")
_FLAG = re.compile(r"""(?:\s|\\\n)*--([a-z][a-z.-]*)(?:=((?:'[^']*'|"[^"]*"|[^\s'"\\]|\\[^\n])*))?(?=\s|\\\n|$)""")
_HEREDOC = re.compile(r"""(?:^|\s)\d*<<(-?)(["']?)([A-Za-z0-9_.]+)\2(?=\s|$)""")
_WITH_HEREDOCS = ("RUN", "COPY", "ADD")


class Heredoc(NamedTuple):
    """A here-document: its content, whether it is quoted, and where its mark stands in the text."""

    content: str
    quoted: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: `text` is what follows keyword and flags, with its lines continued as a shell has it."""

    keyword: str
    text: str
    line: int
    flags: tuple[tuple[str, str], ...] = ()
    heredocs: tuple[Heredoc, ...] = ()
    comment: tuple[str, ...] = ()

    @property
    def joined(self) -> str:
        """The text as one line, as a builder reads it."""
        return self.text.replace("\\\n", "")

    @property
    def exec_form(self) -> list[str] | None:
        """The words of an instruction in exec form, None for any other."""
        try:
            words = json.loads(self.joined)
        except ValueError:
            return None
        is_words = isinstance(words, list) and all(isinstance(word, str) for word in words)
        return words if is_words else None

    def flag(self, name: str) -> str:
        """Return the value of a flag, empty where it is not given."""
        return dict(self.flags).get(name, "")

    @property
    def said(self) -> str:
        """What it says, shortened for a message."""
        flags = "".join(f" --{name}={value}" for name, value in self.flags)
        words = f"{self.keyword}{flags} {' '.join(self.joined.split())}"
        return words if len(words) <= 100 else f"{words[:97]}..."  # noqa: PLR2004 - a line of a terminal


def parse(text: str) -> list[Instruction]:
    """Return the instructions of a Dockerfile."""
    return list(_Reader(text).instructions())


class _Reader:
    def __init__(self, text: str) -> None:
        self.lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
        self.at = 0
        self.escape = "\\"

    def instructions(self) -> Iterator[Instruction]:
        self._directives()
        comment: list[str] = []
        while self.at < len(self.lines):
            line = self.lines[self.at].strip()
            if line.startswith("#"):
                comment.append(line[1:].removeprefix(" "))
                self.at += 1
            elif not line:
                comment = []
                self.at += 1
            else:
                yield self._instruction(tuple(comment))
                comment = []

    def _directives(self) -> None:
        while self.at < len(self.lines) and (found := _DIRECTIVE.match(self.lines[self.at])):
            if found[1].lower() == "escape":
                self.escape = found[2]
            self.at += 1

    def _instruction(self, comment: tuple[str, ...]) -> Instruction:
        first = self.at
        keyword, _, rest = self._logical().partition(" ")
        flags: list[tuple[str, str]] = []
        while found := _FLAG.match(rest):
            flags.append((found[1], re.sub(r"""['"](?=[^,]*$)|^['"]""", "", found[2] or "") if found[2] else ""))
            rest = rest[found.end() :]
        text = re.sub(r"^(?:\s|\\\n)+", "", rest).rstrip()
        heredocs = tuple(self._heredocs(text)) if keyword.upper() in _WITH_HEREDOCS and text[:1] != "[" else ()
        return Instruction(keyword.upper(), text, first + 1, tuple(flags), heredocs, comment)

    def _logical(self) -> str:
        """Return the lines up to one that is not continued, without comments and blank lines between them."""
        parts: list[str] = []
        while self.at < len(self.lines):
            line = self.lines[self.at].rstrip()
            self.at += 1
            if parts and (not line.strip() or line.lstrip().startswith("#")):
                continue
            continued = line.endswith(self.escape)
            parts.append(line.removesuffix(self.escape) if continued else line)
            if not continued:
                break
        return "\\\n".join(parts).lstrip()

    def _heredocs(self, text: str) -> Iterator[Heredoc]:
        for mark in _HEREDOC.finditer(text.replace("\\\n", "  ")):
            lines: list[str] = []
            while self.at < len(self.lines):
                line = self.lines[self.at].lstrip("\t") if mark[1] else self.lines[self.at]
                self.at += 1
                if line == mark[3]:
                    break
                lines.append(f"{line}\n")
            yield Heredoc("".join(lines), bool(mark[2]), *mark.span())
