"""Header blocks against an independent implementation."""

from __future__ import annotations

import os

import pytest
from hpack import Decoder, Encoder
from hpack.exceptions import HPACKError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kairosfile.gateway import hpack

EXAMPLES = 20 * int(os.environ.get("KAIROSFILE_EXAMPLES", "15"))
LIMIT = 1 << 16
NAMES = st.sampled_from([b":status", b":path", b"content-type", b"grpc-status", b"grpc-message"]) | st.binary(
    min_size=1
)
VALUES = st.sampled_from([b"200", b"404", b"application/grpc", b"/index.html"]) | st.binary(max_size=200)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6)


def decoded_by_peer(block: bytes) -> list[tuple[bytes, bytes]] | None:
    decoder = Decoder(max_header_list_size=LIMIT)
    decoder.header_table_size = 0
    decoder.max_allowed_table_size = 0
    try:
        return [(bytes(name), bytes(value)) for name, value in decoder.decode(block, raw=True)]
    except HPACKError:
        return None


@settings(max_examples=EXAMPLES, deadline=None)
@given(HEADERS, st.booleans())
def test_what_a_peer_without_a_table_encodes_is_decoded(headers: list[tuple[bytes, bytes]], huffman: bool) -> None:
    encoder = Encoder()
    encoder.header_table_size = 0

    assert hpack.decode(encoder.encode(headers, huffman=huffman), LIMIT) == headers


@given(st.lists(st.tuples(st.binary(max_size=126), st.binary(max_size=126)), max_size=5))
def test_what_is_encoded_the_peer_decodes(headers: list[tuple[bytes, bytes]]) -> None:
    assert decoded_by_peer(hpack.encode(headers)) == headers


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(st.binary(max_size=24) | st.tuples(st.sampled_from([b"\x00", b"\x40", b"\x48\x83"]), st.binary()).map(b"".join))
@example(b"\x3f\xe1\x1f")
@example(b"\x88\x20")
def test_random_blocks_are_refused_where_the_peer_refuses_them(block: bytes) -> None:
    expected = decoded_by_peer(block)
    if expected is None:
        with pytest.raises(hpack.HeaderError):
            hpack.decode(block, LIMIT)
    else:
        assert hpack.decode(block, LIMIT) == expected


@pytest.mark.parametrize(
    ("block", "text"),
    [
        (b"\x80", "no entry 0"),
        (b"\xbe", "no entry 62"),
        (b"\x00", "a header is cut off"),
        (b"\x00\x05abc", "a header is cut off"),
        (b"\x00\x01a\x84\xff\xff\xff\xff", "a text ends before its length"),
        (b"\x00\x01a\x81\x00", "a text ends within a code"),
        (b"\x00\x01a\x82\x1f\xff", "a text ends within a code"),
        (b"\x00\x7f\x80\x80\x80\x80\x80\x01", "a number is cut off or too large"),
    ],
)
def test_an_invalid_block_is_refused(block: bytes, text: str) -> None:
    with pytest.raises(hpack.HeaderError, match=text):
        hpack.decode(block, LIMIT)


def test_list_that_is_larger_than_announced_is_refused() -> None:
    with pytest.raises(hpack.HeaderError, match="more than 100 bytes"):
        hpack.decode(hpack.encode([(b"name", b"x" * 65)]), 100)
