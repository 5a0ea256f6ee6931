"""Header blocks of HTTP/2 (RFC 7541) for a client without a dynamic table.

SETTINGS announce a table of size 0, so that every block is independent: only the static table and Huffman's code
remain. Requests are written in the plainest form, which every server reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_STATIC = (
    (b":authority", b""),
    (b":method", b"GET"),
    (b":method", b"POST"),
    (b":path", b"/"),
    (b":path", b"/index.html"),
    (b":scheme", b"http"),
    (b":scheme", b"https"),
    (b":status", b"200"),
    (b":status", b"204"),
    (b":status", b"206"),
    (b":status", b"304"),
    (b":status", b"400"),
    (b":status", b"404"),
    (b":status", b"500"),
    (b"accept-charset", b""),
    (b"accept-encoding", b"gzip, deflate"),
    (b"accept-language", b""),
    (b"accept-ranges", b""),
    (b"accept", b""),
    (b"access-control-allow-origin", b""),
    (b"age", b""),
    (b"allow", b""),
    (b"authorization", b""),
    (b"cache-control", b""),
    (b"content-disposition", b""),
    (b"content-encoding", b""),
    (b"content-language", b""),
    (b"content-length", b""),
    (b"content-location", b""),
    (b"content-range", b""),
    (b"content-type", b""),
    (b"cookie", b""),
    (b"date", b""),
    (b"etag", b""),
    (b"expect", b""),
    (b"expires", b""),
    (b"from", b""),
    (b"host", b""),
    (b"if-match", b""),
    (b"if-modified-since", b""),
    (b"if-none-match", b""),
    (b"if-range", b""),
    (b"if-unmodified-since", b""),
    (b"last-modified", b""),
    (b"link", b""),
    (b"location", b""),
    (b"max-forwards", b""),
    (b"proxy-authenticate", b""),
    (b"proxy-authorization", b""),
    (b"range", b""),
    (b"referer", b""),
    (b"refresh", b""),
    (b"retry-after", b""),
    (b"server", b""),
    (b"set-cookie", b""),
    (b"strict-transport-security", b""),
    (b"transfer-encoding", b""),
    (b"user-agent", b""),
    (b"vary", b""),
    (b"via", b""),
    (b"www-authenticate", b""),
)  # appendix A

# The length of the code of each byte, and of the end of a text, as characters from "0" on. The code is canonical: codes
# of one length are consecutive numbers in the order of their bytes (appendix B).
_CODE_LENGTHS = (
    "=GLLLLLLLHNLLNLLLLLLLLNLLLLLLLLL6::<=68;::8;8666555666666678?6<:=67777777777777777777777878=C=>6?565"
    "65666577666567655677777?;>=LDFDDFFFGFGGGGGHGHHFGHGGGGEFGFGGHFEDFFGGEGFFHEFGGEEFEGFGGDFFFGFFGJJDCFGFI"
    "JJJKKJHICEJKKJKHEEJJLKKKDHDEFEEGFFIIHHJGJKJJKKKKKLKKKKKJN"
)
_END_OF_TEXT = 256
_LONGEST_PADDING = 7

_INDEXED, _INCREMENTAL, _SIZE_UPDATE = 0x80, 0x40, 0x20  # what the first byte of an entry says, high bits first
_HUFFMAN = 0x80
_LENGTH_BITS = 7
_MOST_SHIFT = 28  # of the parts of a number; a block needs no larger ones
_ENTRY_OVERHEAD = 32  # added to the bytes of each header for the limit of a list
# For each length of a code, shortest first: the length, the first code, and the bytes of all its codes.
_codes: list[tuple[int, int, list[int]]] = []


class HeaderError(ValueError):
    """A header block cannot be decoded; the connection cannot be used any more."""


def encode(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the block of some headers; none of the texts has more than 126 bytes."""
    return b"".join(b"\0%c%b%c%b" % (len(name), name, len(value), value) for name, value in headers)


