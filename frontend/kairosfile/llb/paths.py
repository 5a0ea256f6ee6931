"""Linux paths as Go's `path` package cleans and joins them.

Python keeps a leading double slash that Go drops; digests tell the difference.
"""

from __future__ import annotations

import posixpath


def clean(path: str) -> str:
    """Return the shortest equal path, `.` for an empty one."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def join(parent: str, path: str) -> str:
    """Return `path` below `parent`, cleaned, and absolute."""
    return clean(f"/{parent}/{path}")


def absolute(parent: str, path: str) -> str:
    """Return `path` cleaned, below `parent` when it is relative."""
    return clean(path) if path.startswith("/") else join(parent, path)


def destination(parent: str, path: str) -> str:
    """Return `absolute(parent, path)` with the ending `/` or `/.` by which a copy goes into a directory."""
    target = absolute(parent, path)
    if path.endswith("/"):
        return target if target == "/" else f"{target}/"
    if path.endswith("/."):
        return "/." if target == "/" else f"{target}/."
    return target
