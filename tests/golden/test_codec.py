"""The product's messages against those of the protobuf package: each message, with random values, both ways."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError as PeerDecodeError
from google.protobuf.unknown_fields import UnknownFieldSet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kairosfile.pb import gateway, google, ops
from kairosfile.pb.json import to_dict
from kairosfile.pb.wire import DecodeError
from tests.golden.messages import PAIRS, Pair, canonical, entry_of, trees
from tests.support.protobuf import gateway_pb2, ops_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.message import Message as Peer

EXAMPLES = int(os.environ.get("KAIROSFILE_EXAMPLES", "15"))  # of each message, for each of its tests
VARINTS = st.integers(0, (1 << 64) - 1)


def varint(value: int) -> bytes:
    low, high = value & 0x7F, value >> 7
    return bytes((low | 0x80,)) + varint(high) if high else bytes((low,))


@st.composite
def fields(draw: st.DrawFn, numbers: st.SearchStrategy[int]) -> bytes:
    """A field of any number and any wire type, whatever the message declares under that number."""
    number, wire_type = draw(numbers), draw(st.sampled_from([0, 1, 2, 3, 5]))
    head = varint(number << 3 | wire_type)
    match wire_type:
        case 0:
            return head + varint(draw(VARINTS))
        case 1 | 5:
            size = 8 if wire_type == 1 else 4
            return head + draw(st.binary(min_size=size, max_size=size))
        case 2:
            payload = draw(st.binary(max_size=6) | st.deferred(lambda: fields(numbers)))
            return head + varint(len(payload)) + payload
    return head + draw(st.just(b"") | st.deferred(lambda: fields(numbers))) + varint(number << 3 | 4)


def each(pairs: dict[str, Pair]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("pair", pairs.values(), ids=list(pairs))


def relaxed(examples: int = EXAMPLES) -> settings:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def decoded_by_peer(pair: Pair, data: bytes) -> Peer | None:
    try:
        return pair.peer.FromString(data)
    except PeerDecodeError:
        return None


def agree(pair: Pair, data: bytes) -> bool:
    """Return whether both take `data` for the same message, or both for none."""
    peer = decoded_by_peer(pair, data)
    try:
        ours = pair.ours.decode(data)
    except DecodeError:
        return peer is None
    return peer is not None and (holds_odd_entry(peer) or peer == pair.peer.FromString(ours.encode()))


def holds_odd_entry(peer: Any) -> bool:
    """Return whether an entry of a map has fields that no entry has.

    Go drops those fields, as the product does; the peer keeps the entry as one unknown field and out of the map.
    """
    maps = {field.number for field in peer.DESCRIPTOR.fields if entry_of(field)}
    unknown: Any = UnknownFieldSet(peer)
    if any(field.field_number in maps for field in unknown):
        return True
    return any(holds_odd_entry(message) for message in messages_in(peer))


def messages_in(peer: Any) -> Iterator[Any]:
    for field, value in peer.ListFields():
        if entry := entry_of(field):
            yield from value.values() if entry.fields_by_name["value"].message_type else ()
        elif field.message_type:
            yield from value if field.is_repeated else (value,)


@each(PAIRS)
def test_what_is_encoded_has_canonical_bytes_and_the_peer_reads_it(pair: Pair) -> None:
    @relaxed()
    @given(trees(pair))
    def check(tree: dict[str, Any]) -> None:
        peer = pair.make_peer(tree)
        encoded = pair.make_ours(tree).encode()

        assert encoded == canonical(peer)
        assert pair.peer.FromString(encoded) == peer

    check()


@each(PAIRS)
def test_what_the_peer_encodes_is_decoded_to_the_same_values(pair: Pair) -> None:
    @relaxed()
    @given(trees(pair))
    def check(tree: dict[str, Any]) -> None:
        decoded = pair.ours.decode(pair.make_peer(tree).SerializeToString())

        assert decoded == pair.make_ours(tree)

    check()


@each(PAIRS)
def test_fields_of_any_kind_and_order_are_taken_as_the_peer_takes_them(pair: Pair) -> None:
    declared = [field.number for field in pair.peer.DESCRIPTOR.fields]
    numbers = st.sampled_from([*declared, *range(1, 20), (1 << 29) - 1])

    @relaxed()
    @given(st.lists(fields(numbers), max_size=6).map(b"".join))
    def check(data: bytes) -> None:
        assert agree(pair, data)

    check()


@each({name: PAIRS[name] for name in ("gateway.PongResponse", "gateway.SolveRequest", "ops.Op", "google.Status")})
def test_damaged_messages_are_refused_where_the_peer_refuses_them(pair: Pair) -> None:
    @relaxed(10 * EXAMPLES)
    @given(trees(pair), st.data())
    def check(tree: dict[str, Any], data: st.DataObject) -> None:
        encoded = bytearray(pair.make_ours(tree).encode())
        for _ in range(data.draw(st.integers(1, 3))):
            place = data.draw(st.integers(0, len(encoded)))
            encoded[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))

        assert agree(pair, bytes(encoded))

    check()


# Of a message without fields the peer takes bytes that it refuses of any other.
WITH_FIELDS = [name for name, pair in PAIRS.items() if pair.peer.DESCRIPTOR.fields]


@relaxed(20 * EXAMPLES)
@given(st.sampled_from(WITH_FIELDS), st.binary(max_size=40))
def test_random_bytes_are_taken_as_the_peer_takes_them(name: str, data: bytes) -> None:
    assert agree(PAIRS[name], data)


def test_unknown_fields_come_through_after_the_known_ones() -> None:
    later = b"\xa2\x06\x05later"
    message = ops.Input.decode(later + ops.Input(digest="d").encode())

    assert message.replace(index=1).encode() == ops.Input(digest="d", index=1).encode() + later


def test_the_members_of_a_oneof_come_last_and_the_last_one_given_holds() -> None:
    first, second = gateway.Result(ref=gateway.Ref(id="a")), gateway.Result(refs=gateway.RefMap())
    result = gateway.Result.decode(first.encode() + second.encode() + gateway.Result(metadata={"k": b""}).encode())

    assert (result.ref, result.which("result")) == (None, "refs")
    assert result.encode() == b"\x52\x05\x0a\x01k\x12\x00" + b"\x22\x00"


def test_a_member_of_a_oneof_is_written_even_if_it_is_zero() -> None:
    root = ops.UserOpt(byID=0)

    assert root.encode() == b"\x10\x00"
    assert ops.UserOpt.decode(root.encode()).which("user") == "byID"
    assert ops.UserOpt().which("user") is None


def test_a_message_that_comes_twice_is_merged() -> None:
    one = ops.Mount(cacheOpt=ops.CacheOpt(ID="a")).encode()
    other = ops.Mount(cacheOpt=ops.CacheOpt(sharing=ops.CacheSharingOpt.LOCKED)).encode()

    assert ops.Mount.decode(one + other).cacheOpt == ops.CacheOpt(ID="a", sharing=2)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (ops.Ulimit(Soft=1 << 63), "Soft: 9223372036854775808 is not in the range of int64"),
        (ops.SecretOpt(mode=-1), "mode: -1 is not in the range of uint32"),
        (ops.Meta(validExitCodes=[1 << 31]), "validExitCodes: 2147483648 is not in the range of int32"),
        (ops.Meta(cwd="\ud800"), "surrogates not allowed"),
    ],
)
def test_a_value_that_a_field_cannot_hold_is_refused(message: ops.Ulimit, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        message.encode()


def test_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="Op has no field unheardOf"):
        ops.Op(unheardOf=True)  # type: ignore[call-arg]


def test_a_module_has_only_what_is_declared() -> None:
    with pytest.raises(AttributeError, match=r"kairosfile\.pb\.ops has no attribute Nothing"):
        _ = ops.Nothing  # type: ignore[attr-defined]


def nested(kind: Any, levels: int) -> Any:
    message = kind.Definition()
    for _ in range(levels):
        message = kind.Definition(Source=kind.Source(infos=[kind.SourceInfo(definition=message)]))
    return message


def test_messages_nested_too_deeply_are_refused_as_the_peer_does() -> None:
    shallow, deep = nested(ops, 30).encode(), nested(ops, 60).encode()

    assert ops.Definition.decode(shallow).encode() == shallow
    with pytest.raises(DecodeError, match="nested more than 100 deep"):
        ops.Definition.decode(deep)
    with pytest.raises(PeerDecodeError):
        ops_pb2.Definition.FromString(deep)


def test_a_message_of_16_mib_comes_through() -> None:
    data = bytes(range(256)) * (1 << 16)
    encoded = gateway.ReadFileResponse(Data=data).encode()

    assert encoded == gateway_pb2.ReadFileResponse(Data=data).SerializeToString()
    assert gateway.ReadFileResponse.decode(encoded).Data == data


@each({name: PAIRS[name] for name in PAIRS if name.startswith("ops.")})
def test_json_is_that_of_the_peer(pair: Pair) -> None:
    @relaxed()
    @given(trees(pair), st.booleans())
    def check(tree: dict[str, Any], proto_names: bool) -> None:
        expected = MessageToDict(pair.make_peer(tree), preserving_proto_field_name=proto_names)

        assert to_dict(pair.make_ours(tree), proto_names=proto_names) == expected

    check()


def test_equal_messages_are_equal_and_show_their_values() -> None:
    status = google.Status(code=2, message="no")

    assert status == google.Status(message="no", code=2)
    assert status != google.Status(code=2)
    assert status != "no"
    assert repr(status) == "Status(code=2, message='no')"
