"""An error location includes only the lines of its file that are printed."""

from __future__ import annotations

from kairosfile.gateway.status import MAX_LINE, MAX_LINES, SMALL_FILE, excerpt
from kairosfile.llb import Location, Range, SourceMap

LINES = [b"line %d" % number for number in range(1, 5001)]
FILE = SourceMap("Kairosfile", b"\n".join(LINES), "YAML")


def at(first: int, last: int) -> Location:
    return excerpt(Location(FILE, (Range(first, 0, last, 3),)))


def test_lines_around_a_place_keep_their_numbers_and_all_others_are_empty() -> None:
    data = at(2000, 2001).source_map.data.split(b"\n")

    assert data[1995:2005] == LINES[1995:2005]
    assert set(data[:1995]) == {b""}
    assert len(data) == 2005


def test_first_and_last_line_have_fewer_around_them() -> None:
    assert at(1, 1).source_map.data.split(b"\n") == LINES[:5]
    assert at(5000, 5000).source_map.data.split(b"\n")[4995:] == LINES[4995:]
    assert at(9000, 9000).source_map.data == b""


def test_long_place_and_long_line_are_cut() -> None:
    place = at(10, 4000)
    long = excerpt(Location(SourceMap("Kairosfile", b"x" * (SMALL_FILE + 1)), (Range(1, 0, 1, 1),)))

    assert place.ranges == (Range(10, 0, 10 + MAX_LINES - 1, 0),)
    assert long.source_map.data == b"x" * MAX_LINE + b"..."


def test_small_file_stays_whole() -> None:
    location = Location(SourceMap("Kairosfile", b"a\n" * 100), (Range(1, 0, 1, 1),))

    assert excerpt(location) is location
