"""Source ops: files from outside the build (images, OCI layouts, directories of the client; `remote` has the web's).

A source is an identifier, whose scheme is its kind, and attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.interpreter import MappingProxyType
from kairosfile.json_text import to_json
from kairosfile.llb import caps
from kairosfile.llb.graph import Constraints, EncodedOp, Output, Vertex, validate_choice
from kairosfile.llb.state import State
from kairosfile.named_tuple import NamedTuple
from kairosfile.oci import normalize_reference
from kairosfile.pb import ops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kairosfile.llb.graph import MarshalContext
    from kairosfile.oci import Platform


_PLATFORM_SPECIFIC = ("docker-image://", "oci-layout://")


ResolveMode = Literal["default", "pull", "local"]
RecordType = Literal["internal", "frontend"]

_RESOLVE_MODES = ("default", "pull", "local")
_RECORD_TYPES = ("internal", "frontend")

DifferType = Literal["none", "metadata"]

_DIFFER_TYPES = ("none", "metadata")
_SESSION = "local.session"
# Go's JSON escapes these so that its text can be embedded in HTML.
_ESCAPED = {"&": "\\u0026", "<": "\\u003c", ">": "\\u003e", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_ESCAPES = str.maketrans(_ESCAPED)


class Attributes:
    """The attributes of a source and the capabilities that they need."""

    __slots__ = ("_caps", "_values")

    def __init__(self, *capabilities: str, values: Mapping[str, str] = MappingProxyType({})) -> None:
        self._caps = set(capabilities)
        self._values = dict(values)

    def add(self, key: str, value: str | None, capability: str | None = None) -> None:
        """Add an attribute and its capability; an empty one is omitted."""
        if not value:
            return
        self._values[key] = value
        if capability:
            self._caps.add(capability)

    def copy(self) -> Attributes:
        """Return a copy, so that additions do not change these attributes."""
        return Attributes(*self._caps, values=self._values)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    @property
    def values(self) -> Mapping[str, str]:
        """The attributes."""
        return self._values

    @property
    def caps(self) -> frozenset[str]:
        """The capabilities."""
        return frozenset(self._caps)


class SourceVertex(Vertex):
    """The vertex of a source."""

    __slots__ = ("_attributes", "_identifier")

    def __init__(self, identifier: str, attributes: Attributes, constraints: Constraints | None) -> None:
        super().__init__(constraints)
        self._identifier = identifier
        self._attributes = attributes

    def inputs(self) -> tuple[Output, ...]:
        """Return no inputs: a graph starts here."""
        return ()

    def body(self, context: MarshalContext) -> EncodedOp:
        """Return the op."""
        attributes = self.attributes(context)
        source = ops.SourceOp(identifier=self._identifier, attrs=attributes.values)
        return EncodedOp(ops.Op(source=source), (), attributes.caps, self._platform(context))

    def attributes(self, context: MarshalContext) -> Attributes:  # noqa: ARG002 - for sources that ask the context
        """Return the attributes to encode."""
        return self._attributes

    def _platform(self, context: MarshalContext) -> Platform | None:
        if not self._identifier.startswith(_PLATFORM_SPECIFIC):
            return None
        return self.constraints.platform or context.platform


def scratch() -> State:
    """Return the empty file system."""
    return State()


def sourced(vertex: SourceVertex) -> State:
    """Return the state of a source, with its platform if it has an explicit one."""
    return State().holding(Output(vertex, platform=vertex.constraints.platform))


def image(
    ref: str,
    *,
    resolve_mode: ResolveMode | None = None,
    record_type: RecordType | None = None,
    layer_limit: int | None = None,
    checksum: str | None = None,
    platform: Platform | None = None,
    constraints: Constraints | None = None,
) -> State:
    """Return the files of an image of a registry.

    Args:
        ref: A reference, completed as Docker does (`alpine` is `docker.io/library/alpine:latest`).
        resolve_mode: `pull` always requests the registry, `local` prefers the daemon's images.
        record_type: How the image is marked in the daemon's cache records.
        layer_limit: How many layers to take, None for all.
        checksum: The digest that the resolved manifest must have.
        platform: Short for the platform of `constraints`.
        constraints: Constraints of the op.

    Raises:
        ValueError: Docker would refuse the reference, or an option is unknown.
    """
    attributes = Attributes(caps.SOURCE_IMAGE)
    if resolve_mode:
        validate_choice("resolve_mode", resolve_mode, _RESOLVE_MODES)
    if resolve_mode != "default":
        pull = caps.SOURCE_IMAGE_RESOLVE_MODE if resolve_mode == "pull" else None
        attributes.add("image.resolvemode", resolve_mode, pull)
    if record_type:
        validate_choice("record_type", record_type, _RECORD_TYPES)
    attributes.add("image.recordtype", record_type)
    attributes.add("image.layerlimit", _number(layer_limit), caps.SOURCE_IMAGE_LAYER_LIMIT)
    attributes.add("image.checksum", checksum, caps.SOURCE_IMAGE_CHECKSUM)
    if platform:
        constraints = (constraints or Constraints())._replace(platform=platform)
    return sourced(SourceVertex(f"docker-image://{normalize_reference(ref)}", attributes, constraints))


def oci_layout(
    ref: str,
    *,
    session_id: str | None = None,
    store_id: str | None = None,
    layer_limit: int | None = None,
    constraints: Constraints | None = None,
) -> State:
    """Return the files of an image in an OCI layout that a client offers.

    Args:
        ref: `name@digest`.
        session_id: The client's session, empty for the only one.
        store_id: Name under which the client offers the layout.
        layer_limit: How many layers to take, None for all.
        constraints: Constraints of the op.

    Raises:
        ValueError: The reference has no digest.
    """
    attributes = Attributes(caps.SOURCE_OCI_LAYOUT)
    attributes.add("oci.session", session_id)
    attributes.add("oci.store", store_id)
    attributes.add("oci.layerlimit", _number(layer_limit))
    return sourced(SourceVertex(f"oci-layout://{ref}", attributes, constraints))


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


class Differ(NamedTuple):
    """How the client detects changed files; `required` refuses daemons that do not support the choice."""

    type: DifferType
    required: bool = False


class LocalVertex(SourceVertex):
    """A directory of a client; without a session, the unique id of the marshalling identifies it."""

    __slots__ = ()

    def attributes(self, context: MarshalContext) -> Attributes:
        """Return the attributes with the identity of the client; raise ValueError if it is unknown."""
        if _SESSION in self._attributes:
            return self._attributes
        unique = self.constraints.local_unique_id or context.constraints.local_unique_id
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
    """Return a directory that a client offers.

    Args:
        name: Name under which the client offers it.
        session_id: The client's session.
        include_patterns: Patterns of .dockerignore; if given, only matching files are sent.
        exclude_patterns: Patterns of files that are not sent.
        follow_paths: Paths to send, with the targets of their symbolic links.
        shared_key_hint: Directories with one hint share what has been transferred.
        differ: How the daemon decides which files have changed.
        metadata_only: Whether only names and metadata are sent.
        metadata_exceptions: Patterns of files whose content is sent nevertheless.
        constraints: Constraints of the op.

    Raises:
        ValueError: The name is empty, or `differ` is unknown.
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
        validate_choice("differ", differ.type, _DIFFER_TYPES)
        attributes.add("local.differ", differ.type, caps.SOURCE_LOCAL_DIFFER if differ.required else None)
    if metadata_only:
        attributes.add("local.metadatatransfer", "true", caps.SOURCE_LOCAL_METADATA_TRANSFER)
        attributes.add("local.metadatatransferexclude", _json(metadata_exceptions))
    return sourced(LocalVertex(f"local://{name}", attributes, constraints))


def _json(patterns: Sequence[str]) -> str | None:
    if not patterns:
        return None
    return to_json(patterns, ensure_ascii=False, compact=True).translate(_ESCAPES)
