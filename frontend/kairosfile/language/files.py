"""Files of the build context, as the language reads them.

The language names files (included Kairosfiles, cloud-configs, stage extensions) and cannot open any: the caller passes
`Files`. A frontend loads them through BuildKit, the command line from a folder, a test from a dict. Code that needs
several files requests all of them with `load` first, so that they cost one round trip.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


NAME_ANOTHER = "name a regular file of the build context, or make it smaller"


class Files(Protocol):
    """The build context. Paths are relative to its root; `read` raises RefusedFileError for a file it must not read."""

    def load(self, paths: Iterable[str]) -> None:
        """Load these files and folders; those that do not exist are no error."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None if there is none."""

    def names(self, path: str) -> list[str] | None:
        """Return the same as `list` without transferring content; None also if that is impossible."""

    def list(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder, sorted; None if the folder does not exist."""

    def below(self, path: str) -> Sequence[str]:
        """Return the paths of all files below a folder, sorted; empty if finding them would need a transfer."""

    def exists(self, path: str) -> bool | None:
        """Return whether a path exists; None if finding out would need a transfer."""


class DictFiles:
    """Files that are a mapping from paths to contents."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self.contents = {clean(path): content for path, content in contents.items()}

    def load(self, paths: Iterable[str]) -> None:
        """Do nothing: all files are loaded."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file."""
        return self.contents.get(clean(path))

    def names(self, path: str) -> list[str] | None:
        """Return the same as `list`: it needs no transfer."""
        return self.list(path)

    def list(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder."""
        inside = [name.removeprefix(f"{clean(path)}/") for name in self.contents if name.startswith(f"{clean(path)}/")]
        return sorted(name for name in inside if "/" not in name) if inside else None

    def below(self, path: str) -> Sequence[str]:
        """Return the paths of all files below a folder."""
        return sorted(name for name in self.contents if name.startswith(f"{clean(path)}/"))

    def exists(self, path: str) -> bool:
        """Return whether a path exists."""
        return not clean(path) or clean(path) in self.contents or bool(self.below(path))


def clean(path: str) -> str:
    """Return the shortest equal path, relative to the context's root."""
    return posixpath.normpath(f"/{path}").lstrip("/")


def leaves_context(path: str) -> bool:
    """Return whether a path leaves the build context, or could leave it."""
    return ".." in path.split("/")
