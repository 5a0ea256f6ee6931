"""What `--target` and `--no-cache-filter` can name: every step, the steps of a hook together, the base, the image.

A word is looked up without regard to case and to how its parts are joined: `Install drivers` is `install-drivers`.
Names that the plan gives come first; after them, a step is known by what the file calls it. A target is a plan of its
own, of the steps that lead to it and no others: what is built, resolved and transferred follows from that plan alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kairosfile.plan.model import BASE, Copy, Plan, Run, Step
from kairosfile.spec.diagnostics import did_you_mean, listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kairosfile.spec.source import Range

IMAGE = "image"

_BETWEEN_PARTS = re.compile(r"[^a-z0-9._]+")
_NUMBERED = re.compile(r"(.+)-[0-9]+")


@dataclass(frozen=True, slots=True)
class Target:
    """A part of a plan that has a name.

    `steps` are the ids of the steps it stands for, in their order. Its result is the root file system of `root`, a step
    or an image; the steps `gates` must succeed too. `aliases` are what the file calls it, `range` is where it stands.
    """

    name: str
    description: str
    steps: tuple[str, ...]
    root: str
    range: Range
    gates: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class TargetError(Exception):
    """A word that names no target, or several; `ranges` are the places of those that it names."""

    def __init__(self, message: str, ranges: Iterable[Range] = ()) -> None:
        super().__init__(message)
        self.ranges = tuple(ranges)


def targets(plan: Plan) -> list[Target]:
    """Return all targets of a plan, in the order in which they are built; the image is the last."""
    base = plan.image(BASE)
    whole = tuple(step.id for step in plan.steps)
    return [
        Target(BASE, base.reference, (), BASE, base.range),
        *_hooks(plan),
        Target(IMAGE, "the whole image, checked", whole, plan.root, base.range, plan.gates),
    ]


def find(plan: Plan, word: str) -> Target:
    """Return the target that a person's word names, the image for an empty one; raises TargetError."""
    known = targets(plan)
    wanted = slug(word or IMAGE)
    by_name = [target for target in known if slug(target.name) == wanted]
    found = by_name or [target for target in known if wanted in map(slug, target.aliases)]
    if not found:
        raise TargetError(_unknown(word, known, plan.platform))
    if len(found) > 1:
        names = listing([target.name for target in found])
        message = f'the target "{word}" is the name of {len(found)} steps; say which: {names}'
        raise TargetError(message, [target.range for target in found])
    return found[0]


def select(plan: Plan, word: str) -> Plan:
    """Return the plan of the target that a person's word names; raises TargetError."""
    return narrow(plan, find(plan, word))


def narrow(plan: Plan, target: Target) -> Plan:
    """Return the plan of a target: its steps, what they are made of, and no others."""
    needed = {target.root, *target.gates}
    for step in reversed(plan.steps):
        if step.id in needed:
            needed |= {step.start, *_taken_from(step)}
    return replace(
        plan,
        images=tuple(image for image in plan.images if image.id in needed or image.id == BASE),
        steps=tuple(step for step in plan.steps if step.id in needed),
        root=target.root,
        gates=target.gates,
    )


def slug(text: str) -> str:
    """Return a name in the form in which names are compared: `Install drivers` as `install-drivers`."""
    return _BETWEEN_PARTS.sub("-", text.lower()).strip("-")


def _hooks(plan: Plan) -> Iterator[Target]:
    """Yield each step as a target; after the last step of a hook, all of them together."""
    grouped: dict[str, list[Step]] = {}
    for step in plan.steps:
        grouped.setdefault(group(step), []).append(step)
    for name, steps in grouped.items():
        yield from (_step(plan, step) for step in steps)
        if name != steps[-1].id:
            yield _together(name, steps)


def group(step: Step) -> str:
    """Return what a step is one of: its hook, the files of cloud-config, itself where there is only one."""
    numbered = _NUMBERED.fullmatch(step.id)
    return numbered[1] if numbered else step.id


def _step(plan: Plan, step: Step) -> Target:
    """A gate's own result is empty: as a target it is the image, of which this gate alone is asked."""
    root, gates = (plan.root, (step.id,)) if step.id in plan.gates else (step.id, ())
    return Target(step.id, step.name, (step.id,), root, step.ranges[0], gates, step.aliases)


def _together(name: str, steps: Sequence[Step]) -> Target:
    ids = tuple(step.id for step in steps)
    count = f"{len(ids)} steps" if len(ids) > 1 else "1 step"
    return Target(name, f"{name}, {count}", ids, ids[-1], steps[0].ranges[0])


def _taken_from(step: Step) -> set[str]:
    """Return what a step takes files from, beside its own root."""
    if isinstance(step.action, Copy):
        return {step.action.image} - {""}
    return {mount.image for mount in step.action.mounts if mount.image} if isinstance(step.action, Run) else set()


def _unknown(word: str, known: Sequence[Target], platform: str) -> str:
    names = [name for target in known for name in (target.name, *map(slug, target.aliases))]
    guess = did_you_mean(slug(word), names)
    hint = f"; {guess}" if guess else ""
    return f'there is no target "{word}" on {platform}; known are {listing(list(dict.fromkeys(names)))}{hint}'
