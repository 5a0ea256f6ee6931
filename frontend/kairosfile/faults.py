"""Faults of a Kairosfile as errors of a build, each with the places that buildx quotes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from kairosfile import spec
from kairosfile.gateway.errors import RpcError, SourceError, UnsupportedError
from kairosfile.plan import AURORABOOT, BASE, KAIROS_INIT
from kairosfile.plan.locations import locations
from kairosfile.plan.model import Run
from kairosfile.plan.targets import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile import llb
    from kairosfile.gateway.errors import GatewayError
    from kairosfile.plan import Image, Plan, Step

# The daemon's words (sourcepolicy/engine.go); it gives no code of its own.
DENIED = "denied by policy"

ALLOW = "name another image, or allow this one in the policy"
CHECK_ALL = "check the name, that its registry can be reached from the builder, and `docker login`"
LOCKED = "a digest of the lock file that the registry has dropped is renewed by `kairosfile lock --upgrade`"
WAIT = "the registry limits how often it answers: wait, or `docker login`, which may raise the limit"
ADVICE = {
    "no match for platform": "the image is not made for this platform: choose another image, or leave the platform out",
    "too many requests": WAIT,
    "toomanyrequests": WAIT,  # what Docker Hub says
}


@contextmanager
def located(source_map: llb.SourceMap) -> Iterator[None]:
    """Raise what is wrong with a file, or with the target asked of it, as an error of the build with its lines."""
    try:
        yield
    except spec.KairosfileError as error:
        places = [locations(source_map, [fault.range])[0] for fault in error.diagnostics]
        raise SourceError(str(error), places) from error
    except TargetError as error:
        raise SourceError(f"--target: {error}", locations(source_map, error.ranges)) from error


@contextmanager
def entitled(plan: Plan, source_map: llb.SourceMap) -> Iterator[None]:
    """Raise the daemon's refusal of what needs an entitlement as an error that says how to allow it.

    No frontend is told what its user allowed. The daemon looks when it is handed the graph, before anything runs.
    """
    try:
        yield
    except RpcError as error:
        from kairosfile.kairos.auroraboot import INSECURE  # noqa: PLC0415 - few builds need it

        step = insecure_step(plan)
        if step is None or f"{INSECURE} is not allowed" not in error.message:
            raise
        why = f"{step.name}: AuroraBoot mounts partitions, which the builder was not allowed"
        message = f"{why}; build with --allow {INSECURE}, on a builder whose daemon grants it"
        raise SourceError(message, locations(source_map, step.ranges)) from error


def insecure_step(plan: Plan) -> Step | None:
    """Return the first step that needs an entitlement, None where there is none."""
    return next((it for it in plan.steps if isinstance(it.action, Run) and it.action.security == "insecure"), None)


def image_error(error: GatewayError, image: Image, source_map: llb.SourceMap, context: str = "") -> SourceError:
    """Return the error of a build for an image that the daemon could not resolve, or may not.

    `context` is the option that puts something in its place, if one does.
    """
    start, filename = image.range.start, image.range.filename or source_map.filename
    message = f"{filename}:{start.line}:{start.column}: {_trouble(error, image, context)}"
    return SourceError(message, locations(source_map, [image.range]))


def _trouble(error: GatewayError, image: Image, context: str) -> str:
    said, role = str(error), f"{image.id} " if image.id in (BASE, KAIROS_INIT, AURORABOOT) else ""
    if isinstance(error, UnsupportedError):
        return said
    if DENIED in said:
        return f"the {role}image {image.reference} is denied by the source policy of this build; {ALLOW}"
    replaced = f", for which {context} stands," if context else ""
    return f"the {role}image {image.reference}{replaced} cannot be had: {said}; {_advice(said, image)}"


def _advice(said: str, image: Image) -> str:
    """Return what to do about an image, by words that daemon and registry use; a status code does not come through."""
    other = f"{CHECK_ALL}; {LOCKED}" if image.is_locked else CHECK_ALL
    return next((advice for words, advice in ADVICE.items() if words in said.lower()), other)
