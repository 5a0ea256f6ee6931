"""`--call outline`: what a person can, or has to, hand to the build of a target, on the first platform asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import pipeline
from kairosfile.faults import located
from kairosfile.gateway.subrequests.outline import Arg, Cache, Need, Outline, outline
from kairosfile.plan import Run, resolve
from kairosfile.plan.locations import locations
from kairosfile.plan.targets import IMAGE, find, narrow
from kairosfile.spec import build_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kairosfile import llb
    from kairosfile.gateway.request import EntryFile, Request
    from kairosfile.pb.gateway_pb2 import Result
    from kairosfile.plan import Plan, Step
    from kairosfile.spec.build_args import BuildArg
    from kairosfile.spec.reading import Reading


def outline_of(request: Request, entry: EntryFile) -> Result:
    """Return what the target takes; raises SourceError for a file that cannot be built.

    A file whose args have no values yet cannot be planned: the answer is then which args there are, so that a person
    can give them.
    """
    with located(entry.source_map):
        reading = pipeline.read(request, entry)
        own = build_args.own(reading)
        if any(arg.value is None for arg in own):
            return outline(entry.source_map, Outline(IMAGE, args=_args(own, entry.source_map)))
        return outline(entry.source_map, _of_target(request, reading, entry.source_map))


def _of_target(request: Request, reading: Reading, source_map: llb.SourceMap) -> Outline:
    first = pipeline.names(request.options.platforms[:1])
    (document,) = reading.documents(first)
    (whole,) = resolve(document, first)
    target = find(whole, request.options.target)
    plan = narrow(whole, target)
    return Outline(
        target.name,
        target.description,
        _args(build_args.every(reading, document), source_map),
        _merged(_secrets(plan, source_map)),
        _merged(_agents(plan, source_map)),
        _caches(plan, source_map),
    )


def _args(args: Iterable[BuildArg], source_map: llb.SourceMap) -> list[Arg]:
    def place(arg: BuildArg) -> llb.Location | None:
        return locations(source_map, [arg.range])[0] if arg.range else None

    return [Arg(arg.name, arg.value or "", arg.description, place(arg)) for arg in args]


def _secrets(plan: Plan, source_map: llb.SourceMap) -> Iterator[Need]:
    for step, run in _runs(plan):
        files = [(mount.id, mount.required) for mount in run.mounts if mount.kind == "secret"]
        for secret, required in (*files, *((it.id, it.required) for it in run.secret_env)):
            yield Need(secret, required, _place(step, source_map))


def _agents(plan: Plan, source_map: llb.SourceMap) -> Iterator[Need]:
    for step, run in _runs(plan):
        for mount in run.mounts:
            if mount.kind == "ssh":
                yield Need(mount.id, mount.required, _place(step, source_map))


def _merged(needs: Iterable[Need]) -> list[Need]:
    """Return each id once, where it is first named; required where any step requires it."""
    found: dict[str, Need] = {}
    for need in needs:
        first = found.setdefault(need.name, need)
        found[need.name] = first._replace(required=first.required or need.required)
    return list(found.values())


def _caches(plan: Plan, source_map: llb.SourceMap) -> list[Cache]:
    found: dict[str, Cache] = {}
    for step, run in _runs(plan):
        for mount in run.mounts:
            if mount.kind == "cache":
                found.setdefault(mount.id, Cache(mount.id, _place(step, source_map)))
    return list(found.values())


def _runs(plan: Plan) -> Iterator[tuple[Step, Run]]:
    return ((step, step.action) for step in plan.steps if isinstance(step.action, Run))


def _place(step: Step, source_map: llb.SourceMap) -> llb.Location:
    return locations(source_map, step.ranges[:1])[0]
