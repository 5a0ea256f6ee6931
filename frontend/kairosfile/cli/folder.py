"""The build context as a folder of this machine. `.dockerignore` is not applied: the build says what it hides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.cli.stop import StopError
from kairosfile.spec.files import clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class FolderFiles:
    """Files below a folder, as the language reads them; raises StopError for one that is there and cannot be read."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def load(self, paths: Iterable[str]) -> None:
        """All are at hand."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None where there is none."""
        try:
            return self._path(path).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise StopError(f"{path} cannot be read: {error}") from error

    def names(self, path: str) -> list[str] | None:
        """Return what `list` does: nothing is transferred."""
        return self.list(path)

    def list(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder, sorted; None where there is no such folder."""
        folder = self._path(path)
        return sorted(entry.name for entry in folder.iterdir() if entry.is_file()) if folder.is_dir() else None

    def _path(self, path: str) -> Path:
        return self.root / clean(path)
