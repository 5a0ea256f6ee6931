"""Build a Kairosfile: load, plan, resolve images, compile, solve.

All platforms go through each stage together, so that they share each round trip to the daemon. An image comes from its
registry, or from a named context that replaces it. A platform takes one solve, or three if the plan exports a secret
result (plan/secret_export.py).
"""

from __future__ import annotations

import posix
from typing import TYPE_CHECKING, Any, cast

from kairosfile import language, llb, trace
from kairosfile.errors import (
    AsSourceErrors,
    notices,
    of_another_platform,
    show_notices,
    show_warnings,
)
from kairosfile.gateway.errors import GatewayError, RpcError
from kairosfile.gateway.known_options import proxy_env
from kairosfile.gateway.result import PlatformResult, assemble
from kairosfile.json_text import parse_json
from kairosfile.named_tuple import NamedTuple
from kairosfile.plan import AURORABOOT, BASE, KAIROS_INIT, Plan
from kairosfile.plan.compile import Inputs, compile_plan, lines
from kairosfile.plan.image_config import image_config
from kairosfile.plan.narrowing import image_target, narrow
from kairosfile.plan.resolve import resolve
from kairosfile.sections.load import Loader

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from kairosfile.gateway.bridge import Bridge, Ref
    from kairosfile.gateway.contexts.named import NamedContext
    from kairosfile.gateway.grpc import Deferred
    from kairosfile.gateway.images import Image as Resolved
    from kairosfile.gateway.images import ImageSource
    from kairosfile.gateway.options import CacheImport, Options
    from kairosfile.gateway.request import EntryFile, Request
    from kairosfile.language import Files
    from kairosfile.language.lockfile import Lock
    from kairosfile.llb import Definition
    from kairosfile.pb.gateway import Result
    from kairosfile.plan import Image
    from kairosfile.plan.compile import SolvePlan

# Images that steps start from.
ROOTS = (BASE, AURORABOOT)


def resolve_images(
    request: Request, entry: EntryFile, plans: Mapping[llb.Platform, Plan]
) -> dict[llb.Platform, dict[str, ImageSource]]:
    """Resolve the images of all plans at the same time.

    Returns:
        The source of each image, by platform and by its id in the plan.

    Raises:
        SourceError: an image cannot be resolved; it points at the line that names the image.
        GatewayError: the daemon fails.
    """
    resolver = _Resolver(request, entry, plans)
    pending = {platform: [resolver.start(platform, image) for image in plan.images] for platform, plan in plans.items()}
    return {
        platform: {image.image.id: image.wait(entry.source_map) for image in images}
        for platform, images in pending.items()
    }


def vertex_prefix(platforms: int, platform: llb.Platform) -> str:
    """Return the prefix of vertex names: the platform, empty if there is only one."""
    return f"[{platform}] " if platforms > 1 else ""


class PendingImage(NamedTuple):
    """An image of one platform's plan that is being resolved; `context` replaces it, if there is one."""

    image: Image
    context: NamedContext | None
    answer: Deferred[ImageSource]

    def wait(self, source_map: llb.SourceMap) -> ImageSource:
        """Return the source of the image; raises SourceError if it cannot be resolved."""
        try:
            answer = self.answer.wait()
        except GatewayError as error:
            from kairosfile.gateway.rare_errors import UnsupportedError  # noqa: PLC0415
            from kairosfile.source_errors import image_error  # noqa: PLC0415

            if not isinstance(error, RpcError | UnsupportedError):
                raise
            raise image_error(error, self.image, source_map, str(self.context or "")) from error
        # An image in a layout gets the name of the image that it replaces.
        return answer._replace(name=self.image.written) if answer.digest and not answer.name else answer


