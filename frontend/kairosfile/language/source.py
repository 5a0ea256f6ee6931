"""The text of a Kairosfile, positions in it, and ranges of positions.

Lines and columns count from 1, columns count characters. A range ends before its `end`. A range in an included file
carries that file; the ranges of the built Kairosfile carry no file.
"""

from __future__ import annotations

from functools import lru_cache

from kairosfile.named_tuple import NamedTuple


@lru_cache(maxsize=2)
def _lines(text: str) -> list[str]:
    """Return the lines of a text, cached because each diagnostic quotes one."""
    return text.split("\n")


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
        lines = _lines(self.text)
        return lines[number - 1] if 0 < number <= len(lines) else ""
