"""What a file op can do to one directory tree: make, write, remove and link.

Each action is a record that encodes itself where it stands. Relative paths are below the working directory of
the state that the action works on. Timestamps are nanoseconds since 1970, None for the time of the build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.llb import caps, paths
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from kairosfile.llb.owner import Owner

_PERMISSIONS = 0o777
_NO_TIMESTAMP = -1


class Place(NamedTuple):
    """Where an action stands: the working directory, and the input that names of owners are looked up in."""

    cwd: str
    base: int


class MkDir(NamedTuple):
    """Made by `mkdir`."""

    path: str
    mode: int
    parents: bool
    owner: Owner | None
    timestamp: int | None

    def encode(self, message: ops_pb2.FileAction, place: Place) -> None:
        """Write the action into `message`."""
        made = ops_pb2.FileActionMkDir(
            path=paths.absolute(place.cwd, self.path),
            mode=self.mode & _PERMISSIONS,
            makeParents=self.parents,
            owner=encode_owner(self.owner, place),
            timestamp=encode_timestamp(self.timestamp),
        )
        message.mkdir.CopyFrom(made)

    def caps(self) -> frozenset[str]:
        """Return the capabilities beyond file.base."""
        return frozenset()


class MkFile(NamedTuple):
    """Made by `mkfile`."""

    path: str
    data: bytes
    mode: int
    owner: Owner | None
    timestamp: int | None

    def encode(self, message: ops_pb2.FileAction, place: Place) -> None:
        """Write the action into `message`."""
        made = ops_pb2.FileActionMkFile(
            path=paths.absolute(place.cwd, self.path),
            mode=self.mode & _PERMISSIONS,
            data=self.data,
            owner=encode_owner(self.owner, place),
            timestamp=encode_timestamp(self.timestamp),
        )
        message.mkfile.CopyFrom(made)

    def caps(self) -> frozenset[str]:
        """Return the capabilities beyond file.base."""
        return frozenset()


class Rm(NamedTuple):
    """Made by `rm`."""

    path: str
    allow_not_found: bool
    allow_wildcard: bool

    def encode(self, message: ops_pb2.FileAction, place: Place) -> None:
        """Write the action into `message`."""
        removed = ops_pb2.FileActionRm(
            path=paths.absolute(place.cwd, self.path),
            allowNotFound=self.allow_not_found,
            allowWildcard=self.allow_wildcard,
        )
        message.rm.CopyFrom(removed)

    def caps(self) -> frozenset[str]:
        """Return the capabilities beyond file.base."""
        return frozenset()


class Symlink(NamedTuple):
    """Made by `symlink`."""

    old_path: str
    new_path: str
    owner: Owner | None
    timestamp: int | None

    def encode(self, message: ops_pb2.FileAction, place: Place) -> None:
        """Write the action into `message`."""
        made = ops_pb2.FileActionSymlink(
            oldpath=self.old_path,
            newpath=self.new_path,
            owner=encode_owner(self.owner, place),
            timestamp=encode_timestamp(self.timestamp),
        )
        message.symlink.CopyFrom(made)

    def caps(self) -> frozenset[str]:
        """Return the capabilities beyond file.base."""
        return frozenset({caps.FILE_SYMLINK_CREATE})


def mkdir(
    path: str,
    *,
    mode: int = 0o755,
    parents: bool = False,
    owner: Owner | None = None,
    timestamp: int | None = None,
) -> MkDir:
    """Make a directory; one that is there already is left as it is. Only permission bits of `mode` count."""
    return MkDir(checked_path("mkdir", path), mode, parents, owner, timestamp)


def mkfile(
    path: str,
    data: bytes,
    *,
    mode: int = 0o644,
    owner: Owner | None = None,
    timestamp: int | None = None,
) -> MkFile:
    """Write a file, over one that is there already. Only permission bits of `mode` count."""
    return MkFile(checked_path("mkfile", path), data, mode, owner, timestamp)


def rm(path: str, *, allow_not_found: bool = False, allow_wildcard: bool = False) -> Rm:
    """Remove a file or a directory with all that is in it."""
    return Rm(checked_path("rm", path), allow_not_found, allow_wildcard)


def symlink(old_path: str, new_path: str, *, owner: Owner | None = None, timestamp: int | None = None) -> Symlink:
    """Make the link `new_path` that points at `old_path`; both are written as given."""
    checked_path("symlink", old_path)
    return Symlink(old_path, checked_path("symlink", new_path), owner, timestamp)


def checked_path(action: str, path: str) -> str:
    """Return `path`; raise ValueError when it is empty."""
    if not path:
        raise ValueError(f"{action}: the path is empty")
    return path


def encode_owner(owner: Owner | None, place: Place) -> ops_pb2.ChownOpt | None:
    """Return the owner as seen from `place`."""
    return owner.encode(place.base) if owner else None


def encode_timestamp(timestamp: int | None) -> int:
    """Return nanoseconds, -1 for none: 0 is a time."""
    return _NO_TIMESTAMP if timestamp is None else timestamp
