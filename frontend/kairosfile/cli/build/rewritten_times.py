"""Warns about a single time for all files if a machine keeps copies of some of them.

A machine copies a file of a new image to its persistent paths only if it is newer than its copy, or of another size.
The frontend does not get `rewrite-timestamp`, an option of the exporter: only the command line has both.
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
    """Return the warning for a build whose files get one time, empty if machines keep no file of the plans."""
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
