"""The layout of a value: where it begins and ends in the text, in which style, and on which lines.

Positions are offsets into the text here. A range of the tree includes an anchor, and the range of a block includes the
blank lines after it; an edit of a value needs only its characters.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from kairosfile.language.source import Position, Range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.nodes import Node

Style = Literal["empty", "plain", "single", "double", "literal", "folded", "flow", "block", "alias"]
BLOCK_SCALARS = ("literal", "folded")
QUOTES: dict[str, str] = {"single": "'", "double": '"'}

# An anchor, or the tag `!`, before a value.
_PROPERTY = re.compile(r"[&!][^\s,\[\]{}]*[ \t]*(?:\n[ \t]*)*")
_STYLES: dict[str, Style] = {"*": "alias", "'": "single", '"': "double", "|": "literal", ">": "folded"}


@dataclass(frozen=True, slots=True)
class Written:
    """A value in the text: `start` to `end` without an anchor, which starts at `anchor` if the value has one."""

    anchor: int
    start: int
    end: int
    style: Style

    @property
    def has_anchor(self) -> bool:
        """Whether the value has an anchor or a tag before it."""
        return self.anchor < self.start


class Layout:
    """The lines of a text, and the layout of the values of its tree."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def offset(self, place: Position) -> int:
        """Return a position as an offset."""
        return min(self.starts[min(place.line, len(self.starts)) - 1] + place.column - 1, len(self.text))

    def range(self, start: int, end: int) -> Range:
        """Return the range between two offsets."""
        return Range(self._position(start), self._position(end))

    def _position(self, offset: int) -> Position:
        line = bisect_right(self.starts, offset, hi=len(self.starts) - 1)
        return Position(line, offset - self.starts[line - 1] + 1)

    def line_start(self, offset: int) -> int:
        """Return the offset where the line of an offset begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Return the offset where the line of an offset ends, before its line feed."""
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found

    def is_first(self, offset: int) -> bool:
        """Return whether only spaces precede an offset on its line."""
        return not self.text[self.line_start(offset) : offset].strip(" ")

    def column(self, offset: int) -> int:
        """Return the number of characters before an offset on its line."""
        return offset - self.line_start(offset)

    def comment_after(self, offset: int) -> bool:
        """Return whether a comment follows on the same line."""
        return "#" in self.text[offset : self.line_end(offset)]

    def with_comments_above(self, offset: int) -> int:
        """Return the start of the line of an offset, or of the comment lines directly above it, indented as it is."""
        start, mark = self.line_start(offset), " " * self.column(offset) + "#"
        while start and self.text.startswith(mark, above := self.line_start(start - 1)) and not self._directs(above):
            start = above
        return start

    def _directs(self, start: int) -> bool:
        """Return whether a comment belongs to the file and not to the next line, such as `# syntax=`."""
        return re.match(r"#\s*\w+\s*=", self.text[start : self.line_end(start)]) is not None

    def own_text(self, node: Node) -> str:
        """Return the characters of a value, without an anchor."""
        written = self.written(node)
        return self.text[written.start : written.end]

    def is_alias(self, node: Node) -> bool:
        """Return whether a value is an alias."""
        return self.written(node).style == "alias"

    def anchor_of(self, node: Node) -> str:
        """Return the name of a value's anchor, empty if it has none."""
        written = self.written(node)
        found = re.match(r"(?:!\s+)?&(\S+)", self.text[written.anchor : max(written.start, written.end)])
        return found[1] if found and written.has_anchor else ""

    def written(self, node: Node) -> Written:
        """Return the layout of a value."""
        anchor = start = self.offset(node.range.start)
        end = self.offset(node.range.end)
        while (found := _PROPERTY.match(self.text, start, end)) and start < end:
            start = found.end()
        style = self._style(node, start)
        if style == "empty":
            end = anchor + len(self.text[anchor:end].rstrip())
            return Written(anchor, end, end, style)
        return Written(anchor, start, self._end(node, start, end, style), style)

    def _style(self, node: Node, start: int) -> Style:
        mark = self.text[start : start + 1]
        if node.value is None and not node.quoted and start >= self.offset(node.range.end):
            return "empty"
        if mark in _STYLES and node.quoted == (mark != "*"):
            return _STYLES[mark]
        if isinstance(node.value, dict | list):
            return "flow" if mark in "{[" else "block"
        return _STYLES.get(mark, "plain")

    def _end(self, node: Node, start: int, end: int, style: Style) -> int:
        if style == "block":
            return max(self.written(child).end for child in children(node))
        if style not in BLOCK_SCALARS:
            return end
        body = self.text[start:end]
        if "+" in self.text[start : self.line_end(start)].partition("#")[0]:
            return start + len(body.removesuffix("\n"))
        return self._without_blank_lines(start, end)

    def _without_blank_lines(self, start: int, end: int) -> int:
        """Return the offset where the last line that is not empty between two offsets ends."""
        while (cut := self.text.rfind("\n", start, end)) >= 0 and not self.text[cut + 1 : end].strip(" \t"):
            end = cut
        return end

    def after_key(self, node: Node) -> int:
        """Return the offset after the colon of a member; -1 if the colon is not on the line of the key."""
        if node.key is None:
            return -1
        found = re.compile(r"[ \t]*:").match(self.text, self.offset(node.key.end))
        return found.end() if found else -1

    def dash(self, items: Node, item: Node) -> int:
        """Return the offset of the dash before an item of a list in block style, -1 if it is not found."""
        column = self.column(min(self._before(child) for child in items.items))
        place = self._before(item)
        return place if self.column(place) == column and self.text.startswith("-", place) else -1

    def _before(self, item: Node) -> int:
        return self.text.rfind("-", 0, self._first_of(item))

    def _first_of(self, item: Node) -> int:
        """Return the offset where an item begins; an empty one ends with its dash."""
        return self.offset(item.range.start)


def children(node: Node) -> list[Node]:
    """Return the members or items of a value."""
    return list(node.fields.values()) or node.items


def walk(node: Node, layout: Layout) -> Iterator[Node]:
    """Yield a value and its descendants; of an alias only the alias."""
    yield node
    if not layout.is_alias(node):
        for child in children(node):
            yield from walk(child, layout)
