"""What `kairosfile lock` did or found, for people and programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SCHEMA = "kairosfile.lock/1"
SHORT = len("sha256:") + 12

# The first four are what became of an image, the others what a check found.
Result = Literal["added", "kept", "upgraded", "dropped", "locked", "missing", "unused", "moved"]

FAULTS: dict[str, str] = {
    "missing": "{name} is not in {lock}",
    "unused": "{name} is locked, and the file does not name it",
    "moved": "{name} is {was} in {lock}, its tag names {digest} now",
}


class Entry(NamedTuple):
    """An image by its full name: `digest` is that of now, `was` that of the lock file; empty for none."""

    name: str
    result: Result
    digest: str
    was: str
    place: str


def text(entries: Iterable[Entry], lock: str, *, written: bool) -> str:
    """Return what became of each image."""
    rows = [f"{entry.result:8} {entry.name} {_change(entry)}\n" for entry in entries]
    return "".join([*rows, f"wrote {lock}\n" if written else f"{lock} stays as it is\n"])


def checked(entries: Sequence[Entry], lock: str, *, exists: bool) -> str:
    """Return each fault with its place, and what to do about them."""
    if not exists:
        return f"there is no {lock}: run `kairosfile lock`\n"
    faults = [entry for entry in entries if entry.result in FAULTS]
    rows = [f"{entry.place}: {_fault(entry, lock)}\n" for entry in faults]
    if any(entry.result != "moved" for entry in faults):
        rows.append(f"{lock} does not fit: run `kairosfile lock`\n")
    elif faults:
        rows.append("tags have moved: `kairosfile lock --upgrade` takes what they name now\n")
    return "".join(rows) or f"{lock} fits\n"


def json_text(entries: Iterable[Entry], file: str, lock: str) -> str:
    """Return the entries as JSON."""
    images = [{key: value or None for key, value in entry._asdict().items()} for entry in entries]
    return json.dumps({"schema": SCHEMA, "file": file, "lock": lock, "images": images}, indent=2) + "\n"


def _fault(entry: Entry, lock: str) -> str:
    return FAULTS[entry.result].format(name=entry.name, lock=lock, was=entry.was[:SHORT], digest=entry.digest[:SHORT])


def _change(entry: Entry) -> str:
    both = [digest[:SHORT] for digest in dict.fromkeys((entry.was, entry.digest)) if digest]
    return " -> ".join(both)
