"""Steps that the images of a matrix share, which a builder runs once.

Two images share a step if it has the same cache key, and so the same operation after the same steps on the same base
and platform. Contents are not compared: a different step with the same result counts as a separate one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.plan.offline import keys
from kairosfile.plan.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.cli.bake.definition import Image


class SharedStep(NamedTuple):
    """A step by its id, the number of images with it, and the number of runs for all of them."""

    id: str
    images: int
    runs: int


def shared_steps(images: Iterable[Image]) -> list[SharedStep]:
    """Return the steps of the images, in their order."""
    plans = [plan for image in images for plan in resolve(image.document, [image.document.platform], artifacts=False)]
    found: dict[str, list[str]] = {}
    for plan in plans:
        for step, key in keys(plan).items():
            found.setdefault(step, []).append(key.whole)
    order = _merged([step.id for step in plan.steps] for plan in plans)
    return [SharedStep(step, len(found[step]), len(set(found[step]))) for step in order]


def _merged(lists: Iterable[Sequence[str]]) -> list[str]:
    """Return the distinct words of the lists: a new one is inserted after its predecessor in its list."""
    merged: list[str] = []
    for words in lists:
        place = 0
        for word in words:
            if word not in merged:
                merged.insert(place, word)
            place = merged.index(word) + 1
    return merged


def report(images: Sequence[Image]) -> str:
    """Return a text with the number of runs of each step of the images."""
    steps = shared_steps(images)
    total, runs = sum(step.images for step in steps), sum(step.runs for step in steps)
    width = max(len("step"), *(len(step.id) for step in steps))
    head = f"{len(images)} images have {total} steps; one builder runs {runs} of them, because images share the others"
    rows = [f"  {step.id:<{width}}  {step.images:>6}  {step.runs:>5}" for step in steps]
    return "\n".join([head, "", f"  {'step':<{width}}  {'images':>6}  {'runs':>5}", *rows]) + "\n"
