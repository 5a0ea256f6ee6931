"""Compile resolved plans, solve them, and return their results.

A platform takes one solve, or three if the plan exports a secret result (plan/secret_export.py).
"""

from __future__ import annotations

import posix
from typing import TYPE_CHECKING

from kairosfile import llb, trace
from kairosfile.errors import show_notices
from kairosfile.gateway.errors import GatewayError, RpcError
from kairosfile.gateway.known_options import proxy_env
from kairosfile.gateway.result import PlatformResult, assemble
from kairosfile.json_text import parse_json
from kairosfile.plan import BASE
from kairosfile.plan.compile import Inputs, compile_plan
from kairosfile.plan.image_config import image_config
from kairosfile.plan_images import ROOTS, vertex_prefix

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from kairosfile.gateway.bridge import Bridge, Ref
    from kairosfile.gateway.grpc import Deferred
    from kairosfile.gateway.options import CacheImport
    from kairosfile.gateway.request import EntryFile, Request
    from kairosfile.llb import Definition
    from kairosfile.pb.gateway import Result
    from kairosfile.plan.compile import SolvePlan
    from kairosfile.plan_images import ResolvedPlan


class PlatformSolve:
    """The solves of one platform. Creating it starts the first one.

    A solve is lazy and fails only when its result is read: `evaluate` runs it and waits. A solve that another one waits
    for is always evaluated. Only the first imports the user's cache.
    """

    def __init__(
        self, bridge: Bridge, solves: SolvePlan[Definition], imports: Iterable[CacheImport], *, evaluate: bool
    ) -> None:
        self._bridge = bridge
        self._solves = solves
        first, exports_secret = solves.before or solves.result, solves.before is not None
        self._first = bridge.solve(first, cache_imports=imports, evaluate=evaluate or exports_secret)

    def wait(self) -> Ref:
        """Return the result; raises RpcError."""
        first = self._first.wait()
        return self._bridge.solve(self._solves.result, evaluate=True).wait() if self._solves.before else first

    def start_cleanup(self) -> Deferred[Ref] | None:
        """Start the cleanup solve, which runs after success and after failure; None if nothing has to be cleaned up."""
        return self._bridge.solve(self._solves.after, evaluate=True) if self._solves.after else None


def clean_up(solving: Sequence[PlatformSolve]) -> None:
    """Run the cleanup solves of all platforms; raises RpcError."""
    for answer in [each.start_cleanup() for each in solving]:
        if answer:
            answer.wait()


def finish(
    request: Request, entry: EntryFile, resolved: Sequence[ResolvedPlan], solving: Sequence[PlatformSolve]
) -> Result:
    """Wait for all platforms and return the result of the build; raises GatewayError.

    Cleans up, after a failure too, which is then raised.
    """
    epoch = request.options.source_date_epoch
    try:
        results = {
            each.platform: platform_result(each, solve, entry, epoch)
            for each, solve in zip(resolved, solving, strict=True)
        }
    except GatewayError:
        try:  # noqa: SIM105 - a build does without contextlib
            clean_up(solving)
        except GatewayError:  # the first failure is the one to report
            pass
        raise
    clean_up(solving)
    trace.mark("solved")
    return assemble(results, multi_platform=request.options.multi_platform, epoch=epoch)


def wait(resolved: ResolvedPlan, solving: PlatformSolve, entry: EntryFile) -> Ref:
    """Wait for a solve; raises SourceError if the builder lacks an entitlement that an artifact needs."""
    try:
        return solving.wait()
    except RpcError as error:
        from kairosfile.source_errors import entitlement_error  # noqa: PLC0415

        if refused := entitlement_error(error, resolved.plan, entry.source_map):
            raise refused from error
        raise


def start_all(
    request: Request,
    entry: EntryFile,
    resolved: Sequence[ResolvedPlan],
    no_cache: Mapping[llb.Platform, Container[str]],
) -> list[PlatformSolve]:
    """Start to solve each platform while the next one is compiled.

    A plan that needs an entitlement is evaluated, so that the refusal is raised here.
    """
    imports = request.options.cache_imports
    compiling = zip(resolved, graphs(request, entry, resolved, no_cache, posix.urandom(16).hex()), strict=True)
    return [
        PlatformSolve(
            request.bridge,
            _marshalled(request, each, solves),
            imports,
            evaluate=each.plan.insecure_step is not None,
        )
        for each, solves in compiling
    ]


def _marshalled(request: Request, resolved: ResolvedPlan, solves: SolvePlan[llb.State]) -> SolvePlan[llb.Definition]:
    return solves.map(lambda state: marshal(request, resolved, state))


def marshal(request: Request, resolved: ResolvedPlan, state: llb.State) -> llb.Definition:
    """Marshal the state into the definition sent to the daemon."""
    return llb.marshal(state, platform=resolved.platform, caps=request.bridge.llb_capabilities)


def graphs(
    request: Request,
    entry: EntryFile,
    resolved: Sequence[ResolvedPlan],
    no_cache: Mapping[llb.Platform, Container[str]],
    build_id: str = "",
) -> Iterator[SolvePlan[llb.State]]:
    """Yield the solves of each platform; `no_cache` contains the ids of the steps that must run again."""
    options = request.options
    paths = {path for each in resolved for path in each.plan.context_paths}
    context = _main_context(request, paths) if paths else None
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


def _main_context(request: Request, paths: Iterable[str]) -> llb.State:
    from kairosfile.gateway.contexts.main import main_context  # noqa: PLC0415 - many files use no context

    return main_context(request, paths)


def image_states(resolved: ResolvedPlan) -> dict[str, llb.State]:
    """Return the state of each image of a plan; images that steps start from carry their environment."""
    states = {image_id: image.state for image_id, image in resolved.images.items()}
    roots = {image_id: parse_json(resolved.images[image_id].config) for image_id in ROOTS if image_id in states}
    return states | {image_id: states[image_id].with_image_config(config) for image_id, config in roots.items()}


def platform_result(
    resolved: ResolvedPlan, solving: PlatformSolve, entry: EntryFile, epoch: int | None
) -> PlatformResult:
    """Wait for the result, with its image config and its base's; artifacts have neither. Raises GatewayError."""
    if not resolved.plan.is_image:
        return PlatformResult(wait(resolved, solving, entry), None)
    base = resolved.images[BASE]  # its config is made while the daemon loads the graph
    config = image_config(resolved.plan, parse_json(base.config), base.name, base.digest, epoch)
    return PlatformResult(wait(resolved, solving, entry), config, base.config, dict(resolved.plan.annotations))
