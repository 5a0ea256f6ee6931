"""JSON objects that are read to the last key."""

from __future__ import annotations

from typing import Any, Self


class Fields:
    """Gives out the keys of an object one by one; a key that nobody took is an error.

    A vector that says more than its reader understands can so not pass unnoticed.
    """

    def __init__(self, name: str, values: dict[str, Any]) -> None:
        self._name = name
        self._values = dict(values)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and self._values:
            raise ValueError(f"{self._name}: unknown keys {sorted(self._values)}")

    def take(self, key: str, default: Any = None) -> Any:
        """Take a key that may be missing."""
        return self._values.pop(key, default)

    def rename(self, *same: str, **names: str) -> dict[str, Any]:
        """Take what is there of some keys, under the names of our own API."""
        expected = {**{name: name for name in same}, **names}
        return {ours: self._values.pop(theirs) for ours, theirs in expected.items() if theirs in self._values}
