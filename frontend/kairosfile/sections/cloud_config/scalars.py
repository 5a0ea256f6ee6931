"""Scalars of a cloud-config as Go's YAML libraries read them: numbers, booleans and file modes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kairosfile.language.nodes import Node

_BOOLS = re.compile(r"true|false|yes|no|on|off|y|n", re.IGNORECASE)
# Accepted in quotes too, by yaml.v3: `reboot: "yes"`.
_QUOTED_BOOLS = frozenset({"y", "Y", "yes", "on", "n", "N", "no", "off"})
_NUMBER = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|0[bB][01_]+|[0-9][0-9_]*(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?)"
)
_DURATION = re.compile(r"[-+]?(?:0|(?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|ms|s|m|h))+)")
_PERMISSION_BITS = 0o777


def kind_of(node: Node) -> str:
    """Return the name of a value's kind for messages."""
    if isinstance(node.value, dict):
        return "a mapping"
    if isinstance(node.value, list):
        return "a list"
    if isinstance(node.value, bool):
        return "true or false"
    return "text in quotes" if node.quoted else "text"


def is_scalar_of(node: Node, type_: str, *, quoted_words: bool) -> bool:
    """Return whether a scalar can be read as a type.

    `quoted_words` is True if a quoted `yes` is a boolean, as for yaml.v3.
    """
    if node.value is None or type_ in ("string", "any"):
        return True
    if type_ == "bool":
        return _is_bool(node, quoted_words=quoted_words)
    text = str(node.value)
    if type_ == "duration":
        return bool(_DURATION.fullmatch(text) or _NUMBER.fullmatch(text))
    is_number = isinstance(node.value, str) and not node.quoted and bool(_NUMBER.fullmatch(text))
    return is_number and not (type_ == "uint" and text.startswith("-"))


def _is_bool(node: Node, *, quoted_words: bool) -> bool:
    if isinstance(node.value, bool):
        return True
    text = str(node.value)
    return (quoted_words and text in _QUOTED_BOOLS) if node.quoted else bool(_BOOLS.fullmatch(text))


def is_true(node: Node | None) -> bool:
    """Return whether a value is one of the spellings of true."""
    if node is None or isinstance(node.value, bool):
        return node is not None and node.value is True
    return str(node.value).lower() in ("true", "yes", "on", "y")


def mode_of(text: str) -> int | None:
    """Return the number of `permissions` in yip's syntax, None for text that is not a number.

    A leading 0, 0o, 0x or 0b is honoured; 08 is decimal, as in YAML 1.2.
    """
    digits = text.replace("_", "")
    for pattern, base in (
        (r"0[oO]?([0-7]+)", 8),
        (r"0[xX]([0-9a-fA-F]+)", 16),
        (r"0[bB]([01]+)", 2),
        (r"([0-9]+)", 10),
    ):
        if match := re.fullmatch(pattern, digits):
            return int(match[1], base)
    return None


def symbolic(mode: int) -> str:
    """Return a mode as `ls` shows it, without the kind of the file: rw-r--r--."""
    return "".join(letter if mode & (1 << (8 - index)) else "-" for index, letter in enumerate("rwxrwxrwx"))


def is_plausible(mode: int) -> bool:
    """Return whether a mode is plausible: rights do not grow from owner to group to others."""
    owner, group, others = mode >> 6, mode >> 3 & 7, mode & 7
    return mode <= _PERMISSION_BITS and owner | group == owner and group | others == group


def has_special_bits(mode: int) -> bool:
    """Return whether a mode has more than permissions, such as setuid, which yip drops."""
    return mode > _PERMISSION_BITS
