"""The layout of a value in the text, and new values as YAML text in the same layout.

The layout is where a value begins and ends, its style, and its lines. Positions are offsets into the text here. A
range of the tree includes an anchor, and the range of a block includes the blank lines after it; an edit of a value
needs only its characters.

A value is written in one line, as a flow collection, or as lines of block style. A text is written without quotes if
the parser reads the same text back, so `no` needs no quotes and `true` does.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from kairosfile.language.diagnostics import KairosfileError
from kairosfile.language.nodes import Position, Range, Source
from kairosfile.language.parser import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kairosfile.language.nodes import Node, Plain


Style = Literal["empty", "plain", "single", "double", "literal", "folded", "flow", "block", "alias"]
BLOCK_SCALARS = ("literal", "folded")
QUOTES: dict[str, str] = {"single": "'", "double": '"'}

# An anchor, or the tag `!`, before a value.
_PROPERTY = re.compile(r"[&!][^\s,\[\]{}]*[ \t]*(?:\n[ \t]*)*")
_STYLES: dict[str, Style] = {"*": "alias", "'": "single", '"': "double", "|": "literal", ">": "folded"}

STEP = "  "
# Characters that YAML allows in a text, except line breaks that editors count differently.
_SPECIAL = re.compile(r"[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_WORDS: dict[bool | None, str] = {True: "true", False: "false", None: "null"}

_LONGEST_KEY = 1000  # YAML allows 1024 characters before the colon


@dataclass(frozen=True, slots=True)
class ValueSpan:
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

    def offset(self, position: Position) -> int:
        """Return a position as an offset."""
        return min(self.starts[min(position.line, len(self.starts)) - 1] + position.column - 1, len(self.text))

    def range(self, start: int, end: int) -> Range:
        """Return the range between two offsets."""
        return Range(self._position(start), self._position(end))

    def _position(self, offset: int) -> Position:
        line = bisect_right(self.starts, offset, hi=len(self.starts) - 1)
        return Position(line, offset - self.starts[line - 1] + 1)

    def line_start(self, offset: int) -> int:
        """Return the start offset of the line of an offset."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Return the end offset of the line of an offset, before its line feed."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end

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
        span = self.span_of(node)
        return self.text[span.start : span.end]

    def is_alias(self, node: Node) -> bool:
        """Return whether a value is an alias."""
        return self.span_of(node).style == "alias"

    def anchor_of(self, node: Node) -> str:
        """Return the name of a value's anchor, empty if it has none."""
        span = self.span_of(node)
        match = re.match(r"(?:!\s+)?&(\S+)", self.text[span.anchor : max(span.start, span.end)])
        return match[1] if match and span.has_anchor else ""

    def span_of(self, node: Node) -> ValueSpan:
        """Return the layout of a value."""
        anchor = start = self.offset(node.range.start)
        end = self.offset(node.range.end)
        while (match := _PROPERTY.match(self.text, start, end)) and start < end:
            start = match.end()
        style = self._style(node, start)
        if style == "empty":
            end = anchor + len(self.text[anchor:end].rstrip())
            return ValueSpan(anchor, end, end, style)
        return ValueSpan(anchor, start, self._end(node, start, end, style), style)

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
            return max(self.span_of(child).end for child in children(node))
        if style not in BLOCK_SCALARS:
            return end
        body = self.text[start:end]
        if "+" in self.text[start : self.line_end(start)].partition("#")[0]:
            return start + len(body.removesuffix("\n"))
        return self._without_blank_lines(start, end)

    def _without_blank_lines(self, start: int, end: int) -> int:
        """Return the end offset of the last line between two offsets that is not empty."""
        while (cut := self.text.rfind("\n", start, end)) >= 0 and not self.text[cut + 1 : end].strip(" \t"):
            end = cut
        return end

    def after_key(self, node: Node) -> int:
        """Return the offset after the colon of a member; -1 if the colon is not on the line of the key."""
        if node.key is None:
            return -1
        match = re.compile(r"[ \t]*:").match(self.text, self.offset(node.key.end))
        return match.end() if match else -1

    def dash(self, items: Node, item: Node) -> int:
        """Return the offset of the dash before an item of a list in block style, -1 if it is not found."""
        column = self.column(min(self._before(child) for child in items.items))
        position = self._before(item)
        return position if self.column(position) == column and self.text.startswith("-", position) else -1

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


