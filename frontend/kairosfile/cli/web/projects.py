"""The folders that the server serves, and the files in them.

A path is relative to its folder. It has no `..` and no hidden part, and no link leads out of the folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile.cli.files import ContextFolder
from kairosfile.cli.web import backups
from kairosfile.language.parser import MAX_BYTES
from kairosfile.untrusted import RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST_PATH = 1024
DEEPEST = 3
_NAME = re.compile(r"(?:Kairosfile(?:\.(?!lock$|dockerignore$).+)?|.+\.kairosfile\.ya?ml)")
_SKIPPED = ("node_modules", "__pycache__", "build", "dist")


class PathError(Exception):
    """A path that is no file of a project; `status` is the HTTP status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class ChangedError(Exception):
    """A file has changed since its writer read it; `text` is the current text, None if the file is gone."""

    def __init__(self, text: bytes | None) -> None:
        super().__init__("the file on disk has changed since it was read")
        self.text = text


@dataclass(frozen=True, slots=True)
class Project:
    """One folder."""

    root: Path

    @property
    def id(self) -> str:
        """A name for addresses, which depends only on the path of the folder."""
        return hashlib.sha256(str(self.root).encode("utf-8", "surrogateescape")).hexdigest()[:12]

    def kairosfiles(self) -> list[str]:
        """Return the paths of the Kairosfiles in it, a few folders deep."""
        return sorted(self._below(self.root, DEEPEST))

    def _below(self, folder: Path, depth: int) -> Iterator[str]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            return
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if depth and not entry.name.startswith(".") and entry.name not in _SKIPPED:
                    yield from self._below(Path(entry.path), depth - 1)
            elif _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                yield str(Path(entry.path).relative_to(self.root))

    def read(self, path: str) -> bytes:
        """Return the content of a file; raises PathError."""
        try:
            data = ContextFolder(self.root).read(checked(path), MAX_BYTES)
        except RefusedFileError as error:
            raise PathError(413 if "larger" in str(error) or "has" in str(error) else 403, str(error)) from error
        except OSError as error:
            raise PathError(403, f"{path} cannot be read: {error.strerror}") from error
        if data is None:
            raise PathError(404, f"there is no file {path}")
        return data

    def place(self, path: str) -> Path:
        """Return the path of a file, which need not exist; raises PathError if its folder is outside the project."""
        target = self.root / checked(path)
        folder = target.parent.resolve()
        if not folder.is_relative_to(self.root.resolve()):
            raise PathError(403, f"{path} is outside the project")
        if not folder.is_dir():
            raise PathError(404, f"there is no folder {Path(path).parent}")
        if target.is_symlink() or (target.exists() and not target.is_file()):
            raise PathError(403, f"{path} is a symbolic link or not a regular file")
        return folder / target.name

    def write(self, path: str, data: bytes, read: str | None, state: Path | None = None) -> str:
        """Replace a file atomically, or create one; returns its tag.

        Args:
            path: Relative to the folder.
            data: The whole content.
            read: The tag of what the writer has read; None for a file that does not exist yet.
            state: The state folder, which keeps the text that is replaced; it is not kept without one.

        Raises:
            PathError: The path cannot be written, or the content is too large.
            ChangedError: The file has changed since.
        """
        place = self.place(path)
        if len(data) > MAX_BYTES:
            raise PathError(413, f"the file is larger than {MAX_BYTES} bytes")
        try:
            before = place.read_bytes() if place.exists() else None
            if (tag_of(before) if before is not None else None) != read:
                raise ChangedError(before)
            mode = place.stat().st_mode & 0o777 if before is not None else 0o644
            if before is not None and state is not None:
                backups.keep(state, place, before)
            beside = place.with_name(f".{place.name}.{os.getpid()}")
            beside.write_bytes(data)
            beside.chmod(mode)
            beside.replace(place)
        except OSError as error:
            raise PathError(403, f"{path} cannot be written: {error.strerror}") from error
        return tag_of(data)


def checked(path: str) -> str:
    """Return a path that is safe to open; raises PathError."""
    parts = path.split("/")
    if not path or len(path) > LONGEST_PATH or not path.isprintable() or "\\" in path:
        raise PathError(400, "invalid path: use printable characters, with / between the parts")
    if any(not part or part.startswith(".") for part in parts):
        raise PathError(403, "invalid path: it has an empty or hidden part, or leads to a parent folder")
    return unicodedata.normalize("NFC", path)


def tag_of(data: bytes) -> str:
    """Return the SHA-256 of a content, which is its ETag."""
    return hashlib.sha256(data).hexdigest()


def find(projects: Sequence[Project], project_id: str) -> Project:
    """Return a project by its id; raises PathError."""
    project = next((project for project in projects if project.id == project_id), None)
    if project is None:
        raise PathError(404, "there is no such project; GET /api/v1/projects lists them")
    return project
