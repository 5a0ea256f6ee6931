"""The files of a build context: those of a folder, as a build would see them, or those of a git revision.

BuildKit transfers a folder of the client with its links, and resolves them on the daemon with that folder as the root
(containerd/continuity, fs.RootPath): an absolute target starts at the folder, `..` ends there, and what does not exist
below it is missing. So `evil.yaml -> /etc/passwd` is a missing file, here as in a build, and a folder that links to
`/` is the folder itself. Only regular files are read.

Files of a revision are named as `git show` names them: `HEAD~1:Kairosfile`, `main:./Kairosfile`. git itself answers,
and nothing is checked out; links in it are resolved in the same way.
"""

from __future__ import annotations

import errno
import os
import posixpath
import stat
import subprocess
from collections import deque
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile.cli.errors import CliError
from kairosfile.language import lockfile
from kairosfile.language.files import clean
from kairosfile.untrusted import MAX_COMPANION, RefusedFileError, too_large

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kairosfile.language.lockfile import Lock


MAX_LINKS = 255  # of one path, as in fs.RootPath
MAX_PATH = 4096  # bytes of a path in Linux
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

    def read(self, path: str, limit: int = MAX_COMPANION) -> bytes | None:
        """Return the content of a regular file, or None if it does not exist.

        Args:
            path: Relative to the folder.
            limit: The bytes that the file may have.

        Raises:
            RefusedFileError: It is not a regular file, or too large; it is not read.
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
        """Return the names of the entries of a folder that are not folders, sorted; None if it does not exist.

        A link counts as what it is, wherever it leads: so does the daemon.
        """
        entries = self._entries(path)
        return None if entries is None else sorted(entry.name for entry in entries if not _is_folder(entry))

    def folders(self, path: str) -> Sequence[str]:
        """Return the names of the folders directly in a folder, sorted."""
        return sorted(entry.name for entry in self._entries(path) or () if _is_folder(entry))

    def below(self, path: str) -> Sequence[str]:
        """Return the paths of the files below a folder, sorted, at most MAX_ENTRIES; links are not followed."""
        paths, waiting = deque[str](), deque([path])
        while waiting and len(paths) < MAX_ENTRIES:
            folder = waiting.popleft()
            for entry in self._entries(folder) or ():
                (waiting if _is_folder(entry) else paths).append(f"{folder}/{entry.name}" if folder else entry.name)
            if len(waiting) > MAX_ENTRIES:
                break
        return sorted(paths)[:MAX_ENTRIES]

    def resolve(self, path: str) -> Path | None:
        """Return the target of a path below the folder, None for a missing one."""
        place = follow(path, lambda parts: _link(self.root.joinpath(*parts)))
        resolved = None if place is None else self.root.joinpath(*place)
        return resolved if resolved is not None and os.path.lexists(resolved) else None

    def _entries(self, path: str) -> Sequence[os.DirEntry[str]] | None:
        place = self.resolve(path)
        if place is None or not place.is_dir():
            return None
        with os.scandir(place) as entries:
            return [entry for entry, _ in zip(entries, range(MAX_ENTRIES), strict=False)]


def follow(path: str, target_of: Callable[[Sequence[str]], str | None]) -> Sequence[str] | None:
    """Return the parts of a path with its links resolved in the root; None for one that is too long or has too many.

    Args:
        path: Relative to the root.
        target_of: Returns the target of a link by the parts of its path, None for anything else.
    """
    parts, links = deque(_parts(path)), 0
    place: list[str] = []
    while parts:
        if len(place) + len(parts) > MAX_PATH:
            return None
        part = parts.popleft()
        if part == "..":
            del place[-1:]
            continue
        place.append(part)
        target = target_of(place)
        if target is None:
            continue
        links += 1
        if links > MAX_LINKS:
            return None
        place = [] if target.startswith("/") else place[:-1]
        parts.extendleft(reversed(_parts(target)))
    return place


def read_file(path: str, limit: int = MAX_COMPANION) -> bytes:
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
    status = os.fstat(descriptor)
    if stat.S_ISDIR(status.st_mode):
        return None
    data = bytearray()
    while not (reason := _refusal(status, limit) or too_large(len(data), limit)):
        chunk = os.read(descriptor, limit + 1)
        if not chunk:
            return bytes(data)
        data += chunk
    raise RefusedFileError(path, reason)


def _refusal(status: os.stat_result, limit: int) -> str:
    if stat.S_ISREG(status.st_mode):
        return too_large(status.st_size, limit)
    return f"is {_KINDS.get(stat.S_IFMT(status.st_mode), 'an irregular file')}, not a regular file"


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in {"", "."}]


def _link(path: Path) -> str | None:
    """Return the target of a link, None for anything else."""
    try:
        return str(path.readlink())
    except (OSError, ValueError):  # no link, not there, or no name at all
        return None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def is_revision(name: str) -> bool:
    """Return whether a name is REVISION:FILE, and not that of a file on disk."""
    return ":" in name and not name.startswith("-") and not os.path.lexists(name)


def read_revision(name: str) -> bytes:
    """Return the content of a file in a revision; raises CliError."""
    done = _show(name)
    if done.returncode != 0:
        raise CliError(f"{name} cannot be read: {_reason(done)}")
    return done.stdout


def lock_in_revision(name: str) -> Lock | None:
    """Return the lock file beside a file in a revision, None without one; raises KairosfileError."""
    beside = name + lockfile.SUFFIX
    done = _show(beside)
    return lockfile.read(beside, done.stdout) if done.returncode == 0 else None


class RevisionFiles:
    """The folder of a file in a revision as the build context."""

    def __init__(self, name: str) -> None:
        revision, _, path = name.partition(":")
        self.folder = f"{revision}:{posixpath.dirname(path)}"

    def load(self, paths: Iterable[str]) -> None:
        """Do nothing: git has them all."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None if it does not exist."""
        done = _blob(self.resolve(path) or "", path)
        return done.stdout if done.returncode == 0 else None

    def names(self, path: str) -> list[str] | None:
        """Return the same as `list`: nothing is transferred."""
        return self.list(path)

    def list(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder, sorted; None if the folder is missing."""
        done = _git("ls-tree", "-z", self.resolve(path) or "")
        return None if done.returncode else sorted(name for kind, name in _rows(done) if " blob " in kind)

    def below(self, path: str) -> Sequence[str]:
        """Return the paths of all files below a folder."""
        done = _git("ls-tree", "-r", "-z", self.resolve(path) or "")
        return [f"{clean(path)}/{name}" for name in sorted(name for _, name in _rows(done))][:MAX_ENTRIES]

    def exists(self, path: str) -> bool:
        """Return whether there is a file or a folder at a path."""
        return not clean(path) or _git("cat-file", "-e", self.resolve(path) or "").returncode == 0

    def resolve(self, path: str) -> str | None:
        """Return the name of a file or a folder in the revision, with its links resolved; None if it has too many."""
        place = follow(path, self._target)
        joint = "" if self.folder.endswith(":") else "/"
        return None if place is None else f"{self.folder}{joint}{'/'.join(place)}"

    def _target(self, parts: Sequence[str]) -> str | None:
        link = self._links.get("/".join(parts)) if self._links else None
        return None if link is None else os.fsdecode(_git("cat-file", "blob", link).stdout)

    @cached_property
    def _links(self) -> dict[str, str]:
        """The links below the folder: their objects by their paths."""
        rows = _rows(_git("ls-tree", "-r", "-z", self.folder))
        return {name: kind.split()[2] for kind, name in rows if kind.startswith("120000 ")}


def _show(name: str) -> subprocess.CompletedProcess[bytes]:
    """Return the content of a file in a revision as git prints it, or why it does not; raises CliError."""
    try:
        return _blob(RevisionFiles(name).resolve(posixpath.basename(name.partition(":")[2])) or "", name)
    except RefusedFileError as error:
        raise CliError(str(error)) from error


def _blob(name: str, path: str) -> subprocess.CompletedProcess[bytes]:
    """Return the content of a blob from git; raises RefusedFileError for one that is too large, without reading it."""
    size = _git("cat-file", "-s", name)
    if size.returncode == 0 and (reason := too_large(int(size.stdout))):
        raise RefusedFileError(path, reason)
    return _git("cat-file", "blob", name)


def _rows(done: subprocess.CompletedProcess[bytes]) -> Iterator[tuple[str, str]]:
    """Yield the rows of `git ls-tree`: mode, kind and object, then the name, which need not be UTF-8."""
    for row in os.fsdecode(done.stdout).split("\0") if done.returncode == 0 else ():
        kind, tab, name = row.partition("\t")
        if tab:
            yield kind, name


def _git(*args: str) -> subprocess.CompletedProcess[bytes]:
    if any("\0" in word for word in args):
        return subprocess.CompletedProcess(args, 1, b"", b"fatal: a name has no NUL")
    try:
        return subprocess.run(["git", *args], capture_output=True, check=False)
    except OSError as error:
        raise CliError(f"cannot run git, which reads files of a revision: {error.strerror}") from error


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode(errors="replace").strip().partition("\n")[0].removeprefix("fatal: ")
