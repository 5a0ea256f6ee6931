"""Errors of a file, of the requested target and of the daemon as errors with the lines of the Kairosfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import language
from kairosfile.gateway.rare_errors import SourceError, UnsupportedError
from kairosfile.kairos.auroraboot import INSECURE
from kairosfile.plan import AURORABOOT, BASE, KAIROS_INIT
from kairosfile.plan.locations import locations
from kairosfile.plan.targets import TargetError

if TYPE_CHECKING:
    from kairosfile import llb
    from kairosfile.gateway.errors import GatewayError, RpcError
    from kairosfile.plan import Image, Plan

# The daemon's message (sourcepolicy/engine.go); it has no special status code.
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


def source_error(error: BaseException, source_map: llb.SourceMap) -> SourceError | None:
    """Return the error for one of the file, or of the requested target; None for another one."""
    if isinstance(error, language.KairosfileError):
        shown = error.diagnostics[: language.MAX_SHOWN]
        ranges = [locations(source_map, [diagnostic.range])[0] for diagnostic in shown]
        return SourceError(str(error), ranges)
    if isinstance(error, TargetError):
        return SourceError(f"--target: {error}", locations(source_map, error.ranges))
    return None


def entitlement_error(error: RpcError, plan: Plan, source_map: llb.SourceMap) -> SourceError | None:
    """Return the error for a daemon's refusal of an entitlement, which says how to allow it; None for another error.

    A frontend does not know the granted entitlements. The daemon checks them when it gets the graph, before any step.
    """
    step = plan.insecure_step
    if step is None or f"{INSECURE} is not allowed" not in error.message:
        return None
    why = f"{step.name}: AuroraBoot mounts partitions, which the builder was not allowed"
    message = f"{why}; build with --allow {INSECURE}, on a builder whose daemon grants it"
    return SourceError(message, locations(source_map, step.ranges))


def image_error(error: GatewayError, image: Image, source_map: llb.SourceMap, context: str = "") -> SourceError:
    """Return the error of a build for an image that the daemon could not or must not resolve.

    `context` is the option that replaces the image, if any.
    """
    start, filename = image.range.start, image.range.filename or source_map.filename
    message = f"{filename}:{start.line}:{start.column}: {_trouble(error, image, context)}"
    return SourceError(message, locations(source_map, [image.range]))


def _trouble(error: GatewayError, image: Image, context: str) -> str:
    message, role = str(error), f"{image.id} " if image.id in (BASE, KAIROS_INIT, AURORABOOT) else ""
    if isinstance(error, UnsupportedError):
        return message
    if DENIED in message:
        return f"the {role}image {image.reference} is denied by the source policy of this build; {ALLOW}"
    replaced = f" (replaced by {context})" if context else ""
    return f"cannot pull {role}image {image.reference}{replaced}: {message}; {_advice(message, image)}"


def _advice(message: str, image: Image) -> str:
    """Return the hint for an image by the messages of daemon and registry, because the status code is not passed on."""
    other = f"{CHECK_ALL}; {LOCKED}" if image.is_locked else CHECK_ALL
    return next((advice for text, advice in ADVICE.items() if text in message.lower()), other)
