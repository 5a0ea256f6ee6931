"""The bytes are those of Go's encoder in the two places where Python's would differ."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kairosfile import llb
from kairosfile.llb.canonical import delimited, flags_field, map_field
from kairosfile.pb import ops_pb2

KEYS = st.text(st.characters(codec="utf-8"), max_size=4)


def fields(message: bytes) -> list[int]:
    """Return the numbers of the length-delimited fields of a message, as they come."""
    numbers = []
    while message:
        numbers.append(message[0] >> 3)
        size, message = message[1], message[2:]
        shift = 7
        while size >= 1 << shift:
            size, message, shift = size - (1 << shift) + (message[0] << shift), message[1:], shift + 7
        message = message[size:]
    return numbers


def test_the_member_of_the_oneof_is_the_last_field_of_an_op() -> None:
    state = llb.image("debian:12").run(["true"], constraints=llb.Constraints(require=("x",))).root
    image, run, terminal = llb.marshal(state, platform=llb.Platform("linux", "amd64")).ops

    assert fields(image) == [10, 11, 3]
    assert fields(run) == [1, 10, 11, 2]
    assert fields(terminal) == [1]


def test_a_key_comes_before_a_longer_one_that_it_prefixes() -> None:
    state = llb.local("c", session_id="s", metadata_only=True, metadata_exceptions=["a"])
    op = llb.marshal(state, platform=llb.Platform("linux", "amd64")).ops[0]

    assert op.index(b"local.metadatatransfer\x12") < op.index(b"local.metadatatransferexclude\x12")


def test_capabilities_come_in_byte_order_a_prefix_first() -> None:
    mounts = [llb.Mount.cache("/c", id="c"), llb.Mount.tmpfs("/t", size=1)]
    run = llb.image("debian:12").run(["true"], mounts=mounts)
    definition = llb.marshal(run.root, platform=llb.Platform("linux", "amd64"))
    told = definition.metadata[definition.head]

    order = [b"exec.meta.base", b"exec.mount.bind", b"exec.mount.cache", b"exec.mount.cache.sharing"]
    places = [
        told.index(capability + b"\x10") for capability in [*order, b"exec.mount.tmpfs", b"exec.mount.tmpfs.size"]
    ]
    assert places == sorted(places)


def test_an_empty_constraints_message_is_written() -> None:
    op = llb.marshal(llb.local("c", session_id="s"), platform=llb.Platform("linux", "amd64")).ops[0]

    assert op.startswith(b"\x5a\x00")


@given(st.dictionaries(KEYS, st.binary(max_size=200)))
def test_a_map_is_read_back_and_lies_in_the_order_of_key_bytes(entries: dict[str, bytes]) -> None:
    encoded = map_field(10, entries)

    ordered = sorted((key.encode(), value) for key, value in entries.items())
    assert encoded == b"".join(map_field(10, {key.decode(): value}) for key, value in ordered)


@given(st.dictionaries(KEYS, KEYS))
def test_a_map_of_text_is_what_the_runtime_reads(description: dict[str, str]) -> None:
    encoded = map_field(2, {key: value.encode() for key, value in description.items()})

    assert dict(ops_pb2.OpMetadata.FromString(encoded).description) == description


@given(st.sets(KEYS))
def test_flags_are_what_the_runtime_reads(flags: set[str]) -> None:
    assert dict(ops_pb2.OpMetadata.FromString(flags_field(5, flags)).caps) == dict.fromkeys(flags, True)


@given(st.binary(max_size=70_000))
def test_a_delimited_field_is_that_of_the_runtime(data: bytes) -> None:
    message = ops_pb2.SourceInfo(data=data)

    assert delimited(2, data) == (message.SerializeToString() or b"\x12\x00")
