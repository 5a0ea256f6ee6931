"""The parts of a graph: vertices, their outputs, constraints and source locations.

A vertex becomes one op. It knows its inputs and encodes itself once these have digests; `marshal` walks the graph and
computes digests. Vertices are compared by identity: whether two of them are the same op shows in their bytes.

`Constraints` are settings of one op, or of all ops of a graph: where it may run, its name, how it is cached. `Metadata`
is sent to the daemon beside an op and is not part of its bytes, so equal ops may have different metadata, which are
merged.

Locations are the lines of a file that an op came from; a daemon shows them if the op fails. They are collected by
digest while a graph is marshalled. Files are numbered in order of first use; equal files are one.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from kairosfile.named_tuple import NamedTuple
from kairosfile.pb import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from kairosfile.llb.caps import Capabilities
    from kairosfile.oci import Platform


def validate_choice(name: str, value: str, choices: Collection[str]) -> None:
    """Raise ValueError if `value`, the argument `name`, is not one of `choices`."""
    if value not in choices:
        raise ValueError(f"{name} {value!r}: choose one of {', '.join(choices)}")


class FileSystem(Protocol):
    """What a vertex needs to know of a state: the output that is its content, None for the empty file system."""

    @property
    def content(self) -> Output | None:
        """The output that the state is."""


class SourceMap(NamedTuple):
    """A file that ops come from: its name, its bytes, its language and the state it was read from, if any."""

    filename: str
    data: bytes
    language: str | None = None
    state: FileSystem | None = None


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

    def to_proto(self, define: Callable[[FileSystem], ops.Definition]) -> ops.Source:
        """Return the message; `define` marshals a state that a file was read from."""
        return ops.Source(
            locations={digest: self._locations_of(found) for digest, found in self._locations.items()},
            infos=[_source_info(file, define) for file in self._files],
        )

    def _locations_of(self, locations: list[Location]) -> ops.Locations:
        found = [
            ops.Location(sourceIndex=self._files[location.source_map], ranges=ranges_to_proto(location))
            for location in locations
        ]
        return ops.Locations(locations=found)


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


CUSTOM_NAME = "llb.customname"
_EMPTY: Mapping[str, str] = MappingProxyType({})


class ProgressGroup(NamedTuple):
    """Several ops as one line of progress, which shows once a member that is not weak runs."""

    id: str
    name: str
    weak: bool = False


class LinuxResources(NamedTuple):
    """Limits of the container of a run; sizes in bytes, times in microseconds, 0 for no limit of its own."""

    memory: int = 0
    memory_swap: int = 0
    cpu_shares: int = 0
    cpu_period: int = 0
    cpu_quota: int = 0
    cpuset_cpus: str = ""
    cpuset_mems: str = ""


class Constraints(NamedTuple):
    """What holds for one op, or as the default of a whole graph when given to `marshal`.

    `platform` is written as given and inherited, normalised, by what is built on the op. `export_cache` is
    None for the daemon's choice. `custom_name` is what the progress output shows. `require` are worker
    filters. `local_unique_id` keeps a local source without a session apart from others of its name.
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
        """Return a copy that no later change of a given dict or list reaches."""
        return self._replace(
            description=MappingProxyType(dict(self.description)),
            require=tuple(self.require),
            locations=tuple(self.locations),
        )

    def metadata(self, caps: frozenset[str] = frozenset()) -> Metadata:
        """Return what the daemon is told of an op under these constraints that needs `caps`."""
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
    """What a definition says of one op."""

    ignore_cache: bool
    description: Mapping[str, str]
    export_cache: bool | None
    caps: frozenset[str]
    progress_group: ProgressGroup | None
    linux_resources: LinuxResources | None

    def merged(self, later: Metadata) -> Metadata:
        """Return both in one; where only one can hold, `later` does."""
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
            linux_resources=_resources(limits) if limits else None,
        )


def _resources(limits: LinuxResources) -> ops.LinuxResources:
    return ops.LinuxResources(
        memory=limits.memory,
        memorySwap=limits.memory_swap,
        cpuShares=limits.cpu_shares,
        cpuPeriod=limits.cpu_period,
        cpuQuota=limits.cpu_quota,
        cpusetCpus=limits.cpuset_cpus,
        cpusetMems=limits.cpuset_mems,
    )


NO_INPUT = -1
NO_OUTPUT = -1
UNCONSTRAINED = Constraints()


class Edge(NamedTuple):
    """An input of an op: the digest of the op that makes it and which of its outputs it is."""

    digest: str
    output: int


class Output(NamedTuple):
    """What a vertex leaves behind; `platform` is set only when the vertex was given one explicitly."""

    vertex: Vertex
    number: int = 0
    platform: Platform | None = None


class MarshalContext(NamedTuple):
    """What a vertex may ask while it encodes itself; `capabilities` is None when the daemon is unknown."""

    platform: Platform
    capabilities: Capabilities | None
    constraints: Constraints
    extra_file_caps: bool
    edge: Callable[[Output], Edge]


class EncodedOp(NamedTuple):
    """An op before what all ops have in common, and what it needs: `op` has only a member of its oneof.

    `encoded` is the whole op where it came as such, and is kept as it is.
    """

    op: ops.Op
    inputs: tuple[Edge, ...]
    caps: frozenset[str]
    platform: Platform | None = None
    encoded: bytes = b""


class Vertex:
    """One op to be."""

    __slots__ = ("_constraints",)

    def __init__(self, constraints: Constraints | None) -> None:
        self._constraints = constraints.snapshot() if constraints else UNCONSTRAINED

    @property
    def constraints(self) -> Constraints:
        """What was said of this op alone."""
        return self._constraints

    def inputs(self) -> Iterable[Output]:
        """Return what has to be marshalled first, in the order to visit it in; repeats do no harm."""
        raise NotImplementedError

    def body(self, context: MarshalContext) -> EncodedOp:
        """Return the op; every input has a digest by now."""
        raise NotImplementedError


class InputTable:
    """Numbers the inputs of an op, equal ones once."""

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
