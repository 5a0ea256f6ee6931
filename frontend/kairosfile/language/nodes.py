"""The text of a Kairosfile, ranges of positions in it, and its tree of values with their ranges.

Lines and columns count from 1, columns count characters. A range ends before its `end`. A range in an included file
carries that file; the ranges of the built Kairosfile carry no file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kairosfile.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Value = str | bool | None | list["Node"] | dict[str, "Node"]
Plain = str | bool | None | list["Plain"] | dict[str, "Plain"]
Path = tuple[str | int, ...]

# Plain scalars that are not text, in YAML 1.2's spelling: `no` and `on` are text.
CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}


_MOST_TEXTS = 4
_lines: dict[str, list[str]] = {}  # of the texts that were read last


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, cached because each diagnostic quotes one."""
    lines = _lines.get(text)
    if lines is None:
        if len(_lines) >= _MOST_TEXTS:
            _lines.clear()
        lines = _lines[text] = text.split("\n")
    return lines


class Position(NamedTuple):
    """One place in a text; line and column count from 1."""

    line: int
    column: int


class Range:
    """A range from `start` up to, but not including, `end`; `source` is its included file, if any.

    Ranges are compared and sorted by their positions. They are immutable. A dataclass would be shorter, but importing
    that module costs the frontend more than all work with ranges.
    """

    __slots__ = ("end", "source", "start")

    def __init__(self, start: Position, end: Position, source: Source | None = None) -> None:
        self.start = start
        self.end = end
        self.source = source

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Range) and self.start == other.start and self.end == other.end

    def __lt__(self, other: Range) -> bool:
        return (self.start, self.end) < (other.start, other.end)

    def __hash__(self) -> int:
        return hash((self.start, self.end))

    def __repr__(self) -> str:
        return f"Range(start={self.start!r}, end={self.end!r})"

    @classmethod
    def of(cls, line: int, column: int, width: int = 1) -> Range:
        """Return the range of `width` characters from one place on."""
        return cls(Position(line, column), Position(line, column + width))

    @property
    def filename(self) -> str:
        """The name of the included file, empty for the Kairosfile itself."""
        return self.source.filename if self.source else ""

    def to(self, end: Position) -> Range:
        """Return the range from the same start, in the same file, to another end."""
        return Range(self.start, end, self.source)

    def first(self) -> Range:
        """Return the first character of the range, in the same file."""
        return self.to(Position(self.start.line, self.start.column + 1))

    @property
    def last_line(self) -> int:
        """The last line that holds a character of the range."""
        ends_before_line = self.end.column == 1 and self.end.line > self.start.line
        return self.end.line - 1 if ends_before_line else self.end.line


class Source(NamedTuple):
    """A Kairosfile: its name as the user wrote it, and its text."""

    filename: str
    text: str

    def hold(self, range_: Range) -> Range:
        """Return the same range with this file as its source, for an included file."""
        return Range(range_.start, range_.end, self)

    def line(self, number: int) -> str:
        """Return one line without its end, empty after the last one."""
        lines = lines_of(self.text)
        return lines[number - 1] if 0 < number <= len(lines) else ""


class Node:
    """A value with its range; inside a mapping also with the range of its key.

    `origin` names the source of a value that does not come from the file: `--build-arg VERSION`. `quoted` marks a
    quoted or block scalar, which is always text.
    """

    __slots__ = ("key", "quoted", "range", "set_by", "value")

    def __init__(
        self,
        value: Value,
        range: Range,  # noqa: A002 - a name of the field
        key: Range | None = None,
        set_by: str = "",
        *,
        quoted: bool = False,
    ) -> None:
        self.value = value
        self.range = range
        self.key = key
        self.set_by = set_by
        self.quoted = quoted

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]  # a node can be changed

    def __repr__(self) -> str:
        return f"Node({self.value!r}, {self.range!r})"

    @property
    def fields(self) -> dict[str, Node]:
        """The members of a mapping, by their keys; none for any other value."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The items of a list; none for any other value."""
        return self.value if isinstance(self.value, list) else []

    @property
    def whole(self) -> Range:
        """The range of the key and the value together."""
        return self.key.to(self.range.end) if self.key else self.range

    def part(self, start: int = 0, end: int | None = None) -> Range | None:
        """Return the range of some characters of a text, None if the file does not contain the text literally."""
        first, last = self.range.start, self.range.end
        quote = int(self.quoted)
        if not isinstance(self.value, str) or self.set_by or first.line != last.line:
            return None
        if last.column - first.column != len(self.value) + 2 * quote:
            return None
        begin = first.column + quote
        stop = len(self.value) if end is None else end
        return Range(Position(first.line, begin + start), Position(first.line, begin + stop), self.range.source)

    def plain(self) -> Plain:
        """Return the value as plain data: text, bool, None, lists and dicts."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, part: str | int) -> Node | None:
        """Return the member or item of this name or index, None if it does not exist."""
        if isinstance(part, str):
            return self.fields.get(part)
        return self.items[part] if 0 <= part < len(self.items) else None

    def find(self, path: Path) -> Node:
        """Return the node at a path, or its nearest ancestor that exists."""
        node = self
        for part in path:
            node = node.child(part) or node
        return node

    def size(self) -> int:
        """Return the number of values of the subtree, with aliases expanded."""
        children: Iterable[Node] = self.fields.values() or self.items
        return 1 + sum(child.size() for child in children)


def replace(node: Node, **changes: Any) -> Node:  # noqa: ANN401 - the values of any fields
    """Return a copy of a node with other values in some of its fields."""
    return Node(**{**{name: getattr(node, name) for name in Node.__slots__}, **changes})
