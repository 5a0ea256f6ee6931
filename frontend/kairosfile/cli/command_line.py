"""Command lines that are shown: words for a shell, on one line whatever they contain."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from kairosfile.untrusted import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

# What Python decodes the bytes of an argument to that are not UTF-8 (PEP 383).
FIRST_BYTE, LAST_BYTE = 0xDC80, 0xDCFF


def command_line(argv: Iterable[str]) -> str:
    """Return a command line for a shell, on one line; a word with control characters is written `$'...'`."""
    return " ".join(map(_word, argv))


def _word(word: str) -> str:
    return shlex.quote(word) if escape(word) == word else f"$'{''.join(map(_coded, word))}'"


def _coded(character: str) -> str:
    code = ord(character)
    if character in "\\'":
        return f"\\{character}"
    if FIRST_BYTE <= code <= LAST_BYTE:
        return f"\\x{code & 0xFF:02x}"
    if escape(character) == character and character != "#":
        return character
    return f"\\x{code:02x}" if character.isascii() else f"\\U{code:08x}"
