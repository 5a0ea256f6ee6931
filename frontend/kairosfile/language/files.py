"""Files of the build context that a Kairosfile names.

The language names files (included Kairosfiles, cloud-configs, stage extensions) and cannot open any: the caller passes
`Files`. A frontend loads them through BuildKit, the command line from a folder, a test from a dict. Code that needs
several files requests all of them with `load` first, so that they cost one round trip. Paths start at the root of the
build context, whichever file they are in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kairosfile.paths import normpath

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


NAME_ANOTHER = "name a regular file of the build context, or make it smaller"

INCLUDING = EXTENDS, INCLUDE = "extends", "include"


class Files(Protocol):
    """The build context. Paths are relative to its root; `read` raises RefusedFileError for a file it must not read."""

    def load(self, paths: Iterable[str]) -> None:
        """Load these files and folders; missing ones are not an error."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None if it does not exist."""

    def names(self, path: str) -> list[str] | None:
        """Return the same as `list` without transferring content; None also if that is impossible."""

    def list(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder, sorted; None if the folder does not exist."""

    def below(self, path: str) -> Sequence[str]:
        """Return the paths of all files below a folder, sorted; empty if finding them would need a transfer."""

    def exists(self, path: str) -> bool | None:
        """Return whether a path exists; None if finding out would need a transfer."""


def clean(path: str) -> str:
    """Return the shortest equal path, relative to the context's root."""
    return normpath(f"/{path}").lstrip("/")


def leaves_context(path: str) -> bool:
    """Return whether a path leaves the build context, or could leave it."""
    return ".." in path.split("/")
