"""Values of steps that are written as text and mean a number."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, StrictInt

_MODE = re.compile(r"(?:0o)?([0-7]{1,5})")
_SIZE = re.compile(r"([0-9]{1,12})([kmg]?)b?", re.IGNORECASE)
_DECIMAL = re.compile(r"[0-9]{1,10}")
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_ALL_BITS = 0o7777
_LARGEST_ID = (1 << 32) - 2


def mode_bits(text: str) -> int | None:
    """Return the permission and special bits of an octal text such as `0644`, None for any other text."""
    match = _MODE.fullmatch(text)
    bits = int(match[1], 8) if match else None
    return bits if bits is not None and bits <= _ALL_BITS else None


def size_bytes(text: str) -> int | None:
    """Return the bytes of a text such as `64m`, None for any other text."""
    match = _SIZE.fullmatch(text)
    return int(match[1]) * _UNITS[match[2].lower()] if match else None


def _number(value: object) -> object:
    """Read decimal text in the range of user ids as a number; leave the rest to be refused."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value) and int(value) <= _LARGEST_ID:
        return int(value)
    return value


Id = Annotated[StrictInt, BeforeValidator(_number)]
