"""Which lines of which file each op came from, so that a daemon can show them when the op fails.

Locations are collected by digest while a graph is marshalled. Files are numbered in the order of their first
use; equal files are one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.llb.canonical import delimited, map_field
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kairosfile.llb.definition import Definition
    from kairosfile.llb.state import State


class SourceMap(NamedTuple):
    """A file that ops come from: its name, its bytes, its language and the state it was read from, if any."""

    filename: str
    data: bytes
    language: str | None = None
    state: State | None = None


class Range(NamedTuple):
    """From a position to another; lines count from 1, characters from 0."""

    start_line: int
    start_character: int
    end_line: int
    end_character: int


class Location(NamedTuple):
    """Ranges in one file."""

    source_map: SourceMap
    ranges: tuple[Range, ...]


class LocationTable:
    """The locations of every op of one definition."""

    __slots__ = ("_files", "_locations")

    def __init__(self) -> None:
        self._files: dict[SourceMap, int] = {}
        self._locations: dict[str, list[Location]] = {}

    def add(self, digest: str, locations: Iterable[Location]) -> None:
        """Note where the op with this digest came from; an op without locations is listed all the same."""
        known = self._locations.setdefault(digest, [])
        for location in locations:
            self._files.setdefault(location.source_map, len(self._files))
            known.append(location)

    def encode(self, define: Callable[[State], Definition]) -> bytes:
        """Return the canonical bytes of pb.Source; `define` marshals the states that files were read from."""
        source = ops_pb2.Source
        locations = {digest: self._encode_locations(found) for digest, found in self._locations.items()}
        infos = (delimited(source.INFOS_FIELD_NUMBER, _encode_file(file, define)) for file in self._files)
        return map_field(source.LOCATIONS_FIELD_NUMBER, locations) + b"".join(infos)

    def _encode_locations(self, locations: list[Location]) -> bytes:
        if not locations:
            return b""
        found = (
            ops_pb2.Location(sourceIndex=self._files[location.source_map], ranges=map(_range, location.ranges))
            for location in locations
        )
        return ops_pb2.Locations(locations=found).SerializeToString()


def _range(written: Range) -> ops_pb2.Range:
    return ops_pb2.Range(
        start=ops_pb2.Position(line=written.start_line, character=written.start_character),
        end=ops_pb2.Position(line=written.end_line, character=written.end_character),
    )


def _encode_file(file: SourceMap, define: Callable[[State], Definition]) -> bytes:
    info = ops_pb2.SourceInfo
    encoded = info(filename=file.filename, data=file.data).SerializeToString()
    if file.state is not None:
        encoded += delimited(info.DEFINITION_FIELD_NUMBER, define(file.state).to_bytes())
    return encoded + info(language=file.language or "").SerializeToString()
