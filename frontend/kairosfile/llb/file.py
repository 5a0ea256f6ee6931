"""The file op: changes to a directory tree without a container (copy, mkfile, mkdir, rm, symlink).

Actions form a chain, each working on the result of the one before. A copy may read the result of another chain inside
the same op. Inputs of the op come first in the numbering, results of actions follow in the order of the actions; only
the last result is an output.

Relative paths are below the working directory of the state that the action works on. Timestamps are nanoseconds since
1970, None for the time of the build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.llb import caps, settings
from kairosfile.llb.graph import NO_INPUT, NO_OUTPUT, EncodedOp, InputTable, Vertex
from kairosfile.named_tuple import NamedTuple
from kairosfile.pb import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kairosfile.llb.graph import Constraints, MarshalContext, Output
    from kairosfile.llb.settings import Settings, StateView


_ROOT = "root"
_ID_BITS = 32

_UNCHANGED_MODE = -1

_PERMISSIONS = 0o777
_NO_TIMESTAMP = -1


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


class Copy(NamedTuple):
    """The action of `copy`; `options` are the fields that do not depend on the input."""

    source: StateView | FileActionChain
    src: str
    dest: str
    owner: Owner | None
    options: ops.FileActionCopy

    def to_proto(self, action_context: ActionContext) -> ops.FileAction:
        """Return the action."""
        copied = self.options.replace(
            src=settings.absolute(self.source.settings.cwd, self.src),
            dest=settings.destination(action_context.cwd, self.dest),
            owner=_owner(self.owner, action_context),
        )
        return ops.FileAction(copy=copied)

    def caps(self) -> frozenset[str]:
        """Return the capabilities beyond file.base."""
        options = self.options
        uses = {
            caps.FILE_COPY_INCLUDE_EXCLUDE: options.include_patterns or options.exclude_patterns,
            caps.FILE_COPY_REQUIRED_PATHS: options.required_paths,
            caps.FILE_COPY_ALWAYS_REPLACE: options.alwaysReplaceExistingDestPaths,
        }
        return frozenset(capability for capability, used in uses.items() if used)


def copy(
    source: StateView | FileActionChain,
    src: str,
    dest: str,
    *,
    mode: int | None = None,
    mode_str: str = "",
    owner: Owner | None = None,
    include_patterns: Sequence[str] = (),
    exclude_patterns: Sequence[str] = (),
    required_paths: Sequence[str] = (),
    follow_symlinks: bool = False,
    copy_dir_contents_only: bool = False,
    attempt_unpack: bool = False,
    create_dest_path: bool = False,
    allow_wildcard: bool = False,
    allow_empty_wildcard: bool = False,
    always_replace_existing_dest_paths: bool = False,
    timestamp: int | None = None,
) -> Copy:
    """Copy files of another state, or of an action chain on one.

    Args:
        source: Where to copy from.
        src: Path in the source.
        dest: Path in the destination; an ending `/` means into a directory.
        mode: Permission and special bits of all copied files, None keeps theirs.
        mode_str: Changes of the bits in the syntax of chmod, such as `u=rwX`; excludes `mode`.
        owner: Owner of all copied files, None keeps theirs.
        include_patterns: Patterns of .dockerignore; if given, only matching files are copied.
        exclude_patterns: Patterns of files that are not copied.
        required_paths: Paths that must exist below `src`.
        follow_symlinks: Whether a link at `src` is resolved.
        copy_dir_contents_only: Whether the content of a directory is copied instead of itself.
        attempt_unpack: Whether a tar archive is unpacked.
        create_dest_path: Whether missing parents of `dest` are created.
        allow_wildcard: Whether `src` is a pattern.
        allow_empty_wildcard: Whether a pattern may match nothing.
        always_replace_existing_dest_paths: Whether a file may replace a directory and the reverse.
        timestamp: Modification time in nanoseconds since 1970, None keeps that of the files.

    Raises:
        ValueError: A path is empty, or both `mode` and `mode_str` are given.
    """
    if mode is not None and mode_str:
        raise ValueError(f"copy to {dest}: give mode or mode_str, not both")
    unchanged = 0 if mode_str else _UNCHANGED_MODE
    options = ops.FileActionCopy(
        mode=unchanged if mode is None else mode,
        followSymlink=follow_symlinks,
        dirCopyContents=copy_dir_contents_only,
        attemptUnpackDockerCompatibility=attempt_unpack,
        createDestPath=create_dest_path,
        allowWildcard=allow_wildcard,
        allowEmptyWildcard=allow_empty_wildcard,
        timestamp=_timestamp(timestamp),
        include_patterns=tuple(include_patterns),
        exclude_patterns=tuple(exclude_patterns),
        alwaysReplaceExistingDestPaths=always_replace_existing_dest_paths,
        modeStr=mode_str,
        required_paths=tuple(required_paths),
    )
    checked_path("copy", src)
    return Copy(source, src, checked_path("copy", dest), owner, options)


class FileActionChain:
    """The result of an action chain on a state, which a copy can read without a separate op."""

    __slots__ = ("_actions", "_state")

    def __init__(self, state: StateView, *actions: Action) -> None:
        if not actions:
            raise ValueError("a file op needs at least one action")
        self._state = state
        self._actions = actions

    @property
    def content(self) -> Output | None:
        """The state that the first action works on."""
        return self._state.content

    @property
    def settings(self) -> Settings:
        """The inherited settings of the state, mainly its working directory."""
        return self._state.settings

    @property
    def actions(self) -> tuple[Action, ...]:
        """The actions in order."""
        return self._actions


class FileVertex(Vertex):
    """The vertex of a file op."""

    __slots__ = ("_chain",)

    def __init__(self, chain: FileActionChain, constraints: Constraints | None) -> None:
        super().__init__(constraints)
        self._chain = chain

    def inputs(self) -> Iterator[Output]:
        """Yield the inputs in the order of the reference client: those of the last action first."""
        return filter(None, _visited(self._chain))

    def body(self, context: MarshalContext) -> EncodedOp:
        """Return the op."""
        inputs = InputTable(context)
        for read in _numbered(self._chain):
            inputs.add(read)
        writer = _Writer(inputs)
        writer.write(self._chain)
        extra = writer.caps if context.extra_file_caps else frozenset()
        return EncodedOp(ops.Op(file=writer.finish()), inputs.edges(), extra | {caps.FILE_BASE})


class _Writer:
    """Writes chains into one op; a chain that is read twice is written once."""

    __slots__ = ("_actions", "_inputs", "_results", "caps")

    def __init__(self, inputs: InputTable) -> None:
        self._inputs = inputs
        self._actions: list[ops.FileAction] = []
        self._results: dict[FileActionChain, int] = {}
        self.caps: frozenset[str] = frozenset()

    def write(self, chain: FileActionChain) -> int:
        """Write the actions and return the number of the last result."""
        if chain in self._results:
            return self._results[chain]
        result = base = self._inputs.add(chain.content)
        for action in chain.actions:
            # A nested chain is written before the action that reads it.
            read = self._read(action)
            message = action.to_proto(ActionContext(chain.settings.cwd, base))
            self._actions.append(message.replace(input=result, secondaryInput=read, output=NO_OUTPUT))
            self.caps |= action.caps()
            result = len(self._inputs) + len(self._actions) - 1
        self._results[chain] = result
        return result

    def _read(self, action: Action) -> int:
        if not isinstance(action, Copy):
            return NO_INPUT
        if isinstance(action.source, FileActionChain):
            return self.write(action.source)
        return self._inputs.add(action.source.content)

    def finish(self) -> ops.FileOp:
        """Return the op, its last result being the output."""
        *before, last = self._actions
        return ops.FileOp(actions=[*before, last.replace(output=0)])


def _read_by(action: Action, walk: Callable[[FileActionChain], Iterator[Output | None]]) -> Iterator[Output | None]:
    if isinstance(action, Copy):
        if isinstance(action.source, FileActionChain):
            yield from walk(action.source)
        else:
            yield action.source.content


def _visited(chain: FileActionChain) -> Iterator[Output | None]:
    yield chain.content
    for action in reversed(chain.actions):
        yield from _read_by(action, _visited)


def _numbered(chain: FileActionChain) -> Iterator[Output | None]:
    yield chain.content
    for action in chain.actions:
        yield from _read_by(action, _numbered)


class ActionContext(NamedTuple):
    """The context of an action: the working directory, and the input in which names of owners are looked up."""

    cwd: str
    base: int


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
            owner=_owner(self.owner, action_context),
            timestamp=_timestamp(self.timestamp),
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
            owner=_owner(self.owner, action_context),
            timestamp=_timestamp(self.timestamp),
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
            owner=_owner(self.owner, action_context),
            timestamp=_timestamp(self.timestamp),
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


def checked_path(action: str, path: str) -> str:
    """Return `path`; raise ValueError when it is empty."""
    if not path:
        raise ValueError(f"{action}: the path is empty")
    return path


def _owner(owner: Owner | None, action_context: ActionContext) -> ops.ChownOpt | None:
    """Return the owner as seen from `action_context`."""
    return owner.to_proto(action_context.base) if owner else None


def _timestamp(timestamp: int | None) -> int:
    """Return nanoseconds, -1 for none: 0 is a time."""
    return _NO_TIMESTAMP if timestamp is None else timestamp


Action = Copy | MkDir | MkFile | Rm | Symlink
