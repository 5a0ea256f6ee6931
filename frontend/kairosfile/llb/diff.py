"""The diff op: what a state has that another one had not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.llb import caps
from kairosfile.llb.canonical import delimited
from kairosfile.llb.graph import NO_INPUT, Body, Output, Vertex
from kairosfile.llb.state import State
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from kairosfile.llb.constraints import Constraints
    from kairosfile.llb.graph import Scope


class DiffVertex(Vertex):
    """A diff to be; the upper side may be empty."""

    __slots__ = ("_lower", "_upper")

    def __init__(self, lower: Output, upper: Output | None, constraints: Constraints | None) -> None:
        super().__init__(constraints)
        self._lower = lower
        self._upper = upper

    def inputs(self) -> tuple[Output, ...]:
        """Return the compared outputs."""
        return (self._lower, self._upper) if self._upper else (self._lower,)

    def body(self, scope: Scope) -> Body:
        """Encode the op; an output compared with itself is two inputs."""
        edges = tuple(map(scope.edge, self.inputs()))
        op = ops_pb2.DiffOp(
            lower=ops_pb2.LowerDiffInput(input=0),
            upper=ops_pb2.UpperDiffInput(input=1 if self._upper else NO_INPUT),
        )
        member = delimited(ops_pb2.Op.DIFF_FIELD_NUMBER, op.SerializeToString())
        return Body(member, edges, frozenset({caps.DIFF_OP}))


def diff(lower: State, upper: State, constraints: Constraints | None = None) -> State:
    """Return what `upper` has changed, inheriting from `lower`; `upper` itself when `lower` is empty."""
    if lower.content is None:
        return upper if upper.content else State()
    return lower.holding(Output(DiffVertex(lower.content, upper.content, constraints)))
