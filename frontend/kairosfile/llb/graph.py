"""The parts that a graph is made of: vertices, and the outputs of one that feed the next.

A vertex is one op to be. It knows its inputs and how to encode itself once these have digests; walking the
graph and computing digests is the marshaller's work. Vertices are compared by identity here: that two of them
are the same op shows in their bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.llb.constraints import Constraints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kairosfile.llb.caps import Capabilities
    from kairosfile.oci import Platform

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


class Scope(NamedTuple):
    """What a vertex may ask while it encodes itself; `capabilities` is None when the daemon is unknown."""

    platform: Platform
    capabilities: Capabilities | None
    constraints: Constraints
    extra_file_caps: bool
    edge: Callable[[Output], Edge]


class Body(NamedTuple):
    """An encoded op before what all ops have in common; `member` is its field in the oneof of pb.Op.

    `encoded` is the whole op where it came as such, and is kept as it is.
    """

    member: bytes
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

    def body(self, scope: Scope) -> Body:
        """Encode the op; every input has a digest by now."""
        raise NotImplementedError


class InputTable:
    """Numbers the inputs of an op, equal ones once."""

    __slots__ = ("_numbers", "_scope")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._numbers: dict[Edge, int] = {}

    def add(self, output: Output | None) -> int:
        """Return the number of this input, NO_INPUT for the empty file system."""
        if output is None:
            return NO_INPUT
        return self._numbers.setdefault(self._scope.edge(output), len(self._numbers))

    def __len__(self) -> int:
        return len(self._numbers)

    def edges(self) -> tuple[Edge, ...]:
        """Return the inputs in the order of their numbers."""
        return tuple(self._numbers)
