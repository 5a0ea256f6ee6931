"""Every message twice, the product's and the protobuf package's, and random values for both."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple

from google.protobuf import any_pb2, timestamp_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.rpc import status_pb2
from hypothesis import strategies as st

from kairosfile.pb import wire
from tests.support.generate.protos import PACKAGE, PROTOS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from google.protobuf.descriptor import Descriptor
    from google.protobuf.message import Message as Peer

_DEPTH = 3
_GOOGLE = {"Any": any_pb2, "Status": status_pb2, "Timestamp": timestamp_pb2}
_RANGES = {
    FieldDescriptor.TYPE_ENUM: (0, 1),
    FieldDescriptor.TYPE_INT32: (-(1 << 31), (1 << 31) - 1),
    FieldDescriptor.TYPE_INT64: (-(1 << 63), (1 << 63) - 1),
    FieldDescriptor.TYPE_UINT32: (0, (1 << 32) - 1),
    FieldDescriptor.TYPE_UINT64: (0, (1 << 64) - 1),
}
_TEXT = st.text(st.characters(codec="utf-8"), max_size=5)


class Pair(NamedTuple):
    """A message of the product and its peer."""

    name: str
    ours: wire.MessageType
    peer: type[Peer]

    def make_ours(self, tree: dict[str, Any]) -> wire.Message:
        """Return the product's message with these values."""
        return _make_ours(self.ours, tree)

    def make_peer(self, tree: dict[str, Any]) -> Peer:
        """Return the peer with these values."""
        peer = self.peer()
        _fill(peer, tree)
        return peer


def _pairs() -> Iterator[Pair]:
    for path in sorted((PROTOS / PACKAGE).glob("*.proto")):
        yield from _pairs_of(
            importlib.import_module(f"kairosfile.pb.{path.stem}"),
            importlib.import_module(f"tests.support.protobuf.{path.stem}_pb2"),
        )
    google = importlib.import_module("kairosfile.pb.google")
    for name, peers in _GOOGLE.items():
        yield Pair(f"google.{name}", getattr(google, name), getattr(peers, name))


def _pairs_of(ours: ModuleType, peers: ModuleType) -> Iterator[Pair]:
    for name, row in ours.DECLARED.items():
        if isinstance(row, tuple):
            yield Pair(f"{ours.__name__.rpartition('.')[2]}.{name}", getattr(ours, name), getattr(peers, name))


PAIRS = {pair.name: pair for pair in _pairs()}


def entry_of(field: FieldDescriptor) -> Descriptor | None:
    """Return the descriptor of a map's entries, None for a field that is no map."""
    entry = field.message_type
    return entry if entry is not None and entry.GetOptions().map_entry else None


def trees(pair: Pair) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for the values of a message: a dictionary for each message."""
    return _trees(pair.peer.DESCRIPTOR, _DEPTH)


def _trees(message: Any, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    fields = {field.name: _values(field, depth) for field in message.fields if depth or field.message_type is None}
    return st.fixed_dictionaries({}, optional=fields).map(lambda tree: _with_one_of_each(message, tree))


def _with_one_of_each(message: Descriptor, tree: dict[str, Any]) -> dict[str, Any]:
    """Drop all members of a oneof but the first that is set."""
    for oneof in message.oneofs:
        for field in [field for field in oneof.fields if field.name in tree][1:]:
            del tree[field.name]
    return tree


def _values(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    if entry := entry_of(field):
        return st.dictionaries(_TEXT, _value(entry.fields_by_name["value"], depth), max_size=3)
    return st.lists(_value(field, depth), max_size=3) if field.is_repeated else _value(field, depth)


def _value(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    if field.message_type is not None:
        return st.deferred(lambda: _trees(field.message_type, depth - 1))
    if field.type in _RANGES:
        low, high = _RANGES[field.type]
        return st.integers(low, high)
    return {
        FieldDescriptor.TYPE_BOOL: st.booleans(),
        FieldDescriptor.TYPE_BYTES: st.binary(max_size=5) | st.binary(min_size=120, max_size=140),
        FieldDescriptor.TYPE_STRING: _TEXT,
    }[field.type]


def _make_ours(kind: wire.MessageType, tree: dict[str, Any]) -> wire.Message:
    result = {}
    for _, name, type_name, label, _ in kind.fields:
        if name.rstrip("_") in tree:
            result[name] = _ours_of(kind, type_name, label, tree[name.rstrip("_")])
    message: wire.Message = kind(**result)
    return message


def _ours_of(kind: wire.MessageType, type_name: str, label: str, value: Any) -> Any:
    if type_name.islower() or type_name[:5] == "enum ":
        return value
    nested = wire.find_type(kind.module, type_name)
    if label == "map":
        return {key: _make_ours(nested, item) for key, item in value.items()}
    return [_make_ours(nested, item) for item in value] if label else _make_ours(nested, value)


def _fill(peer: Any, tree: dict[str, Any]) -> None:
    for name, value in tree.items():
        field = peer.DESCRIPTOR.fields_by_name[name]
        if entry := entry_of(field):
            for key, item in value.items():
                if entry.fields_by_name["value"].message_type is None:
                    getattr(peer, name)[key] = item
                else:
                    _fill(getattr(peer, name)[key], item)
        elif field.message_type is None:
            getattr(peer, name).extend(value) if field.is_repeated else setattr(peer, name, value)
        elif field.is_repeated:
            for item in value:
                _fill(getattr(peer, name).add(), item)
        else:
            getattr(peer, name).SetInParent()
            _fill(getattr(peer, name), value)


def canonical(peer: Any) -> bytes:
    """Return the bytes that Go's encoder gives a message: members of oneofs last, maps by the bytes of their keys.

    The protobuf package encodes the single values; their order is made here.
    """
    present = sorted(peer.ListFields(), key=lambda actual: (actual[0].containing_oneof is not None, actual[0].number))
    return b"".join(_canonical_field(peer, field, value) for field, value in present)


def _canonical_field(peer: Any, field: FieldDescriptor, value: Any) -> bytes:
    if entry := entry_of(field):
        keys = sorted(value, key=str.encode)
        of_messages = entry.fields_by_name["value"].message_type is not None
        encode = _message_entry if of_messages else _scalar_entry
        return b"".join(encode(peer, field, key, value[key]) for key in keys)
    if field.message_type is None:
        alone = type(peer)()
        getattr(alone, field.name).extend(value) if field.is_repeated else setattr(alone, field.name, value)
        return bytes(alone.SerializeToString())
    values = value if field.is_repeated else [value]
    return b"".join(_delimited(field.number, canonical(item)) for item in values)


def _scalar_entry(peer: Any, field: FieldDescriptor, key: str, value: Any) -> bytes:
    alone = type(peer)()
    getattr(alone, field.name)[key] = value
    return bytes(alone.SerializeToString())


def _message_entry(_: Any, field: FieldDescriptor, key: str, value: Any) -> bytes:
    return _delimited(field.number, _delimited(1, key.encode()) + _delimited(2, canonical(value)))


def _delimited(number: int, payload: bytes) -> bytes:
    """Return a field, with the varints of the protobuf package's decoder tests: seven bits each, low ones first."""
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    low, high = value & 0x7F, value >> 7
    return bytes((low | 0x80,)) + _varint(high) if high else bytes((low,))
