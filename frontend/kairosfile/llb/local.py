"""Directories of the client as sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from kairosfile.llb import caps
from kairosfile.llb.choice import check_choice
from kairosfile.llb.source import Attributes, SourceVertex, sourced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.llb.constraints import Constraints
    from kairosfile.llb.graph import Scope
    from kairosfile.llb.state import State

DifferType = Literal["none", "metadata"]

_DIFFER_TYPES = ("none", "metadata")
_SESSION = "local.session"
# Go's JSON writes these so that its text can stand inside HTML.
_ESCAPED = {"&": "\\u0026", "<": "\\u003c", ">": "\\u003e", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_ESCAPES = str.maketrans(_ESCAPED)


class Differ(NamedTuple):
    """How the client tells which files changed; `required` refuses daemons that do not know the choice."""

    type: DifferType
    required: bool = False


class LocalVertex(SourceVertex):
    """A directory of a client; without a session it is told apart by the unique id of the marshalling."""

    __slots__ = ()

    def attributes(self, scope: Scope) -> Attributes:
        """Return the attributes with what identifies the client; raise ValueError when nothing does."""
        if _SESSION in self._attributes:
            return self._attributes
        unique = self.constraints.local_unique_id or scope.constraints.local_unique_id
        if not unique:
            raise ValueError(f"{self._identifier}: give a session_id, or marshal with a local_unique_id")
        attributes = self._attributes.copy()
        attributes.add("local.unique", unique, caps.SOURCE_LOCAL_UNIQUE)
        return attributes


def local(
    name: str,
    *,
    session_id: str | None = None,
    include_patterns: Sequence[str] = (),
    exclude_patterns: Sequence[str] = (),
    follow_paths: Sequence[str] = (),
    shared_key_hint: str | None = None,
    differ: Differ | None = None,
    metadata_only: bool = False,
    metadata_exceptions: Sequence[str] = (),
    constraints: Constraints | None = None,
) -> State:
    """Return the directory that a client offers as `name`.

    `follow_paths` are sent with whatever their links point at. `shared_key_hint` keeps the files of one
    project for the next transfer. `metadata_only` sends no content but that of `metadata_exceptions`. Raise
    ValueError for an empty name.
    """
    if not name:
        raise ValueError("local source: the name is empty")
    attributes = Attributes(caps.SOURCE_LOCAL)
    attributes.add(_SESSION, session_id, caps.SOURCE_LOCAL_SESSION_ID)
    attributes.add("local.includepattern", _json(include_patterns), caps.SOURCE_LOCAL_INCLUDE_PATTERNS)
    attributes.add("local.followpaths", _json(follow_paths), caps.SOURCE_LOCAL_FOLLOW_PATHS)
    attributes.add("local.excludepatterns", _json(exclude_patterns), caps.SOURCE_LOCAL_EXCLUDE_PATTERNS)
    attributes.add("local.sharedkeyhint", shared_key_hint, caps.SOURCE_LOCAL_SHARED_KEY_HINT)
    if differ:
        check_choice("differ", differ.type, _DIFFER_TYPES)
        attributes.add("local.differ", differ.type, caps.SOURCE_LOCAL_DIFFER if differ.required else None)
    if metadata_only:
        attributes.add("local.metadatatransfer", "true", caps.SOURCE_LOCAL_METADATA_TRANSFER)
        attributes.add("local.metadatatransferexclude", _json(metadata_exceptions))
    return sourced(LocalVertex(f"local://{name}", attributes, constraints))


def _json(patterns: Sequence[str]) -> str | None:
    if not patterns:
        return None
    # Graphs without patterns need not pay for the import.
    from json import dumps  # noqa: PLC0415

    return dumps(list(patterns), ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
