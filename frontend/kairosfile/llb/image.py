"""Images as sources: from a registry, or from an OCI layout of the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.llb import caps
from kairosfile.llb.choice import check_choice
from kairosfile.llb.constraints import Constraints
from kairosfile.llb.source import Attributes, SourceVertex, sourced
from kairosfile.oci import normalize_reference

if TYPE_CHECKING:
    from kairosfile.llb.state import State
    from kairosfile.oci import Platform

ResolveMode = Literal["default", "pull", "local"]
RecordType = Literal["internal", "frontend"]

_RESOLVE_MODES = ("default", "pull", "local")
_RECORD_TYPES = ("internal", "frontend")


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
    """Return the files of an image, whose name is completed as Docker does.

    `resolve_mode` is pull to ask the registry always, local to prefer what the daemon has. `record_type`
    marks the image in the daemon's cache records. `layer_limit` takes only so many layers. `checksum` is the
    digest that the resolved manifest must have. `platform` is short for that of the constraints. Raise
    ValueError for a name that Docker would refuse.
    """
    attributes = Attributes(caps.SOURCE_IMAGE)
    if resolve_mode:
        check_choice("resolve_mode", resolve_mode, _RESOLVE_MODES)
    if resolve_mode != "default":
        pull = caps.SOURCE_IMAGE_RESOLVE_MODE if resolve_mode == "pull" else None
        attributes.add("image.resolvemode", resolve_mode, pull)
    if record_type:
        check_choice("record_type", record_type, _RECORD_TYPES)
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
    """Return the files of the image `name@digest` in an OCI layout that a client offers as a store."""
    attributes = Attributes(caps.SOURCE_OCI_LAYOUT)
    attributes.add("oci.session", session_id)
    attributes.add("oci.store", store_id)
    attributes.add("oci.layerlimit", _number(layer_limit))
    return sourced(SourceVertex(f"oci-layout://{ref}", attributes, constraints))


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)
