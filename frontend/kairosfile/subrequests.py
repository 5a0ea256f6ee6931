"""Answer subrequests: what `docker buildx build --call` and `--check` ask about a Kairosfile, without building it.

The file is loaded and planned as for a build, for the first requested platform if one is enough. A build imports
nothing of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import build, language, solve
from kairosfile.errors import AsSourceErrors
from kairosfile.gateway import subrequests
from kairosfile.gateway.rare_errors import SubrequestError
from kairosfile.gateway.subrequests import (
    Arg,
    BuildError,
    Cache,
    Finding,
    Listed,
    Need,
    Outline,
    convert_llb,
    lint,
    outline,
    targets,
)
from kairosfile.language.diagnostics import in_order, summaries
from kairosfile.plan import Run
from kairosfile.plan.compile import merge_for_display
from kairosfile.plan.locations import locations
from kairosfile.plan.narrowing import IMAGE, narrow
from kairosfile.plan.resolve import resolve
from kairosfile.plan.targets import find, select, steps_to_run
from kairosfile.plan.targets import targets as targets_of
from kairosfile.plan_images import start_images
from kairosfile.sections import listed_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kairosfile import llb
    from kairosfile.gateway.request import EntryFile, Request
    from kairosfile.pb.gateway import Result
    from kairosfile.plan import Plan, Step
    from kairosfile.plan.narrowing import Target
    from kairosfile.sections.listed_args import BuildArg
    from kairosfile.sections.load import Loader


def graph_of(request: Request, entry: EntryFile) -> Result:
    """Return the graph that would be solved; raises GatewayError."""
    (platform, whole), *_ = build.plan_all(request, entry).items()
    plans = build.select_targets(request, entry, {platform: whole})
    resolved = build.wait_for_images(request, entry, start_images(request, entry, plans))
    no_cache = {platform: steps_to_run(whole, request.options.no_cache)}
    (solves,) = solve.graphs(request, entry, resolved, no_cache)
    return convert_llb(solve.marshal(request, resolved[0], merge_for_display(solves)))


def check(request: Request, entry: EntryFile) -> Result:
    """Return the diagnostics of the file for all requested platforms; raises GatewayError."""
    platforms = build.names(request.options.platforms)
    try:
        document = build.read(request, entry).documents(platforms)[0]
        plans = resolve(document, platforms)
    except language.KairosfileError as error:
        return _failure(entry.source_map, error)
    with AsSourceErrors(entry.source_map):
        for plan in plans:
            select(plan, request.options.target)
    warnings = [diagnostic for diagnostic in document.warnings if diagnostic.severity == "warning"]
    return lint(entry.source_map, [_finding(diagnostic, entry.source_map) for diagnostic in warnings])


def _failure(source_map: llb.SourceMap, error: language.KairosfileError) -> Result:
    """Return the answer for a file that cannot be built.

    Docker's format has one range for the error of a build; the message names each error, its range is the first.
    Warnings that the file promotes to errors stay findings, each with its range; as in Docker, their rules are named
    where nothing worse stops the build. Docker's format has no notes.
    """
    errors = [diagnostic for diagnostic in error.diagnostics if not diagnostic.promoted]
    promoted = [diagnostic for diagnostic in error.diagnostics if diagnostic.promoted]
    warnings = [diagnostic for diagnostic in error.warnings if diagnostic.severity == "warning"]
    findings = [_finding(diagnostic, source_map) for diagnostic in in_order([*warnings, *promoted])]
    if errors:
        message = summaries(error.source, errors)
    else:
        message = (
            f"lint violation found for rules: {', '.join(dict.fromkeys(_name(diagnostic) for diagnostic in promoted))}"
        )
    return lint(source_map, findings, BuildError(message, _location((errors or promoted)[0], source_map)))


def _finding(diagnostic: language.Diagnostic, source_map: llb.SourceMap) -> Finding:
    return Finding(
        _name(diagnostic),
        diagnostic.rule.summary,
        diagnostic.rule.url,
        _detail(diagnostic),
        _location(diagnostic, source_map),
    )


def _detail(diagnostic: language.Diagnostic) -> str:
    """Return the text of a finding; it names an included file: buildx heads every snippet with the entry file's."""
    prefix = f"{diagnostic.range.filename}:{diagnostic.range.start.line}: " if diagnostic.range.filename else ""
    return prefix + diagnostic.sentence


def _name(diagnostic: language.Diagnostic) -> str:
    return f"{diagnostic.rule.id} {diagnostic.rule.name}"


def _location(diagnostic: language.Diagnostic, source_map: llb.SourceMap) -> llb.Location:
    return locations(source_map, [diagnostic.range])[0]


