"""Read a `.dockerignore`: lines to exclude patterns, nothing more; the daemon does the matching.

The rules are those of moby/patternmatcher's ignorefile.ReadAll.
"""

from __future__ import annotations

import posixpath

_BOM = "\ufeff"


def patterns(content: bytes) -> list[str]:
    """Return the patterns in order, relative to the context's root, exceptions with their `!`."""
    lines = content.decode(errors="surrogateescape").removeprefix(_BOM).split("\n")
    stripped = (line.strip() for line in lines if not line.startswith("#"))
    return [_pattern(line) for line in stripped if line]


def _pattern(line: str) -> str:
    if line.startswith("!"):
        return "!" + _clean(line[1:].strip())
    return _clean(line)


def _clean(path: str) -> str:
    if not path:
        return path
    return posixpath.normpath(path).lstrip("/") or "/"
