"""Places of a Kairosfile in LLB's terms: lines from 1, characters from 0, an end line that is included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import llb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kairosfile.spec.source import Range


def locations(source_map: llb.SourceMap, ranges: Iterable[Range]) -> tuple[llb.Location, ...]:
    """Return places as one location for each file that they are in; `source_map` is that of the Kairosfile."""
    files: dict[llb.SourceMap, list[llb.Range]] = {}
    for where in ranges:
        files.setdefault(_file(source_map, where), []).append(_range(where))
    return tuple(llb.Location(file, tuple(found)) for file, found in files.items())


def lines(source_map: llb.SourceMap, ranges: Iterable[Range]) -> tuple[llb.Location, ...]:
    """Return the whole lines of places: buildx's debugger stops only where a range starts with its line."""
    return tuple(
        location._replace(ranges=tuple(llb.Range(it.start_line, 0, it.end_line, 0) for it in location.ranges))
        for location in locations(source_map, ranges)
    )


def _file(source_map: llb.SourceMap, where: Range) -> llb.SourceMap:
    if where.source is None:
        return source_map
    return llb.SourceMap(where.source.filename, where.source.text.encode(), source_map.language)


def _range(where: Range) -> llb.Range:
    """A range that ends with a line break ends on that line, of which the characters do not matter then."""
    ends_inside = where.last_line == where.end.line
    character = where.end.column - 1 if ends_inside else 0
    return llb.Range(where.start.line, where.start.column - 1, where.last_line, character)
