"""Bytes in the order of the reference Go encoder, where the Python runtime would choose another.

A daemon names every op by the digest of its canonical bytes, so order matters in two places that no protobuf
runtime promises: members of a oneof go out after all other fields, and map entries are sorted by key bytes,
a prefix before the longer key (upb sorts it after). The one idea: encoded messages concatenate. What the
runtime orders well is serialised by it in parts; only the frames between the parts are written here.
This module knows no message of BuildKit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LENGTH_DELIMITED = 2
_KEY, _VALUE = 1, 2
_TRUE = b"\x10\x01"
_SEVEN_BITS = 0x7F
_MORE = 0x80


def delimited(number: int, payload: bytes) -> bytes:
    """Return `payload` as field `number`: a message, text or bytes."""
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(payload)) + payload


def map_field(number: int, entries: Mapping[str, bytes]) -> bytes:
    """Return a map of text to text, bytes or encoded messages as field `number`."""
    return b"".join(_entry(number, key, delimited(_VALUE, entries[key])) for key in _sorted(entries))


def flags_field(number: int, keys: Iterable[str]) -> bytes:
    """Return a map of text to true as field `number`."""
    return b"".join(_entry(number, key, _TRUE) for key in _sorted(keys))


def _entry(number: int, key: str, value: bytes) -> bytes:
    return delimited(number, delimited(_KEY, key.encode()) + value)


def _sorted(keys: Iterable[str]) -> list[str]:
    # Code point order of text is byte order of its UTF-8.
    return sorted(keys)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > _SEVEN_BITS:
        encoded.append(value & _SEVEN_BITS | _MORE)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
