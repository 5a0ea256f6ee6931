"""JSON without the module `json`: by the functions in C that it calls itself.

Importing `json` compiles six patterns, for a parser in Python that no interpreter of ours uses, and with `re` takes a
fifth of the time of a build. Its functions in C, in `_json`, have been the same since Python 3.3.
"""

from __future__ import annotations

from _json import encode_basestring, encode_basestring_ascii, make_encoder, make_scanner
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_SPACE = " \t\n\r"
_BOM = b"\xef\xbb\xbf"  # the codec that drops it would be one more import


class _Reading:
    """What a scanner reads of its argument: the settings of `json.loads`."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float  # Infinity, -Infinity, NaN


_scan: Callable[[str, int], tuple[Any, int]] = make_scanner(_Reading)  # type: ignore[arg-type]


def parse_json(text: str | bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of a JSON text, bytes in UTF-8; raises ValueError, also for one that is nested too deep."""
    if isinstance(text, bytes):
        text = text.removeprefix(_BOM).decode()
    try:
        value, end = _scan(text, len(text) - len(text.lstrip(_SPACE)))
    except StopIteration as stop:
        raise _error("Expecting value", text, stop.value) from None
    except RecursionError as error:
        raise ValueError("the JSON is nested too deep") from error
    if rest := text[end:].lstrip(_SPACE):
        raise _error("Extra data", text, len(text) - len(rest))
    return value


def _error(message: str, text: str, index: int) -> ValueError:
    from json import JSONDecodeError  # noqa: PLC0415 - most texts are JSON

    return JSONDecodeError(message, text, index)


def to_json(value: object, *, compact: bool = False, sort_keys: bool = False, ensure_ascii: bool = True) -> str:
    """Return the JSON text of a value.

    Args:
        value: Dicts with texts as keys, lists, tuples, texts, numbers, truth values and None. Others raise TypeError.
        compact: Write no spaces.
        sort_keys: Write the members of objects in the order of their keys.
        ensure_ascii: Escape all characters but those of ASCII.
    """
    encode = encode_basestring_ascii if ensure_ascii else encode_basestring
    colon, comma = (":", ",") if compact else (": ", ", ")
    return "".join(make_encoder(None, _refuse, encode, None, colon, comma, sort_keys, False, True)(value, 0))


def _refuse(value: object) -> object:
    raise TypeError(f"{type(value).__name__} is no JSON")
