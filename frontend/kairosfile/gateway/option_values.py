"""How the values of options are written: Go's booleans, one CSV record, JSON. Else: OptionError."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from kairosfile.gateway.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

Choice = TypeVar("Choice", bound=str)

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})  # strconv.ParseBool
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})


def boolean(key: str, text: str) -> bool:
    """Read a boolean as Go does."""
    if text not in _TRUE | _FALSE:
        raise OptionError(key, f'expected true or false, not "{text}"')
    return text in _TRUE


def one_of(raw: Mapping[str, str], key: str, known: tuple[Choice, ...]) -> Choice | None:
    """Read one of a few words, None where the option is absent or empty."""
    value = raw.get(key)
    if not value:
        return None
    for choice in known:
        if choice == value:
            return choice
    raise OptionError(key, f'unknown value "{value}": use {", ".join(known)}')


def integer(key: str, text: str, unit: str) -> int:
    """Read a whole number of `unit`."""
    try:
        return int(text)
    except ValueError as error:
        raise OptionError(key, f'expected {unit} as a whole number, not "{text}"') from error


def csv_fields(key: str, text: str) -> list[str]:
    """Read the fields of one CSV record (RFC 4180), none from an empty text."""
    if not text:
        return []
    import csv  # noqa: PLC0415 - few builds have such an option
    from io import StringIO  # noqa: PLC0415

    try:
        return next(csv.reader(StringIO(text, newline=""), strict=True))
    except (csv.Error, StopIteration) as error:
        raise OptionError(key, f'expected fields separated by commas, not "{text}" ({error})') from error


def json_list(key: str, text: str) -> list[Any]:
    """Read a JSON array, an empty one from an empty text."""
    import json  # noqa: PLC0415

    try:
        value = json.loads(text or "[]")
    except ValueError as error:
        raise OptionError(key, f"expected JSON: {error}") from error
    if value is None:  # Go's encoding of a nil slice
        return []
    if not isinstance(value, list):
        raise OptionError(key, f"expected a JSON array, not {text}")
    return value


def ip_address(key: str, text: str) -> str:
    """Read an IP address, version 4 or 6, and return its canonical form."""
    import ipaddress  # noqa: PLC0415 - few builds have such an option

    try:
        return str(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError as error:
        raise OptionError(key, f'expected an IP address, not "{text}"') from error
