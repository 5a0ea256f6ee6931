"""The short forms of the language: each function converts one to the long form, and returns other values unchanged."""

from __future__ import annotations

from kairosfile.kairos.releases import Release
from kairosfile.language.records import RefusalError
from kairosfile.patterns import IGNORECASE, compile_later

_LARGEST_EXIT_CODE = 255
_LARGEST_ID = (1 << 32) - 2
# Texts that mean a release; as an image they would be a repository of Docker Hub.
_LIKE_RELEASE = compile_later(r"v?[0-9]{1,9}(?:\.[0-9]{1,9})*(?:-[0-9a-z]{1,20})?|latest|main|master", IGNORECASE)


def nothing_more(value: object) -> object:
    """Read an empty value as an empty mapping."""
    return {} if value is None else value


def platforms_from_list(value: object) -> object:
    """Read a list of platforms as a mapping without overrides."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return {item: {} for item in value}
    return value


def provider_from_name(value: object) -> object:
    """Read a name as the provider of that name; raises RefusalError for several."""
    if isinstance(value, list) and len(value) > 1:
        raise RefusalError("several_providers")
    return {"name": value} if isinstance(value, str) else value


def tool_from_text(value: object) -> object:
    """Read a text as a release if it looks like one, else as an image; an empty value as the default."""
    if isinstance(value, str):
        return {"version" if Release.parse(value) or _LIKE_RELEASE.fullmatch(value) else "image": value}
    return {} if value is None else value


def packages_from_list(value: object) -> object:
    """Read a list as the packages to install."""
    return {"install": value} if isinstance(value, list) else value


def kernel_from_name(value: object) -> object:
    """Read a name as the package to install."""
    return {"install": [value]} if isinstance(value, str) else value


def user_number(value: object) -> object:
    """Read decimal text in the range of user ids as a number; validation refuses other texts."""
    return int(value) if isinstance(value, str) and _is_decimal(value, _LARGEST_ID) else value


def exit_code(value: object) -> object:
    """Read decimal text as an exit code; raises RefusalError."""
    if isinstance(value, str) and _is_decimal(value, _LARGEST_EXIT_CODE):
        return int(value)
    raise RefusalError("exit_code")


def _is_decimal(text: str, largest: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST_ID)) and int(text) <= largest


def texts(value: object) -> object:
    """Read a text as a list of one; raises RefusalError for other types."""
    if isinstance(value, str | list):
        return value if isinstance(value, list) else [value]
    raise RefusalError("texts")


def output_from_text(value: object) -> object:
    """Read a text, or a list of texts, as `contains` of an output."""
    return {"contains": value} if isinstance(value, str | list) else value


def config_from_file(value: object) -> object:
    """Read a text as the file of a cloud-config."""
    return {"from": value} if isinstance(value, str) else value
