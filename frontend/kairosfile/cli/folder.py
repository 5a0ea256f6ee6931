"""The build context as a folder of this machine. `.dockerignore` is not applied: the build says what it hides."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile.cli.stop import StopError
from kairosfile.spec.files import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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

    def below(self, path: str) -> Sequence[str]:
        """Return the paths of all files below a folder; links are not followed."""
        inside = (Path(folder) / name for folder, _, names in os.walk(self._path(path)) for name in names)
        return sorted(file.relative_to(self.root).as_posix() for file in inside)

    def _path(self, path: str) -> Path:
        return self.root / clean(path)
