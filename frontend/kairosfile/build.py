"""Build a Kairosfile: load, plan, resolve images, compile, solve.

All platforms go through each stage together, so that they share each round trip to the daemon. What compiles the plans
is imported while the daemon resolves their images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from kairosfile import language, llb, trace
from kairosfile.errors import (
    AsSourceErrors,
    notices,
    of_another_platform,
    show_notices,
    show_warnings,
)
from kairosfile.gateway.errors import GatewayError
from kairosfile.gateway.grpc import Deferred
from kairosfile.plan import BASE, Plan
from kairosfile.plan.narrowing import image_target, narrow
from kairosfile.plan.resolve import resolve
from kairosfile.plan_images import start_images
from kairosfile.sections.load import Loader
from kairosfile.untrusted import RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kairosfile.gateway.options import Options
    from kairosfile.gateway.request import EntryFile, Request
    from kairosfile.language import Files
    from kairosfile.language.lockfile import Lock
    from kairosfile.pb.gateway import Result
    from kairosfile.plan_images import PendingPlan, ResolvedPlan


def build(request: Request, entry: EntryFile) -> Result:
    """Build the image of a Kairosfile for every requested platform; raises GatewayError."""
    whole = plan_all(request, entry)
    resolving = start_images(request, entry, select_targets(request, entry, whole))
    trace.mark("planned")
    from kairosfile import solve  # noqa: PLC0415 - the daemon resolves the images meanwhile

    resolved = wait_for_images(request, entry, resolving)
    trace.mark("resolved")
    no_cache = {platform: steps_to_run(plan, request.options.no_cache) for platform, plan in whole.items()}
    solving = solve.start_all(request, entry, resolved, no_cache)
    trace.mark("compiled")
    return solve.finish(request, entry, resolved, solving)


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
    files = cast("Files", _LaterFiles(request))
    return Loader(source, options.build_args, files, str(options.build_platform), lock_of(request, entry).wait)


def lock_of(request: Request, entry: EntryFile) -> Deferred[Lock | None]:
    """Return the lock file, which may still be on its way; waiting for it raises KairosfileError and GatewayError."""

    def read_lock() -> Lock | None:
        request.bridge.decode_capabilities()
        try:
            content = entry.companion.wait() if entry.companion else None
        except RefusedFileError as error:
            raise GatewayError(str(error)) from error  # no line of the file names it
        if content is None:
            return None
        from kairosfile.language import lockfile  # noqa: PLC0415 - many files have none

        return lockfile.read(entry.source_map.filename + lockfile.SUFFIX, content)

    return Deferred(read_lock)


def names(platforms: Sequence[llb.Platform]) -> list[str]:
    """Return platforms in the spelling of the language."""
    return [str(platform) for platform in platforms]


def wait_for_images(request: Request, entry: EntryFile, resolving: Iterable[PendingPlan]) -> list[ResolvedPlan]:
    """Return the plans with their images; raises SourceError, GatewayError."""
    resolved = [each.wait(entry.source_map) for each in resolving]
    bases = [(each.platform, each.images[BASE]) for each in resolved if BASE in each.images]
    show_notices(request.bridge, entry, of_another_platform(bases))
    return resolved
