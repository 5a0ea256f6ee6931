"""Files of the build context, as the language reads them.

The language names files (included Kairosfiles, cloud-configs, stage extensions) and cannot open any: who calls it gives
the `Files`. A frontend loads them through BuildKit, the command line from a folder, a test from a dict. Whoever needs
several asks for all of them with `load` first, so that they cost one round trip.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


NAME_ANOTHER = "name a regular file of the build context, or make it smaller"


class Files(Protocol):
    """The build context. Paths are relative to its root; `read` raises RefusedFileError for what no build reads."""

    def load(self, paths: Iterable[str]) -> None:
        """Load these files and folders; those that do not exist are no error."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None if there is none."""

    def names(self, path: str) -> list[str] | None:
        """Return what `list` does, without content that leaves its place; None also where that cannot be done."""

    def list(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder, sorted; None where there is no such folder."""

    def below(self, path: str) -> Sequence[str]:
        """Return the paths of all files below a folder, sorted; none where it costs a transfer to know them."""

    def exists(self, path: str) -> bool | None:
        """Return whether there is a file or a folder at a path; None where it costs a transfer to know it."""


class DictFiles:
    """Files that are a mapping from paths to contents."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self.contents = {clean(path): content for path, content in contents.items()}

    def load(self, paths: Iterable[str]) -> None:
        """All are loaded."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file."""
        return self.contents.get(clean(path))

    def names(self, path: str) -> list[str] | None:
        """Return what `list` does: nothing is transferred."""
        return self.list(path)

    def list(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder."""
        inside = [name.removeprefix(f"{clean(path)}/") for name in self.contents if name.startswith(f"{clean(path)}/")]
        return sorted(name for name in inside if "/" not in name) if inside else None

    def below(self, path: str) -> Sequence[str]:
        """Return the paths of all files below a folder."""
        return sorted(name for name in self.contents if name.startswith(f"{clean(path)}/"))

    def exists(self, path: str) -> bool:
        """Return whether there is a file or a folder at a path."""
        return not clean(path) or clean(path) in self.contents or bool(self.below(path))


def clean(path: str) -> str:
    """Return the shortest equal path, relative to the context's root."""
    return posixpath.normpath(f"/{path}").lstrip("/")


def leaves_context(path: str) -> bool:
    """Return whether a path climbs out of the build context, or could."""
    return ".." in path.split("/")
