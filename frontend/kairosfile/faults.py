"""Faults of a Kairosfile as errors of a build, each with the places that buildx quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.gateway.errors import RpcError, SourceError
from kairosfile.plan.locations import locations

if TYPE_CHECKING:
    from kairosfile import llb, spec
    from kairosfile.plan import Image
    from kairosfile.plan.targets import TargetError


def source_error(error: spec.KairosfileError, source_map: llb.SourceMap) -> SourceError:
    """Return the error of a build for a file that cannot be built: every fault with its line."""
    return SourceError(str(error), [locations(source_map, [fault.range])[0] for fault in error.diagnostics])


def target_error(error: TargetError, source_map: llb.SourceMap) -> SourceError:
    """Return the error of a build for a target that there is not, or not only once."""
    return SourceError(f"--target: {error}", locations(source_map, error.ranges))


def image_error(error: RpcError, image: Image, source_map: llb.SourceMap) -> SourceError:
    """Return the error of a build for an image that the daemon could not resolve."""
    start, filename = image.range.start, image.range.filename or source_map.filename
    message = (
        f"{filename}:{start.line}:{start.column}: the {image.id} image {image.reference} cannot be had: "
        f"{error.message}; check the name, that its registry can be reached from the builder, and `docker login`"
    )
    return SourceError(message, locations(source_map, [image.range]))
