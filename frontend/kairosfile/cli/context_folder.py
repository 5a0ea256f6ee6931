"""Reads files of a folder as a build would see them: links stay within the folder, only regular files are read.

BuildKit transfers a folder of the client with its links, and resolves them on the daemon with that folder as the root
(containerd/continuity, fs.RootPath): an absolute target starts at the folder, `..` ends there, and what does not exist
below it is missing. So `evil.yaml -> /etc/passwd` is a missing file, here as in a build, and a folder that links to `/`
is the folder itself.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile.file_limits import COMPANION, RefusedFileError, too_large

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_LINKS = 255  # of one path, as in fs.RootPath
MAX_ENTRIES = 10_000  # files that are listed of one folder

_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
}
_MISSING = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EISDIR, errno.ENAMETOOLONG}


class ContextFolder:
    """A folder whose files are read without leaving it. Paths are relative to it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str, limit: int = COMPANION) -> bytes | None:
        """Return the content of a regular file, None if there is none.

        Args:
            path: Relative to the folder.
            limit: The bytes that the file may have.

        Raises:
            RefusedFileError: It is no regular file, or too large; it is not read.
            OSError: It is there and cannot be read.
        """
        place = self.resolve(path)
        if place is None:
            return None
        try:
            # What became a pipe or a link since it was resolved neither blocks nor leads away.
            descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in _MISSING:
                return None
            if error.errno == errno.ENXIO:  # a socket
                raise RefusedFileError(path, "is a socket, not a regular file") from error
            raise
        try:
            return _content(path, descriptor, limit)
        finally:
            os.close(descriptor)

    def list(self, path: str) -> Sequence[str] | None:
        """Return the names of what is directly in a folder and is no folder, sorted; None if there is none.

        A link counts as what it is, wherever it leads: so does the daemon.
        """
        entries = self._entries(path)
        return None if entries is None else sorted(entry.name for entry in entries if not _is_folder(entry))

    def folders(self, path: str) -> Sequence[str]:
        """Return the names of the folders directly in a folder, sorted."""
        return sorted(entry.name for entry in self._entries(path) or () if _is_folder(entry))

    def below(self, path: str) -> Sequence[str]:
        """Return the paths of the files below a folder, sorted, at most MAX_ENTRIES; links are not followed."""
        found, waiting = deque[str](), deque([path])
        while waiting and len(found) < MAX_ENTRIES:
            folder = waiting.popleft()
            for entry in self._entries(folder) or ():
                (waiting if _is_folder(entry) else found).append(f"{folder}/{entry.name}" if folder else entry.name)
            if len(waiting) > MAX_ENTRIES:
                break
        return sorted(found)[:MAX_ENTRIES]

    def resolve(self, path: str) -> Path | None:
        """Return where a path leads below the folder, None where it leads to nothing."""
        parts, links = deque(_parts(path)), 0
        place: list[str] = []
        while parts:
            part = parts.popleft()
            if part == "..":
                del place[-1:]
                continue
            target = _link(self.root.joinpath(*place, part))
            if target is None:
                place.append(part)
                continue
            links += 1
            if links > MAX_LINKS:
                return None
            if target.startswith("/"):
                place = []
            parts.extendleft(reversed(_parts(target)))
        found = self.root.joinpath(*place)
        return found if os.path.lexists(found) else None

    def _entries(self, path: str) -> Sequence[os.DirEntry[str]] | None:
        place = self.resolve(path)
        if place is None or not place.is_dir():
            return None
        with os.scandir(place) as entries:
            return [entry for entry, _ in zip(entries, range(MAX_ENTRIES), strict=False)]


def read_file(path: str, limit: int = COMPANION) -> bytes:
    """Return the content of a file that is named on the command line, links resolved within its own folder.

    That is how a build has the file that `-f` names. Raises RefusedFileError and OSError.
    """
    folder, name = os.path.split(path)
    data = ContextFolder(Path(folder)).read(name, limit)
    if data is None:
        place = Path(path)
        if place.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if place.is_symlink():
            raise RefusedFileError(path, f"is a link that leads to nothing within {folder or 'its folder'}")
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    return data


def _content(path: str, descriptor: int, limit: int) -> bytes | None:
    found = os.fstat(descriptor)
    if stat.S_ISDIR(found.st_mode):
        return None
    data = bytearray()
    while not (reason := _refusal(found, limit) or too_large(len(data), limit)):
        chunk = os.read(descriptor, limit + 1)
        if not chunk:
            return bytes(data)
        data += chunk
    raise RefusedFileError(path, reason)


def _refusal(found: os.stat_result, limit: int) -> str:
    if stat.S_ISREG(found.st_mode):
        return too_large(found.st_size, limit)
    return f"is {_KINDS.get(stat.S_IFMT(found.st_mode), 'an irregular file')}, not a regular file"


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in {"", "."}]


def _link(place: Path) -> str | None:
    """Return the target of a link, None for anything else."""
    try:
        return str(place.readlink())
    except (OSError, ValueError):  # no link, not there, or no name at all
        return None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)
