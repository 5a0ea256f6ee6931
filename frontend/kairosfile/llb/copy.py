"""The copy action: files from another state, or from what actions make of one inside the same op."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.llb import caps, paths
from kairosfile.llb.actions import checked_path, encode_owner, encode_timestamp
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.llb.actions import Place
    from kairosfile.llb.file import Applied
    from kairosfile.llb.owner import Owner
    from kairosfile.llb.state import State

_UNCHANGED_MODE = -1


class Copy(NamedTuple):
    """Made by `copy`; `options` is the part of pb.FileActionCopy that the place does not change."""

    source: State | Applied
    src: str
    dest: str
    owner: Owner | None
    options: bytes

    def encode(self, message: ops_pb2.FileAction, place: Place) -> None:
        """Write the action into `message`."""
        copied = ops_pb2.FileActionCopy(
            src=paths.absolute(self.source.settings.cwd, self.src),
            dest=paths.destination(place.cwd, self.dest),
            owner=encode_owner(self.owner, place),
        )
        copied.MergeFromString(self.options)
        message.copy.CopyFrom(copied)

    def caps(self) -> frozenset[str]:
        """Return the capabilities beyond file.base."""
        options = ops_pb2.FileActionCopy.FromString(self.options)
        uses = {
            caps.FILE_COPY_INCLUDE_EXCLUDE: options.include_patterns or options.exclude_patterns,
            caps.FILE_COPY_REQUIRED_PATHS: options.required_paths,
            caps.FILE_COPY_ALWAYS_REPLACE: options.alwaysReplaceExistingDestPaths,
        }
        return frozenset(capability for capability, used in uses.items() if used)


def copy(
    source: State | Applied,
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
    """Copy `src` of `source` to `dest`, where an ending `/` means into a directory.

    `mode` sets all permission and special bits, `mode_str` changes them as chmod does, such as `u=rwX`; with
    neither they stay. Raise ValueError for both at once or an empty path.
    """
    if mode is not None and mode_str:
        raise ValueError(f"copy to {dest}: give mode or mode_str, not both")
    unchanged = 0 if mode_str else _UNCHANGED_MODE
    options = ops_pb2.FileActionCopy(
        mode=unchanged if mode is None else mode,
        followSymlink=follow_symlinks,
        dirCopyContents=copy_dir_contents_only,
        attemptUnpackDockerCompatibility=attempt_unpack,
        createDestPath=create_dest_path,
        allowWildcard=allow_wildcard,
        allowEmptyWildcard=allow_empty_wildcard,
        timestamp=encode_timestamp(timestamp),
        include_patterns=include_patterns,
        exclude_patterns=exclude_patterns,
        alwaysReplaceExistingDestPaths=always_replace_existing_dest_paths,
        modeStr=mode_str,
        required_paths=required_paths,
    )
    checked_path("copy", src)
    return Copy(source, src, checked_path("copy", dest), owner, options.SerializeToString())
