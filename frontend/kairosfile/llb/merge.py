"""The merge op: states laid over each other, the last on top, without copying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.llb import caps
from kairosfile.llb.canonical import delimited
from kairosfile.llb.graph import Body, Output, Vertex
from kairosfile.llb.state import State
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.llb.constraints import Constraints
    from kairosfile.llb.graph import Scope

_LEAST_INPUTS = 2


class MergeVertex(Vertex):
    """A merge to be."""

    __slots__ = ("_inputs",)

    def __init__(self, inputs: tuple[Output, ...], constraints: Constraints | None) -> None:
        super().__init__(constraints)
        self._inputs = inputs

    def inputs(self) -> tuple[Output, ...]:
        """Return the merged outputs."""
        return self._inputs

    def body(self, scope: Scope) -> Body:
        """Encode the op; an output merged twice is two inputs."""
        edges = tuple(map(scope.edge, self._inputs))
        op = ops_pb2.MergeOp(inputs=(ops_pb2.MergeInput(input=number) for number in range(len(edges))))
        member = delimited(ops_pb2.Op.MERGE_FIELD_NUMBER, op.SerializeToString())
        return Body(member, edges, frozenset({caps.MERGE_OP}))


def merge(states: Sequence[State], constraints: Constraints | None = None) -> State:
    """Return the states laid over each other; what is inherited is the first one's that is not empty.

    Empty states are left out, and a single one that is left is returned as it is, without an op. Raise
    ValueError when fewer than two states are given.
    """
    if len(states) < _LEAST_INPUTS:
        raise ValueError(f"merge: {len(states)} given, at least {_LEAST_INPUTS} states are needed")
    filled = [(state, state.content) for state in states if state.content]
    if not filled:
        return State()
    if len(filled) < _LEAST_INPUTS:
        return filled[0][0]
    vertex = MergeVertex(tuple(content for _, content in filled), constraints)
    return filled[0][0].holding(Output(vertex))
