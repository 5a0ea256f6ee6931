"""Which steps may not be answered from a cache: `--no-cache`, `--no-cache-filter`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.plan.targets import TargetError, find

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.plan.model import Plan


def steps_to_run(plan: Plan, names: frozenset[str] | None) -> frozenset[str]:
    """Return the ids of the steps that must run again, for names as `--target` knows them.

    No names are all steps, None is no step. A name that means nothing here is passed over, see `unknown_names`.
    """
    if names is None:
        return frozenset()
    if not names:
        return frozenset(step.id for step in plan.every_step)
    return frozenset(step for name in names for step in _steps(plan, name))


def unknown_names(plans: Sequence[Plan], names: Iterable[str]) -> list[str]:
    """Return what is wrong with each name that means nothing in any of the plans, sorted."""
    found = (_faults(plans, name) for name in sorted(names))
    return [faults[0] for faults in found if len(faults) == len(plans)]


def _steps(plan: Plan, name: str) -> tuple[str, ...]:
    try:
        return find(plan, name).steps
    except TargetError:
        return ()


def _faults(plans: Iterable[Plan], name: str) -> list[str]:
    faults = []
    for plan in plans:
        try:
            find(plan, name)
        except TargetError as error:
            faults.append(str(error))
    return faults
