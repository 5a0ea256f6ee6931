"""The values of the secrets that a command line names, to mask them in the recorded events."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A shorter text would match everywhere; a larger one is not a password and would not be printed on a line.
SHORTEST, LARGEST = 8, 64 * 1024


def secret_values(argv: Sequence[str]) -> list[str]:
    """Return the texts of all `--secret id=...,src=FILE` and `env=NAME` of a command line, and the lines of each.

    What cannot be read is left out: buildx says so itself.
    """
    values = [value for spec in _specs(argv) if (value := _value(spec))]
    lines = [line.strip() for value in values for line in value.splitlines()]
    return [text for text in dict.fromkeys([*values, *lines]) if len(text) >= SHORTEST]


def _specs(argv: Sequence[str]) -> Iterator[dict[str, str]]:
    for before, word in pairwise(["", *argv]):
        flag, equals, value = word.partition("=")
        if flag == "--secret" and equals:
            yield _attributes(value)
        elif before == "--secret":
            yield _attributes(word)


def _attributes(spec: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in spec.split(","))
    return {name.strip().lower(): value for name, _, value in pairs}


def _value(spec: dict[str, str]) -> str:
    """Return the value of a secret; without a source, buildx uses the variable or the file named by its id."""
    name = spec.get("env") or (spec.get("id", "") if spec.get("type") != "file" and "src" not in spec else "")
    if name in os.environ:
        return os.environ[name].strip()
    path = spec.get("src") or spec.get("source") or ""
    try:
        with Path(path).open("rb") as file:
            return file.read(LARGEST).decode(errors="ignore").strip()
    except (OSError, ValueError):
        return ""
