"""The steps of plans by the names of their vertices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.build import vertex_prefix
from kairosfile.cli.jobs.events import StepName
from kairosfile.untrusted import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.plan import Plan


def step_names(plans: Sequence[Plan]) -> list[StepName]:
    """Return the steps of a build of these plans (one plan for each platform) in order, including artifacts."""
    prefixes = [vertex_prefix(len(plans), llb.Platform.parse(plan.platform)) for plan in plans]
    return [
        StepName(f"{prefix}{one_line(step.name)}", step.id, plan.platform)
        for plan, prefix in zip(plans, prefixes, strict=True)
        for step in (*plan.steps, *(step for artifact in plan.artifacts for step in artifact.steps))
    ]
