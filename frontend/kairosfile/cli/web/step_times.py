"""How long a build is expected to take: the sum of what its steps took when they last ran on the same builder.

A time is kept under the key of a step's own operation. A step that an edit changes has another key than it had; the
time of its counterpart before the edit is the best guess then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kairosfile.plan.offline import keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.plan import Plan
    from kairosfile.plan.diff import Difference

Times = Callable[[Iterable[str]], Mapping[str, float]]


def no_times(_: Iterable[str]) -> Mapping[str, float]:
    """Return that nothing is known of any step."""
    return {}


@dataclass(frozen=True, slots=True)
class StepCost:
    """A step that runs or is cached; `keys` are those that its time may be under, the best one first."""

    runs: bool
    keys: Sequence[str]


@dataclass(frozen=True, slots=True)
class Expectation:
    """The seconds of the steps that run and of those that are cached, None where no time is known.

    `steps` are the seconds of each step; `unknown` is the number of steps that run and have no known time.
    """

    steps: tuple[float | None, ...]
    expected: float | None
    saved: float | None
    unknown: int

    def to_data(self) -> dict[str, Any]:
        """Return the totals as an answer has them."""
        return {"expected_seconds": self.expected, "saved_seconds": self.saved, "unknown_steps": self.unknown}


def of_difference(difference: Difference) -> list[StepCost]:
    """Return the steps of a plan that is compared with another one."""
    return [StepCost(verdict.runs, verdict.keys) for verdict in difference.steps]


def of_plan(plan: Plan) -> list[StepCost]:
    """Return the steps of a plan that all run."""
    return [StepCost(True, [key.own]) for key in keys(plan).values()]


def expectation(steps: Sequence[StepCost], times: Times) -> Expectation:
    """Return what is expected of steps, whose times are looked up at once."""
    known = times({key for step in steps for key in step.keys})
    seconds = tuple(next((known[key] for key in step.keys if key in known), None) for step in steps)
    ran = [one for one, step in zip(seconds, steps, strict=True) if step.runs]
    cached = [one for one, step in zip(seconds, steps, strict=True) if not step.runs]
    return Expectation(seconds, _sum(ran), _sum(cached), ran.count(None))


def _sum(seconds: Sequence[float | None]) -> float | None:
    """Return the sum of what is known; None where nothing is known of some steps, 0 for no steps."""
    known = [one for one in seconds if one is not None]
    return round(sum(known), 3) if known or not seconds else None
