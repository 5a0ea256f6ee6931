"""Warn of one time for all files where a machine keeps its own copy of some.

A machine brings a file of a new image to its persistent paths only where it is newer than its copy, or of another size.
The frontend does not hear of `rewrite-timestamp`, an option of the exporter: only a whole command line tells both.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kairosfile.kairos.mounts import is_kept
from kairosfile.plan.model import Copy, Download, File

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kairosfile.cli.build.buildx import BuildxCommand
    from kairosfile.plan.model import Plan

EPOCH, REWRITE = "SOURCE_DATE_EPOCH", "rewrite-timestamp=true"


def warning(command: BuildxCommand, plans: Iterable[Plan], environment: Mapping[str, str] = os.environ) -> str:
    """Return what to say of a build whose files get one time, nothing where no file of the plans is kept."""
    has_epoch = EPOCH in (command.build_args or {}) or bool(environment.get(EPOCH)) or _passes_epoch(command)
    if not has_epoch or not any(REWRITE in word for word in (*command.outputs, *command.extra_args)):
        return ""
    kept = list(dict.fromkeys(target for plan in plans for target in _targets(plan) if is_kept(target)))
    if not kept:
        return ""
    more = f" and {len(kept) - 1} more" if len(kept) > 1 else ""
    return (
        f"with {REWRITE} the time of {kept[0]}{more} is {EPOCH}: a machine that is installed keeps its own copy where "
        "size and time are the same; give each release a later one than the release before"
    )


def _passes_epoch(command: BuildxCommand) -> bool:
    return any(EPOCH in word for word in command.extra_args)


def _targets(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        if isinstance(step.action, Copy | Download | File):
            yield step.action.target
