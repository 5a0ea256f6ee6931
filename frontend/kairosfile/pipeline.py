"""From the text of a Kairosfile to a result: read, plan, compile, solve.

Everything here is done for all platforms at once: each round trip to the daemon is paid once, not per platform.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from kairosfile import llb, spec, trace
from kairosfile.faults import image_error, source_error
from kairosfile.gateway.contexts import main_context
from kairosfile.gateway.errors import RpcError, SubrequestError, UnsupportedError
from kairosfile.gateway.result import PlatformResult, assemble
from kairosfile.plan import BASE, Plan, resolve
from kairosfile.plan.compile import Inputs, compile_plan
from kairosfile.plan.image import image_config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.gateway.calls import Answer
    from kairosfile.gateway.images import Image
    from kairosfile.gateway.ref import Ref
    from kairosfile.gateway.request import EntryFile, Request
    from kairosfile.llb.image import ResolveMode
    from kairosfile.pb.gateway_pb2 import Result


class Target(NamedTuple):
    """One platform on its way: its plan and the images that the plan names, as the daemon resolved them."""

    platform: llb.Platform
    plan: Plan
    images: dict[str, Image]


def build(request: Request, entry: EntryFile) -> Result:
    """Build the image of a Kairosfile for every platform asked for; raises GatewayError."""
    refuse_what_is_not_there_yet(request)
    plans = plan_all(request, entry)
    trace.mark("planned")
    targets = resolve_images(request, entry, plans)
    trace.mark("resolved")
    solved = solve_all(request, entry, targets)
    trace.mark("compiled")
    built = {
        target.platform: PlatformResult(answer.wait(), *configs(target))
        for target, answer in zip(targets, solved, strict=True)
    }
    trace.mark("solved")
    return assemble(built, multi_platform=request.options.multi_platform)


def refuse_what_is_not_there_yet(request: Request) -> None:
    """Say so where a request would otherwise be answered with something else than was asked for."""
    options = request.options
    if options.request_id:
        raise SubrequestError(options.request_id)
    if options.target:
        raise UnsupportedError(f"--target {options.target}: targets are not supported yet, leave it out")


def plan_all(request: Request, entry: EntryFile) -> dict[llb.Platform, Plan]:
    """Return the plan of each platform; raises SourceError with every fault of the file."""
    options = request.options
    try:
        source = spec.decode(entry.source_map.filename, entry.source_map.data)
        document = spec.read(source, options.build_args)
        plans = resolve(document, [str(platform) for platform in options.platforms], options.labels)
    except spec.KairosfileError as error:
        raise source_error(error, entry.source_map) from error
    return dict(zip(options.platforms, plans, strict=True))


def resolve_images(request: Request, entry: EntryFile, plans: dict[llb.Platform, Plan]) -> list[Target]:
    """Ask for the metadata of all images at the same time, then wait for each."""
    mode = request.options.image_resolve_mode
    asked = {
        (platform, image.id): request.bridge.resolve_image(image.reference, platform, mode)
        for platform, plan in plans.items()
        for image in plan.images
    }

    def wait(platform: llb.Platform, plan: Plan, image_id: str) -> Image:
        try:
            return asked[platform, image_id].wait()
        except RpcError as error:
            raise image_error(error, plan.image(image_id), entry.source_map) from error

    return [
        Target(platform, plan, {image.id: wait(platform, plan, image.id) for image in plan.images})
        for platform, plan in plans.items()
    ]


def solve_all(request: Request, entry: EntryFile, targets: Sequence[Target]) -> list[Answer[Ref]]:
    """Compile each platform and start to solve it."""
    paths = {path for target in targets for path in target.plan.context_paths}
    context = main_context(request, paths) if paths else None
    capabilities = request.bridge.llb_capabilities
    answers = []
    for target in targets:
        prefix = f"[{target.platform}] " if len(targets) > 1 else ""
        images = image_states(target, prefix, request.options.image_resolve_mode)
        inputs = Inputs(images, context, entry.source_map, prefix)
        state = compile_plan(target.plan, inputs, request.options.ignores_cache)
        definition = llb.marshal(state, platform=target.platform, caps=capabilities)
        answers.append(request.bridge.solve(definition, cache_imports=request.options.cache_imports))
    return answers


def image_states(target: Target, prefix: str, mode: ResolveMode) -> dict[str, llb.State]:
    """Return the state of each image of a plan, pinned by digest; the base with its environment."""
    states = {}
    for image_id, image in target.images.items():
        named = llb.Constraints(custom_name=f"{prefix}{image_id} {image.reference}")
        state = llb.image(image.reference, resolve_mode=mode, platform=target.platform, constraints=named)
        states[image_id] = state.with_image_config(json.loads(image.config)) if image_id == BASE else state
    return states


def configs(target: Target) -> tuple[bytes, bytes]:
    """Return the config of the finished image and that of its base."""
    base = target.images[BASE]
    return image_config(target.plan, json.loads(base.config), base.digest), base.config
