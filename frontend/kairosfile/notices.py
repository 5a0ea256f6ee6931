"""What of a request has no effect, or another than one would think: said once, at the end of the build.

An option is honoured or it stands here; none is passed over in silence.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kairosfile.gateway import flags, predefined
from kairosfile.gateway.contexts import named
from kairosfile.gateway.options import CONTEXT_KEY
from kairosfile.plan.model import Run
from kairosfile.plan.no_cache import unknown_names
from kairosfile.spec.unused_args import unused
from kairosfile.trace import BUILD_ARG as TRACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kairosfile import llb, spec
    from kairosfile.gateway.bridge import Bridge
    from kairosfile.gateway.images import ImageSource
    from kairosfile.gateway.options import Options
    from kairosfile.gateway.request import EntryFile
    from kairosfile.plan import Plan

# The steps of kairos-init, by their ids, that fetch what they install.
FETCHING = ("install", "init")
_ONE_STEP = "; a hook step alone is cut off by `network: none`"


def show_notices(bridge: Bridge, entry: EntryFile, sentences: Iterable[str]) -> None:
    """Show each sentence as a warning."""
    for sentence in sentences:
        bridge.warn(entry.vertex, sentence)


def notices(options: Options, documents: Sequence[spec.Document], plans: Sequence[Plan]) -> Iterator[str]:
    """Yield a sentence on each option that has no effect, or an unexpected one."""
    plumbing = {options.raw.get(CONTEXT_KEY, "")}
    for key in flags.unknown(options.raw.keys() - plumbing):
        yield f"option {key} has no effect: this frontend does not know it"
    yield from predefined.without_effect(options.build_args)
    given = [name for name in options.build_args if not predefined.is_predefined(name) and name != TRACE]
    yield from unused(documents, given)
    for fault in unknown_names(plans, options.no_cache or ()):
        yield f"--no-cache-filter: {fault}; that name has no effect"
    yield from _unused_contexts(options, plans)
    if options.containers.network == "none" and (names := _offline(plans)):
        yield f"--network none: {names} has no network either, and fails where it has to download something{_ONE_STEP}"


def of_another_platform(bases: Iterable[tuple[llb.Platform, ImageSource]]) -> Iterator[str]:
    """Yield a sentence on each base for another platform than asked: a daemon gives an image of one for any."""
    for platform, base in bases:
        config = json.loads(base.config)
        found = config.get("os", platform.os), config.get("architecture", platform.architecture)
        if found != (platform.os, platform.architecture):
            yield f"the base {base.name} is for {'/'.join(found)}, not for {platform}: so is what is made of it"


def _unused_contexts(options: Options, plans: Iterable[Plan]) -> Iterator[str]:
    """Yield a sentence on each named context that nothing takes anything from: nearly always its name is mistyped."""
    known = list(dict.fromkeys(name for plan in plans for image in plan.every_image for name in image.names))
    for key in named.unused(options, known):
        yield f"--build-context {key} has no effect: the images that this file takes are {', '.join(known)}"


def _offline(plans: Iterable[Plan]) -> str:
    """Return the names of the fetching steps that have no network only because all steps have none."""
    steps = [(step.name, step.action) for plan in plans for step in plan.steps if step.id in FETCHING]
    names = [name for name, action in steps if isinstance(action, Run) and action.network == "default"]
    return " and ".join(dict.fromkeys(names))
