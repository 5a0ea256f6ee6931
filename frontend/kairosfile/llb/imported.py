"""A graph that somebody else marshalled, as a state to build on: the result of another build, say.

Its ops are passed on byte for byte, because their digests are how the daemon knows them; what the definition says of
each (names, caching, capabilities, lines of a file) comes along.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from kairosfile.llb.constraints import Constraints, LinuxResources, ProgressGroup
from kairosfile.llb.graph import Body, Output, Vertex
from kairosfile.llb.sourcemap import Location, Range, SourceMap
from kairosfile.llb.state import State
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from kairosfile.llb.graph import Scope


class ImportedVertex(Vertex):
    """An op that is already encoded."""

    __slots__ = ("_caps", "_inputs", "_op")

    def __init__(self, op: bytes, inputs: tuple[Output, ...], caps: frozenset[str], constraints: Constraints) -> None:
        super().__init__(constraints)
        self._op = op
        self._inputs = inputs
        self._caps = caps

    def inputs(self) -> tuple[Output, ...]:
        """Return the outputs that the op names by their digests."""
        return self._inputs

    def body(self, scope: Scope) -> Body:
        """Return the op as it came."""
        return Body(b"", tuple(map(scope.edge, self._inputs)), self._caps, encoded=self._op)


def imported(definition: ops_pb2.Definition) -> State:
    """Return the state that a definition makes, inheriting nothing; raise ValueError where its ops do not join up."""
    ops = [(raw, ops_pb2.Op.FromString(raw)) for raw in getattr(definition, "def")]
    if not ops:
        return State()
    files = [_file(info) for info in definition.Source.infos]
    vertices: dict[str, Vertex] = {}

    def outputs(op: ops_pb2.Op) -> tuple[Output, ...]:
        try:
            return tuple(Output(vertices[source.digest], source.index) for source in op.inputs)
        except KeyError as error:
            raise ValueError(f"definition: no op before has the digest {error}") from error

    for raw, op in ops[:-1]:
        digest = f"sha256:{sha256(raw).hexdigest()}"
        told = definition.metadata[digest] if digest in definition.metadata else ops_pb2.OpMetadata()
        where = definition.Source.locations[digest] if digest in definition.Source.locations else ops_pb2.Locations()
        caps = frozenset(capability for capability, needed in told.caps.items() if needed)
        vertices[digest] = ImportedVertex(raw, outputs(op), caps, _constraints(told, _locations(where, files)))
    (result, *_) = outputs(ops[-1][1])
    return State(result)


def _constraints(told: ops_pb2.OpMetadata, locations: tuple[Location, ...]) -> Constraints:
    group, limits = told.progress_group, told.linux_resources
    return Constraints(
        ignore_cache=told.ignore_cache,
        export_cache=told.export_cache.Value if told.HasField("export_cache") else None,
        description=dict(told.description),
        progress_group=ProgressGroup(group.id, group.name, group.weak) if told.HasField("progress_group") else None,
        linux_resources=_limits(limits) if told.HasField("linux_resources") else None,
        locations=locations,
    )


def _limits(limits: ops_pb2.LinuxResources) -> LinuxResources:
    return LinuxResources(
        limits.memory,
        limits.memorySwap,
        limits.cpuShares,
        limits.cpuPeriod,
        limits.cpuQuota,
        limits.cpusetCpus,
        limits.cpusetMems,
    )


def _file(info: ops_pb2.SourceInfo) -> SourceMap:
    origin = imported(info.definition) if info.HasField("definition") else None
    return SourceMap(info.filename, info.data, info.language or None, origin)


def _locations(where: ops_pb2.Locations, files: list[SourceMap]) -> tuple[Location, ...]:
    return tuple(Location(files[found.sourceIndex], tuple(map(_range, found.ranges))) for found in where.locations)


def _range(written: ops_pb2.Range) -> Range:
    return Range(written.start.line, written.start.character, written.end.line, written.end.character)
