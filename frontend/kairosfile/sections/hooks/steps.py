"""Hooks of a Kairosfile as steps of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.plan.model import Step
from kairosfile.sections.hooks.context import steps_with_context

if TYPE_CHECKING:
    from kairosfile.sections.document import Document


def hook_steps(document: Document, hook: str, start: str) -> list[Step]:
    """Return the steps of one hook, the first on the root of `start`, each other on the one before."""
    steps: list[Step] = []
    for context, step in steps_with_context(document):
        if context.path[1] != hook:
            continue
        number = len(steps) + 1
        name = f"{hook} {number}: {step.name or step.describe()}"
        depends_on = (f"hooks.{hook}[{number - 1}]", *step.depends_on(context))
        ranges = (document.range("hooks", hook, number - 1),)
        aliases = (step.name,) if step.name else ()
        previous = steps[-1].id if steps else start
        steps.append(Step(f"{hook}-{number}", name, previous, step.to_action(context), ranges, depends_on, aliases))
    return steps