def one_line(value: Plain, quotes: str = "", *, in_flow: bool = False) -> str:
    """Return a value on one line; a text in these quotes (unquoted for '') if possible, else in double quotes."""
    if isinstance(value, dict):
        inner = (f"{key_text(name, in_flow=True)}: {one_line(member, in_flow=True)}" for name, member in value.items())
        return f"{{{', '.join(inner)}}}"
    if isinstance(value, list):
        return f"[{', '.join(one_line(item, in_flow=True) for item in value)}]"
    if not isinstance(value, str):
        return _WORDS[value]
    if quotes == "'" and "\n" not in value and not _SPECIAL.search(value):
        return "'" + value.replace("'", "''") + "'"
    return value if not quotes and _is_plain(value, in_flow=in_flow) else _double_quoted(value)


def key_text(name: str, *, in_flow: bool = False) -> str:
    """Return the name of a member, in quotes if it needs them."""
    return name if _is_plain(name, in_flow=in_flow, key=True) else _double_quoted(name)


def entry(head: str, value: Plain, indent: str) -> list[str]:
    """Return the lines of a member or an item in block style; `head` is `name:` or a dash with its spacing."""
    if isinstance(value, str) and (block := literal(value, indent + STEP)):
        return [f"{indent}{head.rstrip()} {block[0]}", *block[1:]]
    if not value or not isinstance(value, dict | list):
        text = "" if value is None else one_line(value)
        line = f"{head.rstrip()} {text}" if head.endswith(":") else f"{head}{text}"
        return [(indent + line).rstrip(" ")]
    if head.endswith(":"):
        return [indent + head, *collection(value, indent + STEP)]
    first, *others = collection(value, indent + " " * len(head))
    return [indent + head + first.lstrip(" "), *others]


def collection(value: Mapping[str, Plain] | Sequence[Plain], indent: str) -> list[str]:
    """Return the lines of a mapping or a list, which is not empty, in block style."""
    if isinstance(value, dict):
        return [line for name, member in value.items() for line in entry(f"{key_text(name)}:", member, indent)]
    return [line for item in value for line in entry("- ", item, indent)]


def literal(text: str, indent: str, style: str = "|") -> list[str]:
    """Return a text of several lines as a block of a style, header first; empty if that is impossible."""
    body = text.rstrip("\n")
    if "\n" not in text or not can_be_block(text):
        return []
    return block_of(body, len(text) - len(body), indent, style)


def can_be_block(text: str) -> bool:
    """Return whether a text can be a block without an explicit indentation number."""
    return bool(text.strip()) and text[0] not in " \t\n" and not _SPECIAL.search(text)


def block_of(body: str, ends: int, indent: str, style: str) -> list[str]:
    """Return the lines of a block, header first; `ends` is the number of line feeds at the end of the text."""
    chomping = ("-", "")[ends] if ends < 2 else "+"  # noqa: PLR2004 - none, one, or more that are kept
    lines = [indent + line if line else "" for line in body.split("\n")]
    if style == ">":
        lines = [line for number, line in enumerate(lines) for line in (["", line] if number else [line])]
    return [style + chomping, *lines, *[""] * max(0, ends - 1)]


def _is_plain(text: str, *, in_flow: bool, key: bool = False) -> bool:
    """Return whether every parser reads a text without quotes back unchanged, wherever it is inserted.

    PyYAML without libyaml, as the playground has it, reads no tab in such a text.
    """
    if not text or "\n" in text or "\t" in text or (len(text) > _LONGEST_KEY and key):
        return False
    sample = f"{text}: x" if key else f"x: {text}"
    try:
        read = parse(Source("", f"[{{{sample}}}]" if in_flow else sample)).plain()
    except KairosfileError:
        return False
    pair = {text: "x"} if key else {"x": text}
    return read == ([pair] if in_flow else pair)


def _double_quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _SPECIAL.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
