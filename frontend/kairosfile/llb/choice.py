"""The one check of words that stand for a number in a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


def check_choice(name: str, value: str, choices: Collection[str]) -> None:
    """Raise ValueError when `value` is not one of the words."""
    if value not in choices:
        raise ValueError(f"{name} {value!r}: choose one of {', '.join(choices)}")
