"""A marshalled graph: what a daemon is sent.

Ops come with their dependencies first; the last one, the terminal op, only points at the result. The digest
of an op is that of its bytes. A definition without ops is the empty file system.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.llb.canonical import delimited, map_field
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping


class Definition(NamedTuple):
    """Bytes of ops, their digests (`sha256:...`) in the same order, metadata by digest, and pb.Source."""

    ops: tuple[bytes, ...] = ()
    digests: tuple[str, ...] = ()
    metadata: Mapping[str, bytes] = MappingProxyType({})
    source: bytes | None = None

    @property
    def head(self) -> str:
        """The digest of the op that makes the result, empty for the empty file system."""
        return ops_pb2.Op.FromString(self.ops[-1]).inputs[0].digest if self.ops else ""

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of pb.Definition, maps sorted."""
        message = ops_pb2.Definition
        encoded = [delimited(message.DEF_FIELD_NUMBER, op) for op in self.ops]
        encoded.append(map_field(message.METADATA_FIELD_NUMBER, self.metadata))
        if self.source is not None:
            encoded.append(delimited(message.SOURCE_FIELD_NUMBER, self.source))
        return b"".join(encoded)

    def to_proto(self) -> ops_pb2.Definition:
        """Return the message to put into a request."""
        return ops_pb2.Definition.FromString(self.to_bytes())
