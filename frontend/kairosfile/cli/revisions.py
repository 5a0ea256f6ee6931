"""Files of a git revision, named as `git show` names them: `HEAD~1:Kairosfile`, `main:./Kairosfile`.

git itself answers; nothing is checked out.
"""

from __future__ import annotations

import posixpath
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile.cli.stop import StopError
from kairosfile.spec import lock
from kairosfile.spec.files import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.spec.lock import Lock


def is_revision(name: str) -> bool:
    """Tell whether a name is that of a file in a revision, and not of a file at hand."""
    return ":" in name and not Path(name).exists()


def read(name: str) -> bytes:
    """Return the content of a file in a revision; raises StopError."""
    done = _git("show", name)
    if done.returncode != 0:
        raise StopError(f"{name} cannot be read: {_reason(done)}")
    return done.stdout


def lock_of(name: str) -> Lock | None:
    """Return the lock file beside a file in a revision, None without one; raises KairosfileError."""
    beside = name + lock.SUFFIX
    done = _git("show", beside)
    return lock.read(beside, done.stdout) if done.returncode == 0 else None


class RevisionFiles:
    """The folder of a file in a revision as the build context."""

    def __init__(self, name: str) -> None:
        revision, _, path = name.partition(":")
        self.folder = f"{revision}:{posixpath.dirname(path)}"

    def load(self, paths: Iterable[str]) -> None:
        """All are at hand."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None where there is none."""
        done = _git("cat-file", "blob", self._name(path))
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

    def _name(self, path: str) -> str:
        joint = "" if self.folder.endswith(":") else "/"
        return f"{self.folder}{joint}{clean(path)}"


def _git(*words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *words], capture_output=True, check=False)
    except OSError as error:
        raise StopError(f"git cannot be run, which reads files of a revision: {error.strerror}") from error


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode(errors="replace").strip().partition("\n")[0].removeprefix("fatal: ")
