"""The user's own steps: hooks of a Kairosfile as steps of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.plan.model import Copy, Run, Step
from kairosfile.spec.model import CopyStep, RunStep
from kairosfile.spec.model import Step as HookStep

if TYPE_CHECKING:
    from kairosfile.spec.document import Document

# `-e`: a text of several lines stops at the first one that fails.
SHELL = ("/bin/sh", "-ec")


def hook_steps(document: Document, hook: str, start: str) -> list[Step]:
    """Return the steps of one hook, the first on the root of `start`, each other on the one before."""
    steps: list[Step] = []
    for index, written in enumerate(getattr(document.model.hooks, hook)):
        path = ("hooks", hook, index)
        step_id = f"{hook}-{index + 1}"
        name = f"{hook} {index + 1}: {written.name or _describe(written)}"
        where = document.range(*path)
        field = f"hooks.{hook}[{index}]"
        steps.append(Step(step_id, name, steps[-1].id if steps else start, _action(written), (where,), (field,)))
    return steps


def _action(step: HookStep) -> Run | Copy:
    if isinstance(step, CopyStep):
        return Copy(step.sources, step.to)
    return Run(tuple(step.run) if isinstance(step.run, list) else (*SHELL, step.run))


def _describe(step: HookStep) -> str:
    if isinstance(step, CopyStep):
        return f"copy {' '.join(step.sources)} to {step.to}"
    return " ".join(step.run) if isinstance(step.run, list) else _first_line(step)


def _first_line(step: RunStep) -> str:
    lines = [line.strip() for line in str(step.run).strip().splitlines()]
    return lines[0] + (" ..." if len(lines) > 1 else "") if lines else ""
