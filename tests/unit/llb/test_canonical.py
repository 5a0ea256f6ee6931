"""The encoding equals that of Go's encoder in the two cases where Python's encoder differs."""

from __future__ import annotations

from kairosfile import llb


def fields(message: bytes) -> list[int]:
    """Return the numbers of the length-delimited fields of a message, in order."""
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
    result = definition.metadata[definition.head].encode()

    order = [b"exec.meta.base", b"exec.mount.bind", b"exec.mount.cache", b"exec.mount.cache.sharing"]
    places = [
        result.index(capability + b"\x10") for capability in [*order, b"exec.mount.tmpfs", b"exec.mount.tmpfs.size"]
    ]
    assert places == sorted(places)


def test_an_empty_constraints_message_is_written() -> None:
    op = llb.marshal(llb.local("c", session_id="s"), platform=llb.Platform("linux", "amd64")).ops[0]

    assert op.startswith(b"\x5a\x00")
