"""A plan to LLB without a daemon: images by their names, files of the client without a session.

It is the graph of a build but for what only a daemon knows: the digests of the images, and the environment that the
config of the base gives its commands. Enough to see what a change costs, and to be built by whoever resolves names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile import llb
from kairosfile.llb.cache_keys import cache_keys
from kairosfile.plan.compile import Inputs, as_one, compile_plan, compile_steps
from kairosfile.plan.model import AURORABOOT, BASE, KAIROS_INIT, Run

if TYPE_CHECKING:
    from kairosfile.plan.model import Image, Plan, Step
    from kairosfile.spec.source import Source

LANGUAGE = "YAML"

# Where a client must be told apart from others, and it does not matter which it is.
ANY_CLIENT = "any-client"

# Stand for the root that a step works on, and for what an earlier step left, where only the step itself counts.
_ROOT = "any-root"
_FILES = "any-files"


class Keys(NamedTuple):
    """What a cache sees of a step: `whole` with all that comes before it, `own` without the steps it works on."""

    whole: str
    own: str


def define(plan: Plan, source: Source, context: llb.State, proxy: llb.ProxyEnv | None = None) -> llb.Definition:
    """Return the definition of a plan whose file is `source`; `context` is the build context, of any client."""
    source_map = llb.SourceMap(source.filename, source.text.encode(), LANGUAGE)
    inputs = Inputs(_images(plan), context, source_map, proxy=proxy)
    return llb.marshal(as_one(compile_plan(plan, inputs)), platform=_platform(plan), local_unique_id=ANY_CLIENT)


def keys(plan: Plan) -> dict[str, Keys]:
    """Return the keys of each step by its id."""
    inputs = Inputs(_images(plan), llb.local(ANY_CLIENT), llb.SourceMap("", b""))
    states = compile_steps(plan, inputs)
    return {step.id: Keys(_key(plan, states[step.id]), _own_key(plan, inputs, step)) for step in plan.steps}


def _own_key(plan: Plan, inputs: Inputs, step: Step) -> str:
    alone = plan._replace(steps=(step._replace(start=_ROOT),))
    mounts = step.action.mounts if isinstance(step.action, Run) else ()
    shown = {mount.step: llb.image(_FILES) for mount in mounts if mount.step}
    images = {**inputs.images, **shown, _ROOT: llb.image(_ROOT)}
    return _key(plan, compile_steps(alone, inputs._replace(images=images))[step.id])


def _key(plan: Plan, state: llb.State) -> str:
    definition = llb.marshal(state, platform=_platform(plan), local_unique_id=ANY_CLIENT)
    return cache_keys(definition)[definition.head]


def _images(plan: Plan) -> dict[str, llb.State]:
    return {image.id: _image(plan, image) for image in plan.images}


def _image(plan: Plan, image: Image) -> llb.State:
    role = f"{image.id} " if image.id in {BASE, KAIROS_INIT, AURORABOOT} else ""
    named = llb.Constraints(custom_name=f"{role}{image.reference}")
    platform = llb.Platform.parse(image.platform) if image.platform else _platform(plan)
    return llb.image(image.reference, platform=platform, constraints=named)


def _platform(plan: Plan) -> llb.Platform:
    return llb.Platform.parse(plan.platform)
