"""A definition as a picture to be: its operations as BuildKit sees them, whatever made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.pb import ops_pb2
from kairosfile.plan.graph import Edge, Graph, Kind, Node, Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.llb import Definition

NAME = "llb.customname"
LOCAL = "local://"
IMAGE = "docker-image://"
NETWORKS = {ops_pb2.NetMode.UNSET: "default", ops_pb2.NetMode.HOST: "host", ops_pb2.NetMode.NONE: "none"}


def of_definition(definition: Definition, title: str) -> Graph:
    """Return the graph of a definition: a node for each operation, named by its digest."""
    message = definition.to_proto()
    parsed = zip(definition.digests[:-1], definition.ops[:-1], strict=True)
    ops = {digest: ops_pb2.Op.FromString(op) for digest, op in parsed}
    gates = set(_gates(ops, definition.head))
    nodes = [
        _node(digest, op, message.metadata[digest].description.get(NAME, ""), is_gate=digest in gates)
        for digest, op in ops.items()
    ]
    return Graph(title, tuple(nodes), tuple(edge for digest, op in ops.items() for edge in _edges(digest, op, gates)))


def _gates(ops: dict[str, ops_pb2.Op], head: str) -> Iterator[str]:
    """Yield what is merged into the image, and, where that joins several gates, each of them."""
    for edge in ops[head].inputs[1:] if ops[head].HasField("merge") else ():
        yield edge.digest
        if ops[edge.digest].HasField("file"):
            yield from (gate.digest for gate in ops[edge.digest].inputs)


def _node(digest: str, op: ops_pb2.Op, name: str, *, is_gate: bool) -> Node:
    member = op.WhichOneof("op") or ""
    detail = op.source.identifier.removeprefix(IMAGE) if member == "source" else name
    network = NETWORKS[op.exec.network] if member == "exec" else ""
    kind = _kind(op, is_gate=is_gate)
    return Node(digest, kind, f"{member} {digest.removeprefix('sha256:')[:12]}", detail, network)


def _kind(op: ops_pb2.Op, *, is_gate: bool) -> Kind:
    if op.HasField("source"):
        return "context" if op.source.identifier.startswith(LOCAL) else "image"
    if op.HasField("merge"):
        return "result"
    return "gate" if is_gate else "step"


def _edges(digest: str, op: ops_pb2.Op, gates: set[str]) -> Iterator[Edge]:
    member = op.WhichOneof("op")
    for number, read in enumerate(op.inputs):
        if member == "exec":
            mount = next(it for it in op.exec.mounts if it.input == number)
            yield Edge(read.digest, digest, "root" if mount.dest == "/" else "files", mount.selector)
        elif read.digest in gates:
            yield Edge(read.digest, digest, "gate")
        elif member == "merge":
            yield Edge(read.digest, digest, "root")
        else:
            yield Edge(read.digest, digest, _use(op.file, number), _copied(op.file, number))


def _use(op: ops_pb2.FileOp, number: int) -> Use:
    return "files" if any(action.secondaryInput == number for action in op.actions) else "root"


def _copied(op: ops_pb2.FileOp, number: int) -> str:
    return " ".join(action.copy.src for action in op.actions if action.secondaryInput == number)
