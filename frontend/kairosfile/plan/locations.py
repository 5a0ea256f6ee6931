"""Places of a Kairosfile in LLB's terms: lines from 1, characters from 0, an end line that is included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import llb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kairosfile.spec.source import Range


def location(source_map: llb.SourceMap, ranges: Iterable[Range]) -> llb.Location:
    """Return places of one file as one location."""
    return llb.Location(source_map, tuple(_range(where) for where in ranges))


def _range(where: Range) -> llb.Range:
    """A range that ends with a line break ends on that line, of which the characters do not matter then."""
    ends_inside = where.last_line == where.end.line
    character = where.end.column - 1 if ends_inside else 0
    return llb.Range(where.start.line, where.start.column - 1, where.last_line, character)
