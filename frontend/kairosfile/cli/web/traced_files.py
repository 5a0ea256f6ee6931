"""A build context that records its answers, so that a result computed from it can be reused while they are the same."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from kairosfile.cli.errors import CliError
from kairosfile.untrusted import RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeVar

    from kairosfile.language.files import Files

    Answer = TypeVar("Answer")


class TracedFiles:
    """The files of a build context, as the language reads them, with a checksum of each answer.

    An answer can also be that there is no file, the names in a folder, or a refusal: whatever a result depends on.
    """

    def __init__(self, folder: Files) -> None:
        self._folder = folder
        self._answers: dict[tuple[str, str], bytes] = {}

    @property
    def are_unchanged(self) -> bool:
        """Whether the folder still gives all recorded answers."""
        return all(self._checksum(*query) == checksum for query, checksum in self._answers.items())

    def load(self, paths: Iterable[str]) -> None:
        """Load files; those of a folder are there already."""
        self._folder.load(paths)

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None."""
        return self._recorded("read", path, self._folder.read)

    def names(self, path: str) -> list[str] | None:
        """Return the same as `list`."""
        return self.list(path)

    def list(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder."""
        return self._recorded("list", path, self._folder.list)

    def below(self, path: str) -> Sequence[str]:
        """Return the paths of all files below a folder."""
        return self._recorded("below", path, self._folder.below)

    def exists(self, path: str) -> bool | None:
        """Return whether there is a file or a folder at a path."""
        return self._recorded("exists", path, self._folder.exists)

    def _recorded(self, method: str, path: str, ask: Callable[[str], Answer]) -> Answer:
        try:
            answer = ask(path)
        except (CliError, RefusedFileError) as error:
            self._answers[method, path] = _checksum(error)
            raise
        self._answers[method, path] = _checksum(answer)
        return answer

    def _checksum(self, method: str, path: str) -> bytes:
        try:
            return _checksum(getattr(self._folder, method)(path))
        except (CliError, RefusedFileError) as error:
            return _checksum(error)


def _checksum(answer: object) -> bytes:
    data = answer if isinstance(answer, bytes) else repr(answer).encode("utf-8", "surrogateescape")
    return hashlib.sha256(type(answer).__name__.encode() + b"\0" + data).digest()
