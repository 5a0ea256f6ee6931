"""The fenced blocks of a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXCUSE = re.compile(r"<!-- not run here: (?P<reason>\S.*) -->")
STATUS = re.compile(r"<!-- exits with (?P<status>\d+) -->")
TITLE = re.compile(r'title="(?P<title>[^"]+)"')
NEEDS_ENGINE = re.compile(r"\bdocker\b|\bkairosfile (build|doctor)\b(?!.*--print)")


class Command(NamedTuple):
    """A command for bash, and lines that its output has."""

    text: str
    shown: list[str]


class Block(NamedTuple):
    """A fenced block, and the content of the comment before it.

    `line` counts from 1. `excuse` is the reason for not running the commands, or empty; `status` is the exit status
    of the last one.
    """

    line: int
    language: str
    title: str
    text: str
    excuse: str
    status: int

    @property
    def needs_engine(self) -> bool:
        """Whether one of its commands talks to an engine."""
        return any(NEEDS_ENGINE.search(command.text) for command in self.commands)

    @property
    def commands(self) -> list[Command]:
        """The commands of a console block."""
        actual: list[Command] = []
        for line in self.text.splitlines() if self.language == "console" else ():
            if line.startswith("$ "):
                actual.append(Command(line[2:], []))
            elif actual and actual[-1].text.endswith("\\"):
                actual[-1] = Command(f"{actual[-1].text}\n{line}", [])
            elif actual:
                actual[-1].shown.append(line)
        return actual


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page in their order."""
    before = ""
    for token in MarkdownIt().parse(page.read_text()):
        if token.type == "fence":
            language = token.info.partition(" ")[0]
            excuse, status, title = EXCUSE.fullmatch(before), STATUS.fullmatch(before), TITLE.search(token.info)
            yield Block(
                line=(token.map or [0])[0] + 1,
                language=language,
                title=title["title"] if title else "",
                text=token.content,
                excuse=excuse["reason"] if excuse else "",
                status=int(status["status"]) if status else 0,
            )
        before = token.content.strip() if token.type == "html_block" else ""
