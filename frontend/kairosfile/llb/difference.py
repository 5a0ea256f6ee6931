"""The diff op: the changes from one state to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.llb import caps
from kairosfile.llb.graph import NO_INPUT, EncodedOp, Output, Vertex
from kairosfile.llb.state import State
from kairosfile.pb import ops

if TYPE_CHECKING:
    from kairosfile.llb.graph import Constraints, MarshalContext


class DiffVertex(Vertex):
    """The vertex of a diff; the upper side may be empty."""

    __slots__ = ("_lower", "_upper")

    def __init__(self, lower: Output, upper: Output | None, constraints: Constraints | None) -> None:
        super().__init__(constraints)
        self._lower = lower
        self._upper = upper

    def inputs(self) -> tuple[Output, ...]:
        """Return the compared outputs."""
        return (self._lower, self._upper) if self._upper else (self._lower,)

    def body(self, context: MarshalContext) -> EncodedOp:
        """Return the op; an output compared with itself is two inputs."""
        edges = tuple(map(context.edge, self.inputs()))
        compared = ops.DiffOp(
            lower=ops.LowerDiffInput(input=0),
            upper=ops.UpperDiffInput(input=1 if self._upper else NO_INPUT),
        )
        return EncodedOp(ops.Op(diff=compared), edges, frozenset({caps.DIFF_OP}))


def diff(lower: State, upper: State, constraints: Constraints | None = None) -> State:
    """Return the changes from `lower` to `upper`, inheriting from `lower`; `upper` itself if `lower` is empty."""
    if lower.content is None:
        return upper if upper.content else State()
    return lower.holding(Output(DiffVertex(lower.content, upper.content, constraints)))