def outline_of(request: Request, entry: EntryFile) -> Result:
    """Return the args, secrets and caches of the target; raises SourceError for a file that cannot be built.

    A file whose args have no values yet cannot be planned: the answer then lists the args, so that the user
    can set them.
    """
    with AsSourceErrors(entry.source_map):
        reading = build.read(request, entry)
        own = listed_args.own(reading)
        if any(arg.value is None for arg in own):
            return outline(entry.source_map, Outline(IMAGE, args=_args(own, entry.source_map)))
        return outline(entry.source_map, _of_target(request, reading, entry.source_map))


def _of_target(request: Request, reading: Loader, source_map: llb.SourceMap) -> Outline:
    first = build.names(request.options.platforms[:1])
    (document,) = reading.documents(first)
    (whole,) = resolve(document, first)
    target = find(whole, request.options.target)
    plan = narrow(whole, target)
    return Outline(
        target.name,
        target.description,
        _args(listed_args.every(reading, document), source_map),
        _merged(_secrets(plan, source_map)),
        _merged(_agents(plan, source_map)),
        _caches(plan, source_map),
    )


def _args(args: Iterable[BuildArg], source_map: llb.SourceMap) -> list[Arg]:
    def arg_location(arg: BuildArg) -> llb.Location | None:
        return locations(source_map, [arg.range])[0] if arg.range else None

    return [Arg(arg.name, arg.value or "", arg.description, arg_location(arg)) for arg in args]


def _secrets(plan: Plan, source_map: llb.SourceMap) -> Iterator[Need]:
    for step, run in _runs(plan):
        files = [(mount.id, mount.required) for mount in run.mounts if mount.kind == "secret"]
        for secret, required in (*files, *((it.id, it.required) for it in run.secret_env)):
            yield Need(secret, required, _step_location(step, source_map))


def _agents(plan: Plan, source_map: llb.SourceMap) -> Iterator[Need]:
    for step, run in _runs(plan):
        for mount in run.mounts:
            if mount.kind == "ssh":
                yield Need(mount.id, mount.required, _step_location(step, source_map))


def _merged(needs: Iterable[Need]) -> list[Need]:
    """Return the ids without duplicates in order of first use; required if any step requires it."""
    by_name: dict[str, Need] = {}
    for need in needs:
        first = by_name.setdefault(need.name, need)
        by_name[need.name] = first._replace(required=first.required or need.required)
    return list(by_name.values())


def _caches(plan: Plan, source_map: llb.SourceMap) -> list[Cache]:
    caches: dict[str, Cache] = {}
    for step, run in _runs(plan):
        for mount in run.mounts:
            if mount.kind == "cache":
                caches.setdefault(mount.id, Cache(mount.id, _step_location(step, source_map)))
    return list(caches.values())


def _runs(plan: Plan) -> Iterator[tuple[Step, Run]]:
    return ((step, step.action) for step in plan.steps if isinstance(step.action, Run))


def _step_location(step: Step, source_map: llb.SourceMap) -> llb.Location:
    return locations(source_map, step.ranges[:1])[0]


def list_targets(request: Request, entry: EntryFile) -> Result:
    """Return all targets; raises SourceError for a file that cannot be built."""
    first = build.names(request.options.platforms[:1])
    with AsSourceErrors(entry.source_map):
        (document,) = build.read(request, entry).documents(first)
        (plan,) = resolve(document, first)
    return targets(entry.source_map, [_listed(plan, target, entry.source_map) for target in targets_of(plan)])


def _listed(plan: Plan, target: Target, source_map: llb.SourceMap) -> Listed:
    (location, *_) = locations(source_map, [target.range])
    is_default = target.name == IMAGE
    return Listed(target.name, target.description, _base(plan, target), plan.platform, location, is_default)


def _base(plan: Plan, target: Target) -> str:
    """Return the target that a target starts from; for the base, nothing."""
    if not target.is_image:
        return IMAGE
    if target.name == IMAGE or target.checks:
        return target.root
    starts = {step.id: step.start for step in plan.steps}
    return starts[target.steps[0]] if target.steps else ""


def handle_subrequest(request: Request, entry: EntryFile) -> Result:
    """Answer the subrequest; raises SubrequestError for an unknown one, and GatewayError."""
    match request.options.request_id:
        case subrequests.LINT.id:
            return check(request, entry)
        case subrequests.OUTLINE.id:
            return outline_of(request, entry)
        case subrequests.TARGETS.id:
            return list_targets(request, entry)
        case subrequests.CONVERT_LLB.id:
            return graph_of(request, entry)
        case subrequests.DESCRIBE.id:
            from kairosfile.gateway.subrequests import describe  # noqa: PLC0415

            return describe()
        case unknown:
            raise SubrequestError(unknown)
