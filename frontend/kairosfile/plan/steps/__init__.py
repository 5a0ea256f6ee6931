"""The steps of hooks as actions of a plan: one module for each kind of action.

`describe` says in a few words what a step does, for progress output; `fields` which parts of the file beside the step
itself its action is made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.plan.steps import files, packages, run, systemd
from kairosfile.spec.model import CopyStep, FileStep, KernelStep, PackagesStep, RunStep

if TYPE_CHECKING:
    from kairosfile.plan.model import Action
    from kairosfile.spec.document import Document
    from kairosfile.spec.model import Step


def action(document: Document, step: Step) -> Action:
    """Return what a step does."""
    if isinstance(step, RunStep):
        return run.action(document, step)
    if isinstance(step, CopyStep):
        return files.copy(document, step)
    if isinstance(step, FileStep):
        return files.write(step)
    if isinstance(step, PackagesStep):
        return packages.change(document, step.packages)
    if isinstance(step, KernelStep):
        return packages.replace_kernel(document, step.kernel)
    return systemd.action(step)


def describe(step: Step) -> str:
    """Return a step in a few words."""
    if isinstance(step, RunStep):
        return run.describe(step)
    if isinstance(step, CopyStep):
        return f"copy {' '.join(step.sources)} to {step.to}"
    if isinstance(step, FileStep):
        return f"write {step.file}"
    if isinstance(step, PackagesStep):
        return packages.describe(step.packages)
    if isinstance(step, KernelStep):
        return f"kernel: {packages.describe(step.kernel)}"
    return systemd.describe(step)


def fields(document: Document, step: Step) -> tuple[str, ...]:
    """Return the fields outside the step that its action depends on."""
    if isinstance(step, PackagesStep | KernelStep):
        return packages.fields()
    return run.fields(document, step) if isinstance(step, RunStep) else ()
