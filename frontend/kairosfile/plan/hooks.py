"""The user's own steps: hooks of a Kairosfile as steps of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.plan import steps as kinds
from kairosfile.plan.model import Step

if TYPE_CHECKING:
    from kairosfile.spec.document import Document


def hook_steps(document: Document, hook: str, start: str) -> list[Step]:
    """Return the steps of one hook, the first on the root of `start`, each other on the one before."""
    steps: list[Step] = []
    for index, written in enumerate(getattr(document.model.hooks, hook)):
        step_id = f"{hook}-{index + 1}"
        name = f"{hook} {index + 1}: {written.name or kinds.describe(written)}"
        where = document.range("hooks", hook, index)
        fields = (f"hooks.{hook}[{index}]", *kinds.fields(document, written))
        action = kinds.action(document, written)
        aliases = (written.name,) if written.name else ()
        steps.append(Step(step_id, name, steps[-1].id if steps else start, action, (where,), fields, aliases))
    return steps
