"""The parts of a graph: vertices, their outputs, constraints and source locations.

A vertex becomes one op. It has references to its inputs and encodes itself once these have digests; `marshal` walks the
graph and computes digests. Vertices are compared by identity: two vertices are the same op if their bytes are equal.

`Constraints` are settings of one op, or of all ops of a graph: where it may run, its name, how it is cached. `Metadata`
is sent to the daemon with an op and is not part of its bytes, so equal ops may have different metadata, which are
merged.

Locations are the lines of a file that an op came from; a daemon shows them if the op fails. They are collected by
digest while a graph is marshalled. Files are numbered in order of first use; equal files are one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kairosfile.interpreter import MappingProxyType
from kairosfile.named_tuple import NamedTuple
from kairosfile.pb import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from kairosfile.llb.caps import Capabilities
    from kairosfile.llb.options import LinuxResources, ProgressGroup
    from kairosfile.oci import Platform

CUSTOM_NAME = "llb.customname"
_EMPTY: Mapping[str, str] = MappingProxyType({})

NO_INPUT = -1
NO_OUTPUT = -1


def validate_choice(name: str, value: str, choices: Collection[str]) -> None:
    """Raise ValueError if `value`, the argument `name`, is not one of `choices`."""
    if value not in choices:
        raise ValueError(f"{name} {value!r}: choose one of {', '.join(choices)}")


class FileSystem(Protocol):
    """The part of a state that a vertex needs: the output with its content, None for the empty file system."""

    @property
    def content(self) -> Output | None:
        """The output with the content of the state."""


class SourceMap(NamedTuple):
    """A source file of ops: its name, its bytes, its language and the state it was read from, if any."""

    filename: str
    data: bytes
    language: str | None = None
    state: FileSystem | None = None


class Range(NamedTuple):
    """A range between two positions; lines count from 1, characters from 0."""

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
        """Record the locations of the op with this digest; an op without locations is listed too."""
        known = self._locations.setdefault(digest, [])
        for location in locations:
            self._files.setdefault(location.source_map, len(self._files))
            known.append(location)

    def to_proto(self, define: Callable[[FileSystem], ops.Definition]) -> ops.Source:
        """Return the message; `define` marshals a state that a file was read from."""
        return ops.Source(
            locations={digest: self._locations_of(locations) for digest, locations in self._locations.items()},
            infos=[_source_info(file, define) for file in self._files],
        )

    def _locations_of(self, locations: list[Location]) -> ops.Locations:
        entries = [
            ops.Location(sourceIndex=self._files[location.source_map], ranges=ranges_to_proto(location))
            for location in locations
        ]
        return ops.Locations(locations=entries)


def ranges_to_proto(location: Location) -> list[ops.Range]:
    """Return the ranges of a location as messages."""
    return [
        ops.Range(
            start=ops.Position(line=range_.start_line, character=range_.start_character),
            end=ops.Position(line=range_.end_line, character=range_.end_character),
        )
        for range_ in location.ranges
    ]


def _source_info(file: SourceMap, define: Callable[[FileSystem], ops.Definition]) -> ops.SourceInfo:
    origin = define(file.state) if file.state is not None else None
    return ops.SourceInfo(filename=file.filename, data=file.data, definition=origin, language=file.language or "")


class Constraints(NamedTuple):
    """Settings of one op, or the defaults of a whole graph as an argument of `marshal`.

    `platform` is encoded unchanged and inherited, normalised, by states built on the op. `export_cache` is
    None for the daemon's choice. `custom_name` is the name in the progress output. `require` are worker
    filters. `local_unique_id` distinguishes a local source without a session from others of its name.
    """

    platform: Platform | None = None
    ignore_cache: bool = False
    export_cache: bool | None = None
    custom_name: str | None = None
    description: Mapping[str, str] = _EMPTY
    progress_group: ProgressGroup | None = None
    linux_resources: LinuxResources | None = None
    require: tuple[str, ...] = ()
    locations: tuple[Location, ...] = ()
    local_unique_id: str | None = None

    def snapshot(self) -> Constraints:
        """Return a copy that does not share dicts or lists with the arguments, itself if it has none."""
        if self.description is _EMPTY and isinstance(self.require, tuple) and isinstance(self.locations, tuple):
            return self
        return self._replace(
            description=MappingProxyType(dict(self.description)),
            require=tuple(self.require),
            locations=tuple(self.locations),
        )

    def metadata(self, caps: frozenset[str] = frozenset()) -> Metadata:
        """Return the metadata of an op with these constraints that needs `caps`."""
        named = {} if self.custom_name is None else {CUSTOM_NAME: self.custom_name}
        return Metadata(
            self.ignore_cache,
            {**self.description, **named},
            self.export_cache,
            caps,
            self.progress_group,
            self.linux_resources,
        )


class Metadata(NamedTuple):
    """The metadata of one op in a definition."""

    ignore_cache: bool
    description: Mapping[str, str]
    export_cache: bool | None
    caps: frozenset[str]
    progress_group: ProgressGroup | None
    linux_resources: LinuxResources | None

    def merged(self, later: Metadata) -> Metadata:
        """Return both merged; `later` wins if both set a single value."""
        return Metadata(
            self.ignore_cache or later.ignore_cache,
            {**self.description, **later.description},
            self.export_cache if later.export_cache is None else later.export_cache,
            self.caps | later.caps,
            later.progress_group or self.progress_group,
            later.linux_resources or self.linux_resources,
        )

    def to_proto(self) -> ops.OpMetadata:
        """Return the message."""
        group, limits = self.progress_group, self.linux_resources
        return ops.OpMetadata(
            ignore_cache=self.ignore_cache,
            description=self.description,
            export_cache=None if self.export_cache is None else ops.ExportCache(Value=self.export_cache),
            caps=dict.fromkeys(self.caps, True),
            progress_group=ops.ProgressGroup(id=group.id, name=group.name, weak=group.weak) if group else None,
            linux_resources=limits.to_proto() if limits else None,
        )


UNCONSTRAINED = Constraints()


class Edge(NamedTuple):
    """An input of an op: the digest of the op that creates it, and the index of its output."""

    digest: str
    output: int


class Output(NamedTuple):
    """An output of a vertex; `platform` is set only if the vertex has an explicit one."""

    vertex: Vertex
    number: int = 0
    platform: Platform | None = None


class MarshalContext(NamedTuple):
    """The context in which a vertex encodes itself; `capabilities` is None if the daemon is unknown."""

    platform: Platform
    capabilities: Capabilities | None
    constraints: Constraints
    extra_file_caps: bool
    edge: Callable[[Output], Edge]


class EncodedOp(NamedTuple):
    """An op without the common fields, and the capabilities that it needs: `op` has only a member of its oneof.

    `encoded` is the whole op if it was imported in its encoded form, which is kept.
    """

    op: ops.Op
    inputs: tuple[Edge, ...]
    caps: frozenset[str]
    platform: Platform | None = None
    encoded: bytes = b""


class Vertex:
    """A node of the graph, which becomes one op."""

    __slots__ = ("_constraints",)

    def __init__(self, constraints: Constraints | None) -> None:
        self._constraints = constraints.snapshot() if constraints else UNCONSTRAINED

    @property
    def constraints(self) -> Constraints:
        """The constraints of this op alone."""
        return self._constraints

    def inputs(self) -> Iterable[Output]:
        """Return the outputs to marshal first, in the order of the visit; duplicates are allowed."""
        raise NotImplementedError

    def body(self, context: MarshalContext) -> EncodedOp:
        """Return the op; the digests of all inputs must be known."""
        raise NotImplementedError


class InputTable:
    """Numbers the inputs of an op; equal inputs have one number."""

    __slots__ = ("_context", "_numbers")

    def __init__(self, context: MarshalContext) -> None:
        self._context = context
        self._numbers: dict[Edge, int] = {}

    def add(self, output: Output | None) -> int:
        """Return the number of this input, NO_INPUT for the empty file system."""
        if output is None:
            return NO_INPUT
        return self._numbers.setdefault(self._context.edge(output), len(self._numbers))

    def __len__(self) -> int:
        return len(self._numbers)

    def edges(self) -> tuple[Edge, ...]:
        """Return the inputs in the order of their numbers."""
        return tuple(self._numbers)
