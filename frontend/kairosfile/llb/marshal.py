"""From a graph to what a daemon is sent: ops in order, digests, metadata and locations.

Vertices are visited depth first, inputs before the op that reads them, in the order of the reference client.
Two vertices with the same bytes are one op; what is said about them is merged. The walk keeps its own stack,
so a graph may be as deep as memory allows.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING

from kairosfile.llb import caps as known
from kairosfile.llb.constraints import Constraints
from kairosfile.llb.definition import Definition
from kairosfile.llb.graph import Edge, Output, Scope
from kairosfile.llb.sourcemap import LocationTable
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.llb.caps import Capabilities
    from kairosfile.llb.constraints import Metadata
    from kairosfile.llb.graph import Body, Vertex
    from kairosfile.llb.state import State
    from kairosfile.oci import Platform


def marshal(
    state: State,
    *,
    platform: Platform,
    caps: Capabilities | None = None,
    constraints: Constraints | None = None,
    local_unique_id: str | None = None,
    extra_file_caps: bool = False,
) -> Definition:
    """Return the definition of a state, for `platform` where neither op nor state names another.

    `caps` is what the daemon supports, None when unknown. `constraints` are the defaults of all ops.
    `local_unique_id` stands for the client in local sources without a session; ValueError is raised when such
    a source has none. `extra_file_caps` states what file ops need more finely than the reference client, so
    that an old daemon refuses what it would otherwise not do or fail at.
    """
    if state.content is None:
        return Definition()
    defaults = constraints or Constraints()
    if defaults.local_unique_id is None:
        defaults = defaults._replace(local_unique_id=local_unique_id)
    marshaller = _Marshaller(defaults.platform or platform, caps, defaults, extra_file_caps=extra_file_caps)
    return marshaller.define(state.content)


class _Marshaller:
    """Collects what one definition is made of."""

    def __init__(
        self,
        platform: Platform,
        capabilities: Capabilities | None,
        defaults: Constraints,
        *,
        extra_file_caps: bool,
    ) -> None:
        self._scope = Scope(platform, capabilities, defaults, extra_file_caps, self._edge)
        self._defaults = defaults.metadata()
        self._digests: dict[Vertex, str] = {}
        self._ops: dict[str, bytes] = {}
        self._metadata: dict[str, Metadata] = {}
        self._locations = LocationTable()

    def define(self, result: Output) -> Definition:
        for vertex in _walk(result.vertex):
            self._add(vertex)
        terminal = ops_pb2.Op(inputs=[_input(self._edge(result))]).SerializeToString()
        digest = _digest(terminal)
        metadata = {key: told.encode() for key, told in self._metadata.items()}
        metadata[digest] = self._terminal_metadata().encode()
        return Definition(
            (*self._ops.values(), terminal),
            (*self._ops, digest),
            MappingProxyType(metadata),
            self._locations.encode(self._define_origin),
        )

    def _add(self, vertex: Vertex) -> None:
        body = vertex.body(self._scope)
        filters = (*self._scope.constraints.require, *vertex.constraints.require)
        op = body.encoded or _encode(body, filters)
        digest = _digest(op)
        told = self._defaults.merged(vertex.constraints.metadata(body.caps))
        if self._defaults.description:
            # As in the reference client, whose default description is one map that every op adds to.
            self._defaults = self._defaults._replace(description=told.description)
        self._digests[vertex] = digest
        self._ops.setdefault(digest, op)
        self._metadata[digest] = self._metadata[digest].merged(told) if digest in self._metadata else told
        self._locations.add(digest, vertex.constraints.locations)

    def _edge(self, output: Output) -> Edge:
        return Edge(self._digests[output.vertex], output.number)

    def _terminal_metadata(self) -> Metadata:
        told = self._metadata.values()
        uses = {
            known.CONSTRAINTS: True,
            known.PLATFORM: True,
            known.META_IGNORE_CACHE: any(item.ignore_cache for item in told),
            known.META_DESCRIPTION: any(item.description for item in told),
            known.META_EXPORT_CACHE: any(item.export_cache is not None for item in told),
        }
        return Constraints().metadata(frozenset(capability for capability, used in uses.items() if used))

    def _define_origin(self, state: State) -> Definition:
        scope = self._scope
        return marshal(
            state,
            platform=scope.platform,
            caps=scope.capabilities,
            constraints=scope.constraints,
            extra_file_caps=scope.extra_file_caps,
        )


def _walk(start: Vertex) -> Iterator[Vertex]:
    entered = {start}
    stack = [(start, iter(start.inputs()))]
    while stack:
        vertex, waiting = stack[-1]
        following = next((found.vertex for found in waiting if found.vertex not in entered), None)
        if following is None:
            yield vertex
            stack.pop()
        else:
            entered.add(following)
            stack.append((following, iter(following.inputs())))


def _encode(body: Body, filters: tuple[str, ...]) -> bytes:
    inputs = ops_pb2.Op(inputs=map(_input, body.inputs)).SerializeToString()
    # The member of the oneof goes last, whatever its number.
    return inputs + _encode_platform(body.platform) + _encode_filters(filters) + body.member


def _input(edge: Edge) -> ops_pb2.Input:
    return ops_pb2.Input(digest=edge.digest, index=edge.output)


@lru_cache(maxsize=16)  # the same for nearly all ops of a graph
def _encode_platform(platform: Platform | None) -> bytes:
    if platform is None:
        return b""
    written = ops_pb2.Platform(
        Architecture=platform.architecture,
        OS=platform.os,
        Variant=platform.variant,
        OSVersion=platform.os_version,
        OSFeatures=platform.os_features,
    )
    return ops_pb2.Op(platform=written).SerializeToString()


@lru_cache(maxsize=16)  # the same for nearly all ops of a graph
def _encode_filters(filters: tuple[str, ...]) -> bytes:
    # Written even when empty: its presence is part of the digest.
    return ops_pb2.Op(constraints=ops_pb2.WorkerConstraints(filter=filters)).SerializeToString()


def _digest(op: bytes) -> str:
    return f"sha256:{sha256(op).hexdigest()}"
