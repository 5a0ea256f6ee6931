"""The build context of a file in an editor: a folder of the machine, and over it the texts that are not saved yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.cli.load import FolderFiles
from kairosfile.language.files import clean, leaves_context

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class BufferFiles(FolderFiles):
    """Files below a folder; the texts of open `buffers`, by absolute path, precede the files on the disk.

    `asked` are the absolute paths of all requested files, also of missing ones: a change may change the findings.
    """

    def __init__(self, root: Path, buffers: Mapping[Path, str]) -> None:
        super().__init__(root)
        self.buffers = buffers
        self.asked: set[Path] = set()

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None if there is none."""
        place = self.locate(path)
        self.asked.add(place)
        text = self.buffers.get(place)
        return super().read(path) if text is None else text.encode(errors="replace")

    def locate(self, path: str) -> Path:
        """Return the path of a file of the context on this machine."""
        return self.root / clean(path)

    def names(self, folder: str) -> list[str]:
        """Return the sorted names directly in a folder, folders with a slash, without hidden ones."""
        if leaves_context(folder):
            return []
        inside = [*(self.list(folder) or ()), *(f"{name}/" for name in self.folders(folder))]
        return sorted(name for name in inside if not name.startswith("."))
