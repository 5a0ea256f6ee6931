"""The merge op (states stacked without copying, the last on top) and the diff op (changes between two states)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.llb import caps
from kairosfile.llb.graph import NO_INPUT, EncodedOp, Output, Vertex
from kairosfile.llb.state import State
from kairosfile.pb import ops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.llb.graph import Constraints, MarshalContext


_LEAST_INPUTS = 2


class MergeVertex(Vertex):
    """The vertex of a merge."""

    __slots__ = ("_inputs",)

    def __init__(self, inputs: tuple[Output, ...], constraints: Constraints | None) -> None:
        super().__init__(constraints)
        self._inputs = inputs

    def inputs(self) -> tuple[Output, ...]:
        """Return the merged outputs."""
        return self._inputs

    def body(self, context: MarshalContext) -> EncodedOp:
        """Return the op; an output merged twice is two inputs."""
        edges = tuple(map(context.edge, self._inputs))
        merged = ops.MergeOp(inputs=[ops.MergeInput(input=number) for number in range(len(edges))])
        return EncodedOp(ops.Op(merge=merged), edges, frozenset({caps.MERGE_OP}))


def merge(states: Sequence[State], constraints: Constraints | None = None) -> State:
    """Return the states stacked, the last on top.

    Args:
        states: Two or more; empty ones are omitted, and a single remaining one is returned unchanged, without an op.
        constraints: Constraints of the op.

    Returns:
        A state that inherits the settings of the first one that is not empty.

    Raises:
        ValueError: There are fewer than two states.
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