class _Resolver:
    """Starts to resolve the images of the plans of one request."""

    def __init__(self, request: Request, entry: EntryFile, plans: Mapping[llb.Platform, Plan]) -> None:
        self._request = request
        self._source_map = entry.source_map
        self._plans = plans

    def start(self, platform: llb.Platform, image: Image) -> PendingImage:
        prefix = vertex_prefix(len(self._plans), platform)
        platform = llb.Platform.parse(image.platform) if image.platform else platform
        if self._request.options.named_contexts and (pending := self._start_context(platform, image, prefix)):
            return pending
        return PendingImage(image, None, self._start_image(platform, image, prefix))

    def _start_context(self, platform: llb.Platform, image: Image, prefix: str) -> PendingImage | None:
        """Start to resolve the named context that replaces an image, if there is one."""
        from kairosfile.gateway.contexts import named  # noqa: PLC0415 - few builds have named contexts

        context = named.find(self._request.options, image.names, platform)
        if context is None:
            return None
        use = named.ContextUsage(
            platform,
            self._paths(image.id),
            is_root=image.id in (BASE, AURORABOOT),
            program=KAIROS_INIT if image.id == KAIROS_INIT else "",
            prefix=prefix,
            lines=lines(self._source_map, [image.range]),
        )
        return PendingImage(image, context, named.start(self._request, context, use))

    def _paths(self, image_id: str) -> frozenset[str]:
        """Return the paths that are used on any platform: a directory of the client is transferred once."""
        return frozenset(path for plan in self._plans.values() for path in plan.image_paths(image_id))

    def _start_image(self, platform: llb.Platform, image: Image, prefix: str) -> Deferred[ImageSource]:
        mode = self._request.options.image_resolve_mode
        role = f"{image.id} " if image.id in (BASE, KAIROS_INIT, AURORABOOT) else ""
        image_lines = lines(self._source_map, [image.range])

        def source(resolved: Resolved) -> ImageSource:
            named = llb.Constraints(custom_name=f"{prefix}{role}{resolved.reference}", locations=image_lines)
            return resolved.source(platform, mode, named)

        label = f"{platform} internal" if len(self._plans) > 1 else "internal"
        return self._request.bridge.resolve_image(image.reference, platform, mode, label).map(source)


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


class ResolvedPlan(NamedTuple):
    """The plan of one platform, with the source of each image that it names."""

    platform: llb.Platform
    plan: Plan
    images: dict[str, ImageSource]


def build(request: Request, entry: EntryFile) -> Result:
    """Build the image of a Kairosfile for every requested platform; raises GatewayError."""
    options = request.options
    whole = plan_all(request, entry)
    plans = select_targets(request, entry, whole)
    trace.mark("planned")
    resolved = resolve_all(request, entry, plans)
    trace.mark("resolved")
    no_cache = {platform: steps_to_run(plan, options.no_cache) for platform, plan in whole.items()}
    solved = solve_all(request, entry, resolved, no_cache)
    trace.mark("compiled")
    built = finish(resolved, solved, entry, options.source_date_epoch)
    trace.mark("solved")
    return assemble(built, multi_platform=options.multi_platform, epoch=options.source_date_epoch)


def finish(
    resolved: Sequence[ResolvedPlan], solving: Sequence[PlatformSolve], entry: EntryFile, epoch: int | None
) -> dict[llb.Platform, PlatformResult]:
    """Wait for the result of each platform and clean up, after a failure too, which is then raised: a GatewayError."""
    try:
        result = {
            each.platform: platform_result(each, wait(each, solve, entry), epoch)
            for each, solve in zip(resolved, solving, strict=True)
        }
    except GatewayError:
        try:  # noqa: SIM105 - a build does without contextlib
            clean_up(solving)
        except GatewayError:  # the first failure is the one to report
            pass
        raise
    clean_up(solving)
    return result


def wait(resolved: ResolvedPlan, solving: PlatformSolve, entry: EntryFile) -> Ref:
    """Wait for a solve; raises SourceError if the builder lacks an entitlement that an artifact needs."""
    try:
        return solving.wait()
    except RpcError as error:
        from kairosfile.source_errors import entitlement_error  # noqa: PLC0415

        if refused := entitlement_error(error, resolved.plan, entry.source_map):
            raise refused from error
        raise


