"""File actions other than copy (mkdir, mkfile, rm, symlink), and the owners of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.llb import caps, settings
from kairosfile.llb.file import checked_path, owner_message, timestamp_number
from kairosfile.named_tuple import NamedTuple
from kairosfile.pb import ops

if TYPE_CHECKING:
    from kairosfile.llb.file import ActionContext

_ROOT = "root"
_ID_BITS = 32
_PERMISSIONS = 0o777


class Owner(NamedTuple):
    """User and group, each a number, a name or None for the daemon's default.

    A name is looked up in the state that the action works on, which therefore must not be empty.
    """

    user: int | str | None = None
    group: int | str | None = None

    @classmethod
    def parse(cls, text: str) -> Owner:
        """Read `user[:group]`; numbers and `root` become ids."""
        user, colon, group = text.partition(":")
        return cls(_read(user), _read(group) if colon else None)

    def to_proto(self, base: int) -> ops.ChownOpt:
        """Return the message that looks names up in input `base`."""
        return ops.ChownOpt(user=_user(self.user, base), group=_user(self.group, base))


def _read(text: str) -> int | str:
    if text == _ROOT:
        return 0
    digits = text[1:] if text[:1] in {"+", "-"} else text
    if digits.isascii() and digits.isdigit() and -(1 << _ID_BITS - 1) <= int(text) < 1 << _ID_BITS - 1:
        return int(text)
    return text


def _user(who: int | str | None, base: int) -> ops.UserOpt | None:
    if who is None:
        return None
    if isinstance(who, str) and who:
        return ops.UserOpt(byName=ops.NamedUserOpt(name=who, input=base))
    return ops.UserOpt(byID=int(who or 0) % (1 << _ID_BITS))


class MkDir(NamedTuple):
    """The action of `mkdir`."""

    path: str
    mode: int
    parents: bool
    owner: Owner | None
    timestamp: int | None

    def to_proto(self, action_context: ActionContext) -> ops.FileAction:
        """Return the action."""
        action = ops.FileActionMkDir(
            path=settings.absolute(action_context.cwd, self.path),
            mode=self.mode & _PERMISSIONS,
            makeParents=self.parents,
            owner=owner_message(self.owner, action_context),
            timestamp=timestamp_number(self.timestamp),
        )
        return ops.FileAction(mkdir=action)

    def caps(self) -> frozenset[str]:
        """Return the capabilities beyond file.base."""
        return frozenset()


class MkFile(NamedTuple):
    """The action of `mkfile`."""

    path: str
    data: bytes
    mode: int
    owner: Owner | None
    timestamp: int | None

    def to_proto(self, action_context: ActionContext) -> ops.FileAction:
        """Return the action."""
        action = ops.FileActionMkFile(
            path=settings.absolute(action_context.cwd, self.path),
            mode=self.mode & _PERMISSIONS,
            data=self.data,
            owner=owner_message(self.owner, action_context),
            timestamp=timestamp_number(self.timestamp),
        )
        return ops.FileAction(mkfile=action)

    def caps(self) -> frozenset[str]:
        """Return the capabilities beyond file.base."""
        return frozenset()


class Rm(NamedTuple):
    """The action of `rm`."""

    path: str
    allow_not_found: bool
    allow_wildcard: bool

    def to_proto(self, action_context: ActionContext) -> ops.FileAction:
        """Return the action."""
        removed = ops.FileActionRm(
            path=settings.absolute(action_context.cwd, self.path),
            allowNotFound=self.allow_not_found,
            allowWildcard=self.allow_wildcard,
        )
        return ops.FileAction(rm=removed)

    def caps(self) -> frozenset[str]:
        """Return the capabilities beyond file.base."""
        return frozenset()


class Symlink(NamedTuple):
    """The action of `symlink`."""

    old_path: str
    new_path: str
    owner: Owner | None
    timestamp: int | None

    def to_proto(self, action_context: ActionContext) -> ops.FileAction:
        """Return the action."""
        action = ops.FileActionSymlink(
            oldpath=self.old_path,
            newpath=self.new_path,
            owner=owner_message(self.owner, action_context),
            timestamp=timestamp_number(self.timestamp),
        )
        return ops.FileAction(symlink=action)

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
    """Create a directory; an existing one is not changed.

    Args:
        path: Path of the directory.
        mode: Permission bits; other bits are ignored.
        parents: Whether missing parents are created too.
        owner: Owner, None for root.
        timestamp: Modification time in nanoseconds since 1970, None for the time of the build.

    Raises:
        ValueError: The path is empty.
    """
    return MkDir(checked_path("mkdir", path), mode, parents, owner, timestamp)


def mkfile(
    path: str,
    data: bytes,
    *,
    mode: int = 0o644,
    owner: Owner | None = None,
    timestamp: int | None = None,
) -> MkFile:
    """Write a file; an existing one is replaced.

    Args:
        path: Path of the file.
        data: Its content.
        mode: Permission bits; other bits are ignored.
        owner: Owner, None for root.
        timestamp: Modification time in nanoseconds since 1970, None for the time of the build.

    Raises:
        ValueError: The path is empty.
    """
    return MkFile(checked_path("mkfile", path), data, mode, owner, timestamp)


def rm(path: str, *, allow_not_found: bool = False, allow_wildcard: bool = False) -> Rm:
    """Remove a file or a directory with its content.

    Args:
        path: The path to remove.
        allow_not_found: Whether it may be missing.
        allow_wildcard: Whether `path` is a pattern.

    Raises:
        ValueError: The path is empty.
    """
    return Rm(checked_path("rm", path), allow_not_found, allow_wildcard)


def symlink(old_path: str, new_path: str, *, owner: Owner | None = None, timestamp: int | None = None) -> Symlink:
    """Create a symbolic link.

    Args:
        old_path: The target of the link, written unchanged.
        new_path: Path of the link.
        owner: Owner of the link, None for root.
        timestamp: Modification time in nanoseconds since 1970, None for the time of the build.

    Raises:
        ValueError: A path is empty.
    """
    checked_path("symlink", old_path)
    return Symlink(old_path, checked_path("symlink", new_path), owner, timestamp)
