"""The file op: changes to a directory tree without a container. This module has the op and copy, its commonest action.

Actions form a chain, each working on the result of the one before. A copy may read the result of another chain inside
the same op. Inputs of the op come first in the numbering, results of actions follow in the order of the actions; only
the last result is an output.

Relative paths are below the working directory of the state that the action works on. Timestamps are nanoseconds since
1970, None for the time of the build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kairosfile.llb import caps, settings
from kairosfile.llb.graph import NO_INPUT, NO_OUTPUT, EncodedOp, InputTable, Vertex
from kairosfile.named_tuple import NamedTuple
from kairosfile.pb import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kairosfile.llb.graph import Constraints, MarshalContext, Output
    from kairosfile.llb.settings import Settings, StateView


_UNCHANGED_MODE = -1

_NO_TIMESTAMP = -1


class Owner(Protocol):
    """User and group of files (`file_actions.Owner`)."""

    def to_proto(self, base: int) -> ops.ChownOpt:
        """Return the message that looks names up in input `base`."""


class Action(Protocol):
    """An action of the chain: `Copy`, or one of `file_actions`."""

    def to_proto(self, action_context: ActionContext) -> ops.FileAction:
        """Return the action."""

    def caps(self) -> frozenset[str]:
        """Return the capabilities beyond file.base."""


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
            owner=owner_message(self.owner, action_context),
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
        timestamp=timestamp_number(timestamp),
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


def checked_path(action: str, path: str) -> str:
    """Return `path`; raise ValueError when it is empty."""
    if not path:
        raise ValueError(f"{action}: the path is empty")
    return path


def owner_message(owner: Owner | None, action_context: ActionContext) -> ops.ChownOpt | None:
    """Return the owner as seen from `action_context`."""
    return owner.to_proto(action_context.base) if owner else None


def timestamp_number(timestamp: int | None) -> int:
    """Return nanoseconds, -1 for none: 0 is a time."""
    return _NO_TIMESTAMP if timestamp is None else timestamp
