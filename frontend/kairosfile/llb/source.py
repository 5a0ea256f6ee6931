"""The source op: files that come from outside of the build.

A source is an identifier, whose scheme says how to get it, and attributes. The functions that make one of
each kind are in modules of their own.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from kairosfile.llb.canonical import delimited, map_field
from kairosfile.llb.graph import Body, Output, Vertex
from kairosfile.llb.state import State
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.llb.constraints import Constraints
    from kairosfile.llb.graph import Scope
    from kairosfile.oci import Platform

_PLATFORM_SPECIFIC = ("docker-image://", "oci-layout://")


class Attributes:
    """The attributes of a source and the capabilities that reading them takes."""

    __slots__ = ("_caps", "_values")

    def __init__(self, *capabilities: str, values: Mapping[str, str] = MappingProxyType({})) -> None:
        self._caps = set(capabilities)
        self._values = dict(values)

    def add(self, key: str, value: str | None, capability: str | None = None) -> None:
        """Add an attribute and what it needs; an empty one counts as not given."""
        if not value:
            return
        self._values[key] = value
        if capability:
            self._caps.add(capability)

    def copy(self) -> Attributes:
        """Return attributes that can be added to without changing these."""
        return Attributes(*self._caps, values=self._values)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def encode(self) -> bytes:
        """Return the field of pb.SourceOp."""
        values = {key: value.encode() for key, value in self._values.items()}
        return map_field(ops_pb2.SourceOp.ATTRS_FIELD_NUMBER, values)

    @property
    def caps(self) -> frozenset[str]:
        """The capabilities."""
        return frozenset(self._caps)


class SourceVertex(Vertex):
    """A source to be."""

    __slots__ = ("_attributes", "_identifier")

    def __init__(self, identifier: str, attributes: Attributes, constraints: Constraints | None) -> None:
        super().__init__(constraints)
        self._identifier = identifier
        self._attributes = attributes

    def inputs(self) -> tuple[Output, ...]:
        """Return nothing: a graph starts here."""
        return ()

    def body(self, scope: Scope) -> Body:
        """Encode the op."""
        attributes = self.attributes(scope)
        source = ops_pb2.SourceOp(identifier=self._identifier).SerializeToString() + attributes.encode()
        member = delimited(ops_pb2.Op.SOURCE_FIELD_NUMBER, source)
        return Body(member, (), attributes.caps, self._platform(scope))

    def attributes(self, scope: Scope) -> Attributes:  # noqa: ARG002 - for sources that ask the scope
        """Return the attributes to encode."""
        return self._attributes

    def _platform(self, scope: Scope) -> Platform | None:
        if not self._identifier.startswith(_PLATFORM_SPECIFIC):
            return None
        return self.constraints.platform or scope.platform


def scratch() -> State:
    """Return the empty file system."""
    return State()


def sourced(vertex: SourceVertex) -> State:
    """Return the state that holds a source, and its platform where one was stated."""
    return State().holding(Output(vertex, platform=vertex.constraints.platform))
