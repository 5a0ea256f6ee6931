"""The steps of plans by the names of their vertices, with the keys that their durations are recorded under."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.cli.jobs.events import StepName
from kairosfile.plan.offline import keys
from kairosfile.plan_images import vertex_prefix
from kairosfile.untrusted import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.plan import Plan


def step_names(plans: Sequence[Plan]) -> list[StepName]:
    """Return the steps of a build of these plans, one for each platform, in their order.

    The key of a step is that of its own operation: it stays when only a step before it changes.
    """
    prefixes = [vertex_prefix(len(plans), llb.Platform.parse(plan.platform)) for plan in plans]
    return [
        StepName(f"{prefix}{one_line(step.name)}", step.id, plan.platform, own[step.id].own)
        for plan, prefix, own in zip(plans, prefixes, map(keys, plans), strict=True)
        for step in plan.steps
    ]
