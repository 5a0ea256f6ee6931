"""States that are read back from a marshalled definition, such as the result of another build.

The ops of such a definition are passed on byte for byte, because the daemon identifies them by their digests; its
metadata of each op (names, caching, capabilities, source locations) is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.interpreter import sha256
from kairosfile.llb.graph import Constraints, EncodedOp, Location, Output, Range, SourceMap, Vertex
from kairosfile.llb.options import LinuxResources, ProgressGroup
from kairosfile.llb.state import State
from kairosfile.pb import ops

if TYPE_CHECKING:
    from kairosfile.llb.graph import MarshalContext


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

    def body(self, context: MarshalContext) -> EncodedOp:
        """Return the op unchanged."""
        return EncodedOp(ops.Op(), tuple(map(context.edge, self._inputs)), self._caps, encoded=self._op)


def from_definition(definition: ops.Definition) -> State:
    """Return the state of a marshalled definition; it inherits no settings.

    Args:
        definition: Ops with their dependencies first, the terminal op last, and their metadata.

    Returns:
        The state of the output that the terminal op points at, the empty one for a definition without ops.

    Raises:
        ValueError: An op has an input that no op of the definition has.
    """
    parsed = [(raw, ops.Op.decode(raw)) for raw in definition.def_]
    if not parsed:
        return State()
    source = definition.Source or ops.Source()
    files = [_file(info) for info in source.infos]
    vertices: dict[str, Vertex] = {}

    def outputs(op: ops.Op) -> tuple[Output, ...]:
        try:
            return tuple(Output(vertices[read.digest], read.index) for read in op.inputs)
        except KeyError as error:
            raise ValueError(f"definition: no op before has the digest {error}") from error

    for raw, op in parsed[:-1]:
        digest = f"sha256:{sha256(raw).hexdigest()}"
        metadata = definition.metadata.get(digest) or ops.OpMetadata()
        described = source.locations.get(digest) or ops.Locations()
        caps = frozenset(capability for capability, needed in metadata.caps.items() if needed)
        vertices[digest] = ImportedVertex(raw, outputs(op), caps, _constraints(metadata, _locations(described, files)))
    (result, *_) = outputs(parsed[-1][1])
    return State(result)


def _constraints(metadata: ops.OpMetadata, locations: tuple[Location, ...]) -> Constraints:
    group, limits = metadata.progress_group, metadata.linux_resources
    return Constraints(
        ignore_cache=metadata.ignore_cache,
        export_cache=metadata.export_cache.Value if metadata.export_cache else None,
        description=dict(metadata.description),
        progress_group=ProgressGroup(group.id, group.name, group.weak) if group else None,
        linux_resources=_limits(limits) if limits else None,
        locations=locations,
    )


def _limits(limits: ops.LinuxResources) -> LinuxResources:
    return LinuxResources(
        limits.memory,
        limits.memorySwap,
        limits.cpuShares,
        limits.cpuPeriod,
        limits.cpuQuota,
        limits.cpusetCpus,
        limits.cpusetMems,
    )


def _file(info: ops.SourceInfo) -> SourceMap:
    origin = from_definition(info.definition) if info.definition else None
    return SourceMap(info.filename, info.data, info.language or None, origin)


def _locations(described: ops.Locations, files: list[SourceMap]) -> tuple[Location, ...]:
    return tuple(Location(files[it.sourceIndex], tuple(map(_range, it.ranges))) for it in described.locations)


def _range(range_: ops.Range) -> Range:
    start, end = range_.start or ops.Position(), range_.end or ops.Position()
    return Range(start.line, start.character, end.line, end.character)
