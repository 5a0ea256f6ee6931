"""A Kairosfile that is being typed, read by lines and indentation: which key or item stands where.

It never fails. What is no YAML yet is read as far as it can be understood, and the lines below an unfinished one keep
their places. Values stay text. Anchors, tags and quotes over several lines are the parser's part, not looked at here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kairosfile.cli.lsp.flow import Flow
from kairosfile.spec.source import Position, Range

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kairosfile.spec.nodes import Path

DASH = re.compile(r"-(?:\s+|$)")
KEY = re.compile(r"""(?P<key>"[^"]*"|'[^']*'|[^\s#"'\[\]{},&*!|>%@`-][^#:]*?|-[^\s:]+?)\s*:(?=\s|$)\s*""")
_BLOCK = re.compile(r"[|>][0-9+-]*\s*(?:#.*)?$")
_COMMENT = re.compile(r"(?:^|\s+)#.*$")


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with what stands behind it on its line, or an item of a list.

    `path` is that of the value. `key` is None for an item. `value` is empty where nothing stands there, or a collection
    does; `text` is that value without quotes.
    """

    path: Path
    key: Range | None
    value: Range
    text: str = ""

    @property
    def whole(self) -> Range:
        """The key and the value together."""
        return self.key.to(self.value.end) if self.key else self.value


@dataclass(slots=True)
class Level:
    """A block that is open: the column of its keys or dashes, its path, and the key or number that came last."""

    column: int
    path: Path
    last: str | int
    empty: bool = True  # whether nothing stands behind the last key or dash

    @property
    def child(self) -> Path:
        """The path of the last member."""
        return (*self.path, self.last)

    @property
    def is_list(self) -> bool:
        """Whether dashes stand at the column, not keys."""
        return isinstance(self.last, int)


class Outline:
    """The entries of a text in its order, and the blocks that are open at its end."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.entries: list[Entry] = []
        self.levels: list[Level] = []
        self.flow: Flow | None = None
        self.block: int | None = None  # how many blanks the parent of a text block has
        for number, line in enumerate(lines, 1):
            self.read(number, line)

    def read(self, number: int, line: str) -> None:
        """Take in the next line."""
        body = line.lstrip()
        indent = len(line) - len(body)
        if self.block is not None and (not body or indent > self.block):
            return
        self.block = None
        if self.flow and (indent <= self.flow.indent) and (KEY.match(body) or DASH.match(body)):
            self.flow = None  # its bracket was never closed
        if self.flow:
            self._flow(number, line, 0)
        elif body and not body.startswith(("#", "---", "...")):
            self._block(number, line, indent)

    def keys(self, path: Path) -> list[str]:
        """Return the keys of the mapping at a path, in their order."""
        found = [entry.path[-1] for entry in self.entries if entry.path[:-1] == path and entry.path]
        return [key for key in found if isinstance(key, str)]

    def find(self, path: Path) -> Entry | None:
        """Return the entry at a path."""
        return next((entry for entry in self.entries if entry.path == path), None)

    def text(self, *path: str | int) -> str:
        """Return the value at a path, nothing where there is none."""
        entry = self.find(path)
        return entry.text if entry else ""

    def items(self, path: Path) -> list[str]:
        """Return the values of the items of the list at a path."""
        return [entry.text for entry in self.entries if entry.path[:-1] == path and isinstance(entry.path[-1], int)]

    def at(self, place: Position) -> Entry | None:
        """Return the innermost entry whose key or value holds a place."""
        holding = [entry for entry in self.entries if entry.whole.start <= place <= entry.whole.end]
        return holding[-1] if holding else None

    def open_block(self, column: int) -> None:
        """Close the blocks that a line which begins at a column is no part of."""
        while self.levels and self.levels[-1].column > column:
            self.levels.pop()

    def open_path(self) -> Path:
        """Return the path of what is written below the last line."""
        return self.levels[-1].child if self.levels else ()

    def dash(self, column: int) -> None:
        """Take in the dash of an item."""
        self.open_block(column)
        top = self.levels[-1] if self.levels else None
        if top and top.column == column and isinstance(top.last, int):
            top.last += 1
            top.empty = True
        else:
            self.levels.append(Level(column, self.open_path(), 0))

    def _key(self, column: int, name: str) -> None:
        self.open_block(column)
        while self.levels and self.levels[-1].column == column and self.levels[-1].is_list:
            self.levels.pop()
        if self.levels and self.levels[-1].column == column:
            self.levels[-1].last = name
            self.levels[-1].empty = True
        else:
            self.levels.append(Level(column, self.open_path(), name))

    def _block(self, number: int, line: str, offset: int) -> None:
        place = offset
        while match := DASH.match(line, place):
            self.dash(place + 1)
            place = match.end()
        key = None
        if match := KEY.match(line, place):
            self._key(place + 1, match["key"].strip("\"'"))
            key = Range.of(number, place + 1, len(match["key"]))
            place = match.end()
        elif place == offset:
            self.open_block(offset + 1)
            return  # a word that is no key yet, or the next line of a text
        self._value(number, line, place, key)

    def _value(self, number: int, line: str, place: int, key: Range | None) -> None:
        rest = line[place:]
        level = self.levels[-1]
        if _BLOCK.match(rest):
            self.block = level.column - 1
            rest = ""
        elif rest.startswith(("[", "{")):
            self.entries.append(Entry(level.child, key, Range.of(number, place + 1, 0)))
            level.empty = False
            self.flow = Flow(level.child, level.column - 1)
            self._flow(number, line, place)
            return
        text = _COMMENT.sub("", rest).rstrip()
        level.empty = not text and self.block is None
        self.entries.append(Entry(level.child, key, Range.of(number, place + 1, len(text)), _bare(text)))

    def _flow(self, number: int, line: str, place: int) -> None:
        flow = self.flow
        if flow is None:
            return
        for path, key, value in flow.read(line, place):
            start, end = value
            where = Range(Position(number, start + 1), Position(number, end + 1))
            named = Range(Position(number, key[0] + 1), Position(number, key[1] + 1)) if key else None
            self.entries.append(Entry(path, named, where, _bare(line[start:end])))
        if not flow.levels:
            self.flow = None


def _bare(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text


def lines_of(text: str) -> list[str]:
    """Return the lines of a text as editors count them."""
    return text.replace("\r\n", "\n").split("\n")
