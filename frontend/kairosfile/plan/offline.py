"""Compile a plan to LLB without a daemon: images by their names, files of the client without a session.

The graph equals that of a build except for data that only a daemon has: the digests of images, and the environment
from the config of the base. This is enough to compare plans; a daemon that resolves the names can build it.

Cache keys compare steps as a daemon does, which looks up an op by its operation and its inputs, not by its digest.
Names and proxies do not count, nor does the transferred part of a client's directory, because the ops that read from
it are looked up by the content that they read. Content is unknown here: files of the client count as unchanged, and
two names of one image as two images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.interpreter import sha256
from kairosfile.named_tuple import NamedTuple
from kairosfile.pb import ops
from kairosfile.plan.compile import Inputs, compile_plan, compile_steps, merge_for_display
from kairosfile.plan.model import AURORABOOT, BASE, KAIROS_INIT, Run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.language.nodes import Source
    from kairosfile.llb.marshal import Definition
    from kairosfile.plan.model import Image, Plan, Step


LANGUAGE = "YAML"

# An id for places that identify a client, where any client will do.
ANY_CLIENT = "any-client"

# Placeholders for a step's root and for the result of an earlier step, where only the step itself counts.
_ROOT = "any-root"
_FILES = "any-files"

_LOCAL = "local://"


class Keys(NamedTuple):
    """The cache key of a step: `whole` includes all steps before it, `own` excludes the steps it works on."""

    whole: str
    own: str


def define(plan: Plan, source: Source, context: llb.State, proxy: llb.ProxyEnv | None = None) -> llb.Definition:
    """Return the definition of a plan.

    Args:
        plan: The plan of one platform.
        source: The Kairosfile, for source locations.
        context: The build context, such as a directory of a client without a session.
        proxy: Proxies of the commands.
    """
    source_map = llb.SourceMap(source.filename, source.text.encode(), LANGUAGE)
    inputs = Inputs(_images(plan), context, source_map, proxy=proxy)
    return llb.marshal(
        merge_for_display(compile_plan(plan, inputs)), platform=_platform(plan), local_unique_id=ANY_CLIENT
    )


def keys(plan: Plan) -> dict[str, Keys]:
    """Return the cache key of each step by the step's id."""
    inputs = Inputs(_images(plan), llb.local(ANY_CLIENT), llb.SourceMap("", b""))
    states = compile_steps(plan, inputs)
    # All at once: step by step, the ops of the first one would be marshalled for each of the others again.
    definition = llb.marshal_together(
        [states[step.id] for step in plan.steps], platform=_platform(plan), local_unique_id=ANY_CLIENT
    )
    whole = cache_keys(definition)
    return {
        step.id: Keys(whole[head], _own_key(plan, inputs, step))
        for step, head in zip(plan.steps, definition.heads, strict=True)
    }


def _own_key(plan: Plan, inputs: Inputs, step: Step) -> str:
    alone = plan._replace(steps=(step._replace(start=_ROOT),))
    mounts = step.action.mounts if isinstance(step.action, Run) else ()
    shown = {mount.step: llb.image(_FILES) for mount in mounts if mount.step}
    images = {**inputs.images, **shown, _ROOT: llb.image(_ROOT)}
    state = compile_steps(alone, inputs._replace(images=images))[step.id]
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


def cache_keys(definition: Definition) -> dict[str, str]:
    """Return the cache key of each op.

    Args:
        definition: A marshalled graph.

    Returns:
        Keys by the digest of the op, without the terminal op.
    """
    keys: dict[str, str] = {}
    for digest, encoded in zip(definition.digests[:-1], definition.ops[:-1], strict=True):
        keys[digest] = _op_key(ops.Op.decode(encoded), keys)
    return keys


def _op_key(op: ops.Op, keys: Mapping[str, str]) -> str:
    if op.source and op.source.identifier.startswith(_LOCAL):
        return op.source.identifier
    inputs = [read.replace(digest=keys[read.digest]) for read in op.inputs]
    op = op.replace(constraints=None, inputs=inputs)
    if op.exec and op.exec.meta:
        op = op.replace(exec=op.exec.replace(meta=op.exec.meta.replace(proxy_env=None)))
    return sha256(op.encode()).hexdigest()
