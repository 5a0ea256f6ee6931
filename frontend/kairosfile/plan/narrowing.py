"""The plan of a target: it has only the steps that lead to it, and so decides what is built, resolved and transferred.

The target of most builds is the whole image; `targets` has the others and their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.named_tuple import NamedTuple
from kairosfile.plan.model import BASE

if TYPE_CHECKING:
    from kairosfile.language.nodes import Range
    from kairosfile.plan.model import Plan

IMAGE = "image"


class Target(NamedTuple):
    """A named part of a plan.

    `steps` are the ids of its steps, in their order. Its result is the root file system of `root`, a step or an image,
    with the results of the steps `overlays` over it; the steps `checks` must succeed too. `aliases` are its names in
    the file, `range` is its range there. `is_image` is False for the files of artifacts.
    """

    name: str
    description: str
    steps: tuple[str, ...]
    root: str
    range: Range
    checks: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    overlays: tuple[str, ...] = ()
    is_image: bool = True


def image_target(plan: Plan) -> Target:
    """Return the target of the whole image."""
    whole = tuple(step.id for step in plan.steps)
    return Target(IMAGE, "the whole image, checked", whole, plan.root, plan.image(BASE).range, plan.checks)


def narrow(plan: Plan, target: Target) -> Plan:
    """Return the plan of a target: the steps that lead to it, and no others."""
    needed = {target.root, *target.overlays, *target.checks}
    for step in reversed(plan.every_step):
        if step.id in needed:
            needed |= step.needs
    narrowed = plan._replace(
        images=tuple(image for image in plan.every_image if image.id in needed or image.id == BASE),
        steps=tuple(step for step in plan.every_step if step.id in needed),
        root=target.root,
        overlays=target.overlays,
        checks=target.checks,
        artifacts=(),
        refused=(),
        is_image=target.is_image,
        one_layer=plan.one_layer and target.is_image and target.root == plan.root,
    )
    if not any(step.holds_secret for step in narrowed.steps):
        return narrowed
    from kairosfile.plan.secret_export import with_secret_export  # noqa: PLC0415 - few files have such a step

    return with_secret_export(narrowed)
