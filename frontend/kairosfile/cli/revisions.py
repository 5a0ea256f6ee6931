"""Files of a git revision, named as `git show` names them: `HEAD~1:Kairosfile`, `main:./Kairosfile`.

git itself answers, and nothing is checked out.
"""

from __future__ import annotations

import os
import posixpath
import subprocess
from typing import TYPE_CHECKING

from kairosfile.cli.errors import CliError
from kairosfile.file_limits import RefusedFileError, too_large
from kairosfile.language import lockfile
from kairosfile.language.files import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.language.lockfile import Lock


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
        """Return the content of a file, None if there is none."""
        done = _blob(self._name(path), path)
        return done.stdout if done.returncode == 0 else None

    def names(self, path: str) -> list[str] | None:
        """Return what `list` does: nothing is transferred."""
        return self.list(path)

    def list(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder, sorted; None where there is no such folder."""
        done = _git("ls-tree", "-z", self._name(path))
        if done.returncode != 0:
            return None
        rows = [row.split("\t", 1) for row in done.stdout.decode().split("\0") if row]
        return sorted(name for kind, name in rows if " blob " in kind)

    def below(self, path: str) -> Sequence[str]:
        """Return the paths of all files below a folder."""
        done = _git("ls-tree", "-r", "-z", "--name-only", self._name(path))
        names = done.stdout.decode(errors="replace").split("\0") if done.returncode == 0 else []
        return [f"{clean(path)}/{name}" for name in sorted(filter(None, names))]

    def exists(self, path: str) -> bool:
        """Return whether there is a file or a folder at a path."""
        return not clean(path) or _git("cat-file", "-e", self._name(path)).returncode == 0

    def _name(self, path: str) -> str:
        joint = "" if self.folder.endswith(":") else "/"
        return f"{self.folder}{joint}{clean(path)}"


def _show(name: str) -> subprocess.CompletedProcess[bytes]:
    """Return the content of a file in a revision as git prints it, or why it does not; raises CliError."""
    try:
        return _blob(name, name)
    except RefusedFileError as error:
        raise CliError(str(error)) from error


def _blob(name: str, path: str) -> subprocess.CompletedProcess[bytes]:
    """Return what git says of a blob; one that is too large is not read. Raises RefusedFileError."""
    size = _git("cat-file", "-s", name)
    if size.returncode == 0 and (reason := too_large(int(size.stdout))):
        raise RefusedFileError(path, reason)
    return _git("cat-file", "blob", name)


def _git(*args: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *args], capture_output=True, check=False)
    except OSError as error:
        raise CliError(f"cannot run git, which reads files of a revision: {error.strerror}") from error


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode(errors="replace").strip().partition("\n")[0].removeprefix("fatal: ")
