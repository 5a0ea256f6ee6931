"""Where things stand in a Kairosfile: a text, positions in it, ranges of positions.

Lines and columns count from 1, columns count characters. A range ends before its `end`. A range of an included file
carries that file; the ranges of the Kairosfile that the build names carry none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Position(NamedTuple):
    """One place in a text; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """From `start` up to, but not including, `end`; `source` is the included file that it is a part of, if any."""

    start: Position
    end: Position
    source: Source | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, line: int, column: int, width: int = 1) -> Range:
        """Return the range of `width` characters from one place on."""
        return cls(Position(line, column), Position(line, column + width))

    @property
    def filename(self) -> str:
        """The name of the included file, nothing for the Kairosfile itself."""
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
    """A Kairosfile as it was read: the name that the user gave it, and its text."""

    filename: str
    text: str

    def hold(self, where: Range) -> Range:
        """Return the same range as one of this file, for a file that another one names."""
        return Range(where.start, where.end, self)

    def line(self, number: int) -> str:
        """Return one line without its end, or nothing past the last one."""
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""
