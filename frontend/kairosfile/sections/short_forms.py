"""The short forms of the language: each function reads one as the long form, and leaves any other value alone."""

from __future__ import annotations

import re

from kairosfile.kairos.releases import Release
from kairosfile.language.records import RefusalError
from kairosfile.patterns import compile_later

_LARGEST_EXIT_CODE = 255
_LARGEST_ID = (1 << 32) - 2
# What people write for a release; as an image it would be a repository of Docker Hub.
_LIKE_RELEASE = compile_later(r"v?[0-9]{1,9}(?:\.[0-9]{1,9})*+(?:-[0-9a-z]{1,20})?|latest|main|master", re.IGNORECASE)


def nothing_more(value: object) -> object:
    """Read nothing below a key as a mapping that says nothing more."""
    return {} if value is None else value


def platforms_from_list(value: object) -> object:
    """Read a list of platforms as a mapping that says nothing more of them."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return {item: {} for item in value}
    return value


def provider_from_name(value: object) -> object:
    """Read a mere name as the provider of that name; raises RefusalError for several."""
    if isinstance(value, list) and len(value) > 1:
        raise RefusalError("several_providers")
    return {"name": value} if isinstance(value, str) else value


def tool_from_text(value: object) -> object:
    """Read a mere text as a release where it looks like one, else as an image; nothing as the default."""
    if isinstance(value, str):
        return {"version" if Release.parse(value) or _LIKE_RELEASE.fullmatch(value) else "image": value}
    return {} if value is None else value


def packages_from_list(value: object) -> object:
    """Read a mere list as the packages to install."""
    return {"install": value} if isinstance(value, list) else value


def kernel_from_name(value: object) -> object:
    """Read a mere name as the package to install."""
    return {"install": [value]} if isinstance(value, str) else value


def user_number(value: object) -> object:
    """Read decimal text in the range of user ids as a number; leave the rest to be refused."""
    return int(value) if isinstance(value, str) and _is_decimal(value, _LARGEST_ID) else value


def exit_code(value: object) -> object:
    """Read decimal text as the exit code that it is; raises RefusalError."""
    if isinstance(value, str) and _is_decimal(value, _LARGEST_EXIT_CODE):
        return int(value)
    raise RefusalError("exit_code")


def _is_decimal(text: str, largest: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST_ID)) and int(text) <= largest


def texts(value: object) -> object:
    """Read a mere text as a list of one; raises RefusalError for what is neither."""
    if isinstance(value, str | list):
        return value if isinstance(value, list) else [value]
    raise RefusalError("texts")


def output_from_text(value: object) -> object:
    """Read a mere text, or a list of them, as what an output contains."""
    return {"contains": value} if isinstance(value, str | list) else value


def config_from_file(value: object) -> object:
    """Read a mere text as the file that a cloud-config is taken from."""
    return {"from": value} if isinstance(value, str) else value
