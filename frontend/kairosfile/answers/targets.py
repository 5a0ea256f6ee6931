"""`--call targets`: what `--target` can name, on the first platform asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import pipeline
from kairosfile.faults import located
from kairosfile.gateway.subrequests.targets import Listed, targets
from kairosfile.plan import resolve
from kairosfile.plan.locations import locations
from kairosfile.plan.targets import IMAGE
from kairosfile.plan.targets import targets as targets_of

if TYPE_CHECKING:
    from kairosfile import llb
    from kairosfile.gateway.request import EntryFile, Request
    from kairosfile.pb.gateway_pb2 import Result
    from kairosfile.plan import Plan
    from kairosfile.plan.targets import Target


def list_targets(request: Request, entry: EntryFile) -> Result:
    """Return all targets; raises SourceError for a file that cannot be built."""
    first = pipeline.names(request.options.platforms[:1])
    with located(entry.source_map):
        (document,) = pipeline.read(request, entry).documents(first)
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
    if target.name == IMAGE or target.gates:
        return target.root
    starts = {step.id: step.start for step in plan.steps}
    return starts[target.steps[0]] if target.steps else ""
