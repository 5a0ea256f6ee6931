"""The excerpt of a file that buildx prints for a location, so that an error does not carry the whole file.

buildx prints the marked lines with at most four around them (buildkit solver/errdefs/source.go). All other lines are
sent empty, so the lines keep their numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kairosfile.llb import Location, Range

AROUND = 4
MAX_LINES = 50  # marked lines of one range
MAX_LINE = 1000  # bytes of a line
SMALL_FILE = 8 << 10  # bytes: a file that is sent whole


def excerpt(location: Location) -> Location:
    """Return a location in a copy of its file with only the lines around its ranges; a small file stays complete."""
    file = location.source_map
    if len(file.data) <= SMALL_FILE:
        return location
    ranges = tuple(_clipped(range_) for range_ in location.ranges)
    data = _blanked(file.data, ranges)
    return location._replace(source_map=file._replace(data=data), ranges=ranges)


def _clipped(range_: Range) -> Range:
    last = range_.start_line + MAX_LINES - 1
    return range_ if range_.end_line <= last else range_._replace(end_line=last, end_character=0)


def _blanked(data: bytes, ranges: tuple[Range, ...]) -> bytes:
    lines = data.split(b"\n")
    shown: dict[int, bytes] = {}
    for range_ in ranges:
        for number in range(max(1, range_.start_line - AROUND), min(len(lines), range_.end_line + AROUND) + 1):
            line = lines[number - 1]
            shown[number] = line if len(line) <= MAX_LINE else line[:MAX_LINE] + b"..."
    return b"\n".join(shown.get(number, b"") for number in range(1, max(shown, default=0) + 1))
