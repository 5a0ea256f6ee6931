"""From the text of a Kairosfile to a result: read, plan, compile, solve.

Everything here is done for all platforms at once: each round trip to the daemon is paid once, not per platform.
"""

from __future__ import annotations

import json
import os
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from kairosfile import llb, spec, trace
from kairosfile.faults import entitled, insecure_step, located
from kairosfile.findings import show_warnings
from kairosfile.gateway.contexts.files import ContextFiles
from kairosfile.gateway.contexts.main import main_context
from kairosfile.gateway.proxies import proxy_env
from kairosfile.gateway.result import PlatformResult, assemble
from kairosfile.notices import notices, of_another_platform, show_notices
from kairosfile.plan import AURORABOOT, BASE, Plan, resolve
from kairosfile.plan.compile import Inputs, compile_plan
from kairosfile.plan.image import image_config
from kairosfile.plan.no_cache import steps_to_run
from kairosfile.plan.targets import select
from kairosfile.solving import Solving, cleared
from kairosfile.sources import resolve_images, vertex_prefix
from kairosfile.spec.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from kairosfile.gateway.images import ImageSource
    from kairosfile.gateway.options import Options
    from kairosfile.gateway.ref import Ref
    from kairosfile.gateway.request import EntryFile, Request
    from kairosfile.pb.gateway_pb2 import Result
    from kairosfile.plan.compile import Solves
    from kairosfile.spec.lock import Lock


# Images that steps start from.
ROOTS = (BASE, AURORABOOT)


class ResolvedPlan(NamedTuple):
    """One platform on its way: its plan, and what each image that the plan names comes from."""

    platform: llb.Platform
    plan: Plan
    images: dict[str, ImageSource]


def build(request: Request, entry: EntryFile) -> Result:
    """Build the image of a Kairosfile for every platform asked for; raises GatewayError."""
    options = request.options
    whole = plan_all(request, entry)
    plans = select_targets(request, entry, whole)
    trace.mark("planned")
    resolved = resolve_all(request, entry, plans)
    trace.mark("resolved")
    no_cache = {platform: steps_to_run(plan, options.no_cache) for platform, plan in whole.items()}
    solved = solve_all(request, entry, resolved, no_cache)
    trace.mark("compiled")
    with cleared(solved):
        built = {
            each.platform: platform_result(each, wait(each, solving, entry), options.epoch)
            for each, solving in zip(resolved, solved, strict=True)
        }
    trace.mark("solved")
    return assemble(built, multi_platform=options.multi_platform, epoch=options.epoch)


def wait(resolved: ResolvedPlan, solving: Solving, entry: EntryFile) -> Ref:
    """Return what the daemon solved; raises SourceError where it was not allowed what an artifact needs."""
    with entitled(resolved.plan, entry.source_map):
        return solving.wait()


def plan_all(request: Request, entry: EntryFile) -> dict[llb.Platform, Plan]:
    """Return the plan of the image on each platform; raises SourceError with every fault of the file."""
    options = request.options
    platforms = names(options.platforms)
    with located(entry.source_map):
        document = read(request, entry).documents(platforms)[0]
        plans = resolve(document, platforms, options.labels, artifacts=names_artifacts(options))
    show_warnings(request.bridge, entry, document.warnings)
    show_notices(request.bridge, entry, notices(options, document.for_platforms(platforms), plans))
    return dict(zip(options.platforms, plans, strict=True))


def names_artifacts(options: Options) -> bool:
    """Tell whether something of a request may be about an artifact, or about what one is made of."""
    return bool(options.target or options.no_cache or options.named_contexts)


def select_targets(request: Request, entry: EntryFile, plans: Mapping[llb.Platform, Plan]) -> dict[llb.Platform, Plan]:
    """Return the plan of the target on each platform; raises SourceError where there is no such target."""
    with located(entry.source_map):
        return {platform: select(plan, request.options.target) for platform, plan in plans.items()}


def read(request: Request, entry: EntryFile) -> Reading:
    """Return the file with what it includes, to be read for each platform; raises KairosfileError."""
    options = request.options
    source = spec.decode(entry.source_map.filename, entry.source_map.data)
    return Reading(source, options.build_args, ContextFiles(request), str(options.native_platform), lock_of(entry))


