"""The lock file and the included files of a Kairosfile, as they were at a build.

The cost of a change is computed from the last build, whose files may have changed since.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kairosfile.language import lockfile, parser
from kairosfile.language.files import clean
from kairosfile.language.includes import resolve_includes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kairosfile.language.files import Files
    from kairosfile.sections import Document


@dataclass(frozen=True, slots=True)
class BuiltFiles:
    """The text of the lock file, None without one, and the paths and texts of the included files."""

    lock: str | None
    included: tuple[tuple[str, str], ...]

    def to_data(self) -> dict[str, Any]:
        """Return the data that `from_data` reads."""
        return {"lock": self.lock, "included": dict(self.included)}


def of_document(document: Document) -> BuiltFiles:
    """Return the files of a document that is to be built."""
    lock = document.lock
    text = None if lock is None else lockfile.text(document.source.filename, lock.images)
    if document.files is None:
        return BuiltFiles(text, ())
    reads = _Reads(document.files)
    resolve_includes(document.source, parser.without_extensions(parser.parse_what_is_valid(document.source)[0]), reads)
    return BuiltFiles(text, tuple((path, data.decode()) for path, data in sorted(reads.contents.items())))


def from_data(data: Mapping[str, Any]) -> BuiltFiles | None:
    """Return the recorded files of a build; None for a build of which none were recorded."""
    included = data.get("included")
    if not isinstance(included, dict):
        return None
    return BuiltFiles(data.get("lock"), tuple(sorted(included.items())))


class FilesAsBuilt:
    """A build context of today, in which the included files are those of a build."""

    def __init__(self, folder: Files, included: Iterable[tuple[str, str]]) -> None:
        self._folder = folder
        self._included = dict(included)

    def load(self, paths: Iterable[str]) -> None:
        """Load the files that were not included."""
        self._folder.load([path for path in paths if clean(path) not in self._included])

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None."""
        text = self._included.get(clean(path))
        return self._folder.read(path) if text is None else text.encode()

    def names(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder, as today."""
        return self._folder.names(path)

    def list(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder, as today."""
        return self._folder.list(path)

    def below(self, path: str) -> Sequence[str]:
        """Return the paths of all files below a folder, as today."""
        return self._folder.below(path)

    def exists(self, path: str) -> bool | None:
        """Return whether there is a file or a folder at a path, as today."""
        return self._folder.exists(path)


class _Reads(FilesAsBuilt):
    """A build context that keeps what is read."""

    def __init__(self, folder: Files) -> None:
        super().__init__(folder, ())
        self.contents: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | None:
        data = super().read(path)
        if data is not None:
            self.contents[clean(path)] = data
        return data
