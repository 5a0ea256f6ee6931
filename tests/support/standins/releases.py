"""The releases of kairos-init: their order, and the range of releases that a tag belongs to.

`kairos-init.json` is this project's record of the facts of each release. The stand-in reads the
definitions of the flags from it, never the ready-made command lines: those test the stand-in.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "kairos-init.json"
_TAG = re.compile(r"v(\d+)\.(\d+)\.(\d+)(?:-(beta|rc|RC)(\d+))?")
_RANK = {"beta": 0, "rc": 1, "RC": 1, None: 2}

Order = tuple[int, int, int, int, int]


class UnknownReleaseError(ValueError):
    """The text is no release tag of kairos-init, nor newer than the newest one known."""


@cache
def facts() -> dict[str, Any]:
    """Return the whole content of `kairos-init.json`."""
    content: dict[str, Any] = json.loads(DATA.read_text("utf-8"))
    return content


def order(tag: str) -> Order:
    """Return the sort key of a tag: by number, a pre-release before its release, never by date."""
    match = _TAG.fullmatch(tag)
    if match is None:
        raise UnknownReleaseError(f"{tag!r} is no tag of kairos-init: it looks like v0.17.3 or v0.5.0-rc1")
    major, minor, patch, kind, number = match.groups()
    return (int(major), int(minor), int(patch), _RANK[kind], int(number or 0))


@cache
def tags() -> tuple[str, ...]:
    """Return every known release tag, the oldest number first."""
    return tuple(sorted((release["tag"] for release in facts()["releases"]), key=order))


def dialect(tag: str) -> dict[str, Any]:
    """Return the range of releases whose command line the tag has; a newer tag has the newest one's."""
    ranges: list[dict[str, Any]] = facts()["ranges"]
    if order(tag) > order(tags()[-1]):
        return ranges[-1]
    for candidate in ranges:
        if tag in candidate["tags"]:
            return candidate
    raise UnknownReleaseError(f"kairos-init never had a release {tag}; known: {tags()[0]} to {tags()[-1]}")


def details(tag: str) -> dict[str, Any]:
    """Return the record of one release; for an unknown newer tag, that of the newest release."""
    releases: list[dict[str, Any]] = facts()["releases"]
    known = {release["tag"]: release for release in releases}
    return known.get(tag, known[tags()[-1]])
