"""Marshal a graph to the definition that is sent to a daemon: ops in order, digests, metadata and locations.

Vertices are visited depth first, inputs before the op that reads them, in the order of the reference client. Two
vertices with the same bytes are one op, whose metadata are merged. The walk has its own stack, so the depth of a graph
is limited by memory only. The digest of an op is that of its bytes. The last op, the terminal op, only points at the
result. A definition without ops is the empty file system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.interpreter import MappingProxyType, sha256
from kairosfile.llb import caps as known
from kairosfile.llb.graph import Constraints, Edge, LocationTable, MarshalContext, Output
from kairosfile.named_tuple import NamedTuple
from kairosfile.pb import ops as pb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kairosfile.llb.caps import Capabilities
    from kairosfile.llb.graph import EncodedOp, FileSystem, Metadata, Vertex
    from kairosfile.oci import Platform


class Definition(NamedTuple):
    """Bytes of ops, their digests (`sha256:...`) in the same order, metadata by digest, and source locations."""

    ops: tuple[bytes, ...] = ()
    digests: tuple[str, ...] = ()
    metadata: Mapping[str, pb.OpMetadata] = MappingProxyType({})
    source: pb.Source | None = None

    @property
    def head(self) -> str:
        """The digest of the op that creates the result, empty for the empty file system."""
        return pb.Op.decode(self.ops[-1]).inputs[0].digest if self.ops else ""

    @property
    def heads(self) -> tuple[str, ...]:
        """The digests of the ops that the terminal op points at, in the order of the states that were marshalled."""
        return tuple(read.digest for read in pb.Op.decode(self.ops[-1]).inputs) if self.ops else ()

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of pb.Definition, maps sorted."""
        return self.to_proto().encode()

    def to_proto(self) -> pb.Definition:
        """Return the message to put into a request."""
        return pb.Definition(def_=self.ops, metadata=self.metadata, Source=self.source)


def marshal(
    state: FileSystem,
    *,
    platform: Platform,
    caps: Capabilities | None = None,
    constraints: Constraints | None = None,
    local_unique_id: str | None = None,
    extra_file_caps: bool = False,
) -> Definition:
    """Return the definition of a state.

    Args:
        state: The state to build.
        platform: The platform of ops if neither op nor state has one.
        caps: Capabilities of the daemon, None if unknown. Runs get a default PATH if it does not set one.
        constraints: Defaults for all ops.
        local_unique_id: Identifies the client in local sources without a session.
        extra_file_caps: Whether file ops state their requirements more precisely than the reference client, so that an
            old daemon refuses what it would otherwise ignore or fail at.

    Raises:
        ValueError: A local source has no session, and there is no `local_unique_id`.
    """
    if state.content is None:
        return Definition()
    defaults = constraints or Constraints()
    if defaults.local_unique_id is None:
        defaults = defaults._replace(local_unique_id=local_unique_id)
    marshaller = _Marshaller(defaults.platform or platform, caps, defaults, extra_file_caps=extra_file_caps)
    return marshaller.define(state.content)


def marshal_together(states: Iterable[FileSystem], *, platform: Platform, local_unique_id: str) -> Definition:
    """Return one definition with the ops of several states, each op once. It is to be read, not to be built.

    Args:
        states: None of them is the empty file system.
        platform: The platform of ops if neither op nor state has one.
        local_unique_id: Identifies the client in local sources without a session.
    """
    contents = [state.content for state in states if state.content is not None]
    defaults = Constraints(local_unique_id=local_unique_id)
    return _Marshaller(platform, None, defaults, extra_file_caps=False).define(*contents)


