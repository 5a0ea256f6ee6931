"""Paths of Linux as texts, on every system: what `posixpath` has, without its import.

`posixpath` is written in Python and imports `os`; both take 7 % of the instructions of a plain build. The root is
always one slash here: POSIX lets a system give two another meaning, which Linux does not.
"""

from __future__ import annotations


def normpath(path: str) -> str:
    """Return the shortest equal path, in which `..` removes the name before it; `.` for an empty one."""
    root = "/" if path.startswith("/") else ""
    names: list[str] = []
    for name in path.split("/"):
        if name == ".." and names and names[-1] != "..":
            names.pop()
        elif name not in ("", ".") and not (name == ".." and root):
            names.append(name)
    return root + "/".join(names) or "."


def basename(path: str) -> str:
    """Return what follows the last slash."""
    return path.rpartition("/")[2]


def dirname(path: str) -> str:
    """Return what precedes the last slash: `/` for a name in the root, empty without a slash."""
    folder, slash, _ = path.rpartition("/")
    return folder.rstrip("/") or slash


def join(folder: str, path: str) -> str:
    """Return a path relative to a folder; an absolute one stays as it is."""
    if not folder or path.startswith("/"):
        return path
    return folder + path if folder.endswith("/") else f"{folder}/{path}"
