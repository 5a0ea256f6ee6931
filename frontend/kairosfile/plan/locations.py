"""The ranges of a plan's steps and images as locations of LLB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import llb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kairosfile.language.nodes import Range


def locations(source_map: llb.SourceMap, ranges: Iterable[Range]) -> tuple[llb.Location, ...]:
    """Return ranges as locations, one for each file; `source_map` is the source map of the Kairosfile."""
    files: dict[llb.SourceMap, list[llb.Range]] = {}
    for range_ in ranges:
        files.setdefault(_file(source_map, range_), []).append(_range(range_))
    return tuple(llb.Location(file, tuple(ranges)) for file, ranges in files.items())


def lines(source_map: llb.SourceMap, ranges: Iterable[Range]) -> tuple[llb.Location, ...]:
    """Return ranges as locations of whole lines: buildx's debugger stops only where a range starts with its line."""
    return tuple(
        location._replace(ranges=tuple(llb.Range(it.start_line, 0, it.end_line, 0) for it in location.ranges))
        for location in locations(source_map, ranges)
    )


def _file(source_map: llb.SourceMap, range_: Range) -> llb.SourceMap:
    if range_.source is None:
        return source_map
    return llb.SourceMap(range_.source.filename, range_.source.text.encode(), source_map.language)


def _range(range_: Range) -> llb.Range:
    """A range that ends with a line break ends on that line; the character does not matter then."""
    ends_inside = range_.last_line == range_.end.line
    character = range_.end.column - 1 if ends_inside else 0
    return llb.Range(range_.start.line, range_.start.column - 1, range_.last_line, character)