def lock_of(entry: EntryFile) -> Lock | None:
    """Return the lock file that came with the file, None without one; raises KairosfileError."""
    if entry.beside is None:
        return None
    from kairosfile.spec import lock  # noqa: PLC0415 - many files have none

    return lock.read(entry.source_map.filename + lock.SUFFIX, entry.beside)


def names(platforms: Sequence[llb.Platform]) -> list[str]:
    """Return platforms as the language names them."""
    return [str(platform) for platform in platforms]


def resolve_all(request: Request, entry: EntryFile, plans: Mapping[llb.Platform, Plan]) -> list[ResolvedPlan]:
    """Find out what the images of all plans come from; raises SourceError, GatewayError."""
    images = resolve_images(request, entry, plans)
    bases = [(platform, found[BASE]) for platform, found in images.items() if BASE in found]
    show_notices(request.bridge, entry, of_another_platform(bases))
    return [ResolvedPlan(platform, plan, images[platform]) for platform, plan in plans.items()]


def solve_all(
    request: Request,
    entry: EntryFile,
    resolved: Sequence[ResolvedPlan],
    no_cache: Mapping[llb.Platform, Container[str]],
) -> list[Solving]:
    """Start to solve each platform, each while the next one is compiled.

    What needs an entitlement is evaluated, so that a refusal comes back to here.
    """
    imports = request.options.cache_imports
    compiling = zip(resolved, graphs(request, entry, resolved, no_cache, os.urandom(16).hex()), strict=True)
    return [
        Solving(
            request.bridge,
            solves.map(partial(marshal, request, each)),
            imports,
            evaluate=insecure_step(each.plan) is not None,
        )
        for each, solves in compiling
    ]


def marshal(request: Request, resolved: ResolvedPlan, state: llb.State) -> llb.Definition:
    """Return what the daemon is sent."""
    return llb.marshal(state, platform=resolved.platform, caps=request.bridge.llb_capabilities)


def graphs(
    request: Request,
    entry: EntryFile,
    resolved: Sequence[ResolvedPlan],
    no_cache: Mapping[llb.Platform, Container[str]],
    build_id: str = "",
) -> Iterator[Solves[llb.State]]:
    """Yield what is to be solved for each platform; `no_cache` has the ids of the steps that must run again."""
    options = request.options
    paths = {path for each in resolved for path in each.plan.context_paths}
    context = main_context(request, paths) if paths else None
    containers, missing = options.containers.within(request.bridge.llb_capabilities)
    show_notices(request.bridge, entry, missing)
    for each in resolved:
        prefix = vertex_prefix(len(resolved), each.platform)
        images = image_states(each)
        inputs = Inputs(
            images | {image: containers.applied(images[image]) for image in ROOTS if image in images},
            context,
            entry.source_map,
            prefix,
            proxy=proxy_env(options.build_args),
            shm_size=containers.shm_size,
            resources=containers.resources,
            cache_namespace=options.cache_namespace,
            no_cache=no_cache[each.platform],
            build_id=f"{build_id}/{each.platform}",
        )
        yield compile_plan(each.plan, inputs)


def image_states(resolved: ResolvedPlan) -> dict[str, llb.State]:
    """Return the state of each image of a plan; what steps start from has its environment."""
    states = {image_id: image.state for image_id, image in resolved.images.items()}
    roots = {image_id: json.loads(resolved.images[image_id].config) for image_id in ROOTS if image_id in states}
    return states | {image_id: states[image_id].with_image_config(config) for image_id, config in roots.items()}


def platform_result(resolved: ResolvedPlan, ref: Ref, epoch: int | None) -> PlatformResult:
    """Return what was built with its config and that of its base, or without: artifacts are no image."""
    if not resolved.plan.is_image:
        return PlatformResult(ref, None)
    base = resolved.images[BASE]
    config = image_config(resolved.plan, json.loads(base.config), base.name, base.digest, epoch)
    return PlatformResult(ref, config, base.config, dict(resolved.plan.annotations))