class _Marshaller:
    """Collects the parts of one definition."""

    def __init__(
        self,
        platform: Platform,
        capabilities: Capabilities | None,
        defaults: Constraints,
        *,
        extra_file_caps: bool,
    ) -> None:
        self._context = MarshalContext(platform, capabilities, defaults, extra_file_caps, self._edge)
        self._defaults = defaults.metadata()
        self._digests: dict[Vertex, str] = {}
        self._ops: dict[str, bytes] = {}
        self._metadata: dict[str, Metadata] = {}
        self._locations = LocationTable()

    def define(self, *results: Output) -> Definition:
        entered: set[Vertex] = set()
        for result in results:
            for vertex in _walk(result.vertex, entered):
                self._add(vertex)
        terminal = pb.Op(inputs=[_input(self._edge(result)) for result in results]).encode()
        digest = _digest(terminal)
        metadata = {key: entry.to_proto() for key, entry in self._metadata.items()}
        metadata[digest] = self._terminal_metadata().to_proto()
        return Definition(
            (*self._ops.values(), terminal),
            (*self._ops, digest),
            MappingProxyType(metadata),
            self._locations.to_proto(self._define_origin),
        )

    def _add(self, vertex: Vertex) -> None:
        body = vertex.body(self._context)
        filters = (*self._context.constraints.require, *vertex.constraints.require)
        op = body.encoded or _encode(body, filters)
        digest = _digest(op)
        own = self._defaults.merged(vertex.constraints.metadata(body.caps))
        if self._defaults.description:
            # As in the reference client, whose default description is one map that every op adds to.
            self._defaults = self._defaults._replace(description=own.description)
        self._digests[vertex] = digest
        self._ops.setdefault(digest, op)
        self._metadata[digest] = self._metadata[digest].merged(own) if digest in self._metadata else own
        self._locations.add(digest, vertex.constraints.locations)

    def _edge(self, output: Output) -> Edge:
        return Edge(self._digests[output.vertex], output.number)

    def _terminal_metadata(self) -> Metadata:
        entries = self._metadata.values()
        uses = {
            known.CONSTRAINTS: True,
            known.PLATFORM: True,
            known.META_IGNORE_CACHE: any(item.ignore_cache for item in entries),
            known.META_DESCRIPTION: any(item.description for item in entries),
            known.META_EXPORT_CACHE: any(item.export_cache is not None for item in entries),
        }
        return Constraints().metadata(frozenset(capability for capability, used in uses.items() if used))

    def _define_origin(self, state: FileSystem) -> pb.Definition:
        context = self._context
        return marshal(
            state,
            platform=context.platform,
            caps=context.capabilities,
            constraints=context.constraints,
            extra_file_caps=context.extra_file_caps,
        ).to_proto()


def _walk(start: Vertex, entered: set[Vertex]) -> Iterator[Vertex]:
    """Yield a vertex behind its inputs, without those that were `entered` before."""
    if start in entered:
        return
    entered.add(start)
    stack = [(start, iter(start.inputs()))]
    while stack:
        vertex, waiting = stack[-1]
        following = next((edge.vertex for edge in waiting if edge.vertex not in entered), None)
        if following is None:
            yield vertex
            stack.pop()
        else:
            entered.add(following)
            stack.append((following, iter(following.inputs())))


def _encode(body: EncodedOp, filters: tuple[str, ...]) -> bytes:
    platform = body.platform
    op = body.op.replace(
        inputs=[_input(edge) for edge in body.inputs],
        platform=platform_to_proto(platform) if platform else None,
        # Written even when empty: its presence is part of the digest.
        constraints=pb.WorkerConstraints(filter=filters),
    )
    return op.encode()


def _input(edge: Edge) -> pb.Input:
    return pb.Input(digest=edge.digest, index=edge.output)


def platform_to_proto(platform: Platform) -> pb.Platform:
    """Return the message."""
    return pb.Platform(
        Architecture=platform.architecture,
        OS=platform.os,
        Variant=platform.variant,
        OSVersion=platform.os_version,
        OSFeatures=platform.os_features,
    )


def _digest(op: bytes) -> str:
    return f"sha256:{sha256(op).hexdigest()}"