def decode(block: bytes, limit: int) -> list[tuple[bytes, bytes]]:
    """Return the headers of a block.

    Args:
        block: A complete header block.
        limit: Maximum size of the list in bytes, with the 32 bytes that RFC 7541 adds for each header.

    Raises:
        HeaderError: The block is malformed, or the list is larger.
    """
    headers: list[tuple[bytes, bytes]] = []
    position = size = 0
    while position < len(block):
        first = block[position]
        if first & _INDEXED:
            index, position = _integer(block, position, 7)
            header = _entry(index)
        elif first & _INCREMENTAL or not first & _SIZE_UPDATE:
            header, position = _literal(block, position, 6 if first & _INCREMENTAL else 4)
        else:
            position = _check_size_update(block, position, headers)
            continue
        headers.append(header)
        size += len(header[0]) + len(header[1]) + _ENTRY_OVERHEAD
        if size > limit:
            raise HeaderError(f"the headers have more than {limit} bytes")
    return headers


def _literal(block: bytes, position: int, index_bits: int) -> tuple[tuple[bytes, bytes], int]:
    index, position = _integer(block, position, index_bits)
    if index:
        name = _entry(index)[0]
    else:
        name, position = _text(block, position)
    value, position = _text(block, position)
    return (name, value), position


def _check_size_update(block: bytes, position: int, headers: list[tuple[bytes, bytes]]) -> int:
    size, position = _integer(block, position, 5)
    if size or headers:
        raise HeaderError("the size of the header table changes, and the announced one is 0")
    return position


def _entry(index: int) -> tuple[bytes, bytes]:
    if not 1 <= index <= len(_STATIC):
        raise HeaderError(f"the header table has no entry {index}")
    return _STATIC[index - 1]


def _integer(block: bytes, position: int, bits: int) -> tuple[int, int]:
    most = (1 << bits) - 1
    value = block[position] & most
    position += 1
    if value < most:
        return value, position
    for shift in range(0, _MOST_SHIFT, 7):
        if position >= len(block):
            break
        part = block[position]
        position += 1
        value += (part & 0x7F) << shift
        if part < 0x80:  # noqa: PLR2004 - the high bit says that more follows
            return value, position
    raise HeaderError("a number is cut off or too large")


def _text(block: bytes, position: int) -> tuple[bytes, int]:
    if position >= len(block):
        raise HeaderError("a header is cut off")
    is_huffman = block[position] & _HUFFMAN
    length, position = _integer(block, position, _LENGTH_BITS)
    text = block[position : position + length]
    if len(text) < length:
        raise HeaderError("a header is cut off")
    position += length
    if not is_huffman:
        return text, position
    return _decode_huffman(text), position


def _decode_huffman(text: bytes) -> bytes:
    codes = _codes or _make_codes()
    decoded = bytearray()
    pending = bits = 0  # the bits that are read and not decoded yet, and their number
    for byte in text:
        pending, bits = pending << 8 | byte, bits + 8
        while bits:
            for length, first, symbols in codes:
                if length > bits or (rank := (pending >> bits - length) - first) < len(symbols):
                    break
            if length > bits:
                break
            if symbols[rank] == _END_OF_TEXT:
                raise HeaderError("a text ends before its length")
            decoded.append(symbols[rank])
            bits -= length
            pending &= (1 << bits) - 1
    if bits > _LONGEST_PADDING or pending != (1 << bits) - 1:
        raise HeaderError("a text ends within a code")
    return bytes(decoded)


def _make_codes() -> list[tuple[int, int, list[int]]]:
    symbols: dict[int, list[int]] = {}
    for symbol, character in enumerate(_CODE_LENGTHS):
        symbols.setdefault(ord(character) - ord("0"), []).append(symbol)
    first = before = 0
    for length in sorted(symbols):
        first <<= length - before
        _codes.append((length, first, symbols[length]))
        first, before = first + len(symbols[length]), length
    return _codes
