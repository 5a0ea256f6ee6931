"""`systemd`: units of the image, changed without a systemd that runs."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from kairosfile.plan.model import Run
from kairosfile.plan.steps.run import SHELL

if TYPE_CHECKING:
    from kairosfile.spec.model import SystemdStep

# An unmasked unit can be enabled in the same step, a masked one stays as it was left.
ORDER = ("unmask", "enable", "disable", "mask")


def action(step: SystemdStep) -> Run:
    """Return the command of a step."""
    commands = [("systemctl", "--root=/", verb, *units) for verb, units in _units(step)]
    if len(commands) == 1:
        return Run(commands[0], network="none")
    return Run((*SHELL, "\n".join(shlex.join(command) for command in commands)), network="none")


def describe(step: SystemdStep) -> str:
    """Return what is done with which units."""
    return "systemd: " + ", ".join(f"{verb} {' '.join(units)}" for verb, units in _units(step))


def _units(step: SystemdStep) -> list[tuple[str, tuple[str, ...]]]:
    return [(verb, units) for verb in ORDER if (units := getattr(step.systemd, verb))]