def plan_all(request: Request, entry: EntryFile) -> dict[llb.Platform, Plan]:
    """Return the plan of the image on each platform; raises SourceError with every diagnostic of the file."""
    options = request.options
    platforms = names(options.platforms)
    with AsSourceErrors(entry.source_map):
        document = read(request, entry).documents(platforms)[0]
        plans = resolve(document, platforms, options.labels, artifacts=names_artifacts(options))
    show_warnings(request.bridge, entry, document.warnings)
    show_notices(request.bridge, entry, notices(options, document.for_platforms(platforms), plans))
    return dict(zip(options.platforms, plans, strict=True))


def names_artifacts(options: Options) -> bool:
    """Return True if the request may refer to an artifact (target, cache filter or named context)."""
    return bool(options.target or options.no_cache or options.named_contexts)


def select_targets(request: Request, entry: EntryFile, plans: Mapping[llb.Platform, Plan]) -> dict[llb.Platform, Plan]:
    """Return the plan of the target on each platform; raises SourceError for an unknown target."""
    if not request.options.target:
        return {platform: narrow(plan, image_target(plan)) for platform, plan in plans.items()}
    from kairosfile.plan.targets import select  # noqa: PLC0415 - most builds are of the image

    with AsSourceErrors(entry.source_map):
        return {platform: select(plan, request.options.target) for platform, plan in plans.items()}


def steps_to_run(plan: Plan, names: frozenset[str] | None) -> frozenset[str]:
    """Return the ids of the steps that must run again; None names none, an empty set all of them."""
    if names is None:
        return frozenset()
    from kairosfile.plan import targets  # noqa: PLC0415 - few builds run steps again

    return targets.steps_to_run(plan, names)


class _LaterFiles:
    """The files of the build context; what reads them is imported at the first use: many files name none."""

    _files: Files | None = None

    def __init__(self, request: Request) -> None:
        self._request = request

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever files have
        if self._files is None:
            from kairosfile.gateway.contexts.main import ContextFiles  # noqa: PLC0415

            self._files = ContextFiles(self._request)
        return getattr(self._files, name)


def read(request: Request, entry: EntryFile) -> Loader:
    """Return the loader of the file and its includes, which loads it for each platform; raises KairosfileError."""
    options = request.options
    source = language.decode(entry.source_map.filename, entry.source_map.data)
    return Loader(
        source, options.build_args, cast("Files", _LaterFiles(request)), str(options.build_platform), lock_of(entry)
    )


def lock_of(entry: EntryFile) -> Lock | None:
    """Return the lock file that came with the file, None without one; raises KairosfileError."""
    if entry.companion is None:
        return None
    from kairosfile.language import lockfile  # noqa: PLC0415 - many files have none

    return lockfile.read(entry.source_map.filename + lockfile.SUFFIX, entry.companion)


def names(platforms: Sequence[llb.Platform]) -> list[str]:
    """Return platforms in the spelling of the language."""
    return [str(platform) for platform in platforms]


def resolve_all(request: Request, entry: EntryFile, plans: Mapping[llb.Platform, Plan]) -> list[ResolvedPlan]:
    """Resolve the images of all plans; raises SourceError, GatewayError."""
    images = resolve_images(request, entry, plans)
    bases = [(platform, by_id[BASE]) for platform, by_id in images.items() if BASE in by_id]
    show_notices(request.bridge, entry, of_another_platform(bases))
    return [ResolvedPlan(platform, plan, images[platform]) for platform, plan in plans.items()]


def solve_all(
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


def platform_result(resolved: ResolvedPlan, ref: Ref, epoch: int | None) -> PlatformResult:
    """Return the result with its image config and its base's; artifacts have neither."""
    if not resolved.plan.is_image:
        return PlatformResult(ref, None)
    base = resolved.images[BASE]
    config = image_config(resolved.plan, parse_json(base.config), base.name, base.digest, epoch)
    return PlatformResult(ref, config, base.config, dict(resolved.plan.annotations))
