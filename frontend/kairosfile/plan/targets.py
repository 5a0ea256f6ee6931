"""Targets: what `--target` and `--no-cache-filter` can name.

Every step, the steps of a hook, the base, the image and artifacts are targets. Names are compared without regard to
case and separators: `Install drivers` is `install-drivers`. Ids of the plan have priority, then names from the file,
and last the parts of install, which the file does not mention.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.install_parts import GROUP as INSTALL
from kairosfile.kairos.install_parts import IDS as PARTS
from kairosfile.language.diagnostics import did_you_mean, listing, nearest
from kairosfile.patterns import compile_later
from kairosfile.plan.model import BASE, Plan, Step
from kairosfile.plan.narrowing import Target, image_target, narrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kairosfile.language.nodes import Range
    from kairosfile.plan.model import Artifact


ARTIFACTS = "artifacts"
NO_ARTIFACTS = "the file asks for none, or only for some that need an entitlement: name one, such as --target iso"

_BETWEEN_PARTS = compile_later(r"[^a-z0-9._]+")
_NUMBERED = compile_later(r"(.+)-[0-9]+")


class TargetError(Exception):
    """A name of no target, or of several; `ranges` are the ranges of those."""

    def __init__(self, message: str, ranges: Iterable[Range] = ()) -> None:
        super().__init__(message)
        self.ranges = tuple(ranges)


def targets(plan: Plan) -> list[Target]:
    """Return all targets of a plan, in the order in which they are built."""
    base = plan.image(BASE)
    return [Target(BASE, base.reference, (), BASE, base.range), *_hooks(plan), image_target(plan), *_artifacts(plan)]


def find(plan: Plan, word: str) -> Target:
    """Return the target with a name that the user gave, the image for an empty name.

    Raises:
        TargetError: No target has this name, or several have.
    """
    if not word:
        return image_target(plan)
    known = targets(plan)
    key = slug(word)
    by_id = [target for target in known if slug(target.name) == key]
    of_file = [target for target in known if key in map(slug, target.aliases)]
    matches = of_file if of_file and key in PARTS else by_id or of_file
    if not matches:
        raise TargetError(_refusal(plan, word) or _unknown(word, known, plan.platform))
    if len(matches) > 1:
        names = listing([target.name for target in matches])
        message = f'the target "{word}" is the name of {len(matches)} steps; say which: {names}'
        raise TargetError(message, [target.range for target in matches])
    return matches[0]


def select(plan: Plan, word: str) -> Plan:
    """Return the plan of the target with a name that the user gave.

    Raises:
        TargetError: No target has this name, or several have.
    """
    return narrow(plan, find(plan, word))


def requested_only(plan: Plan) -> Plan:
    """Return a plan for display that also has the steps of the artifacts that the file requests."""
    steps = plan.asked_steps
    images = [image for image in plan.every_image if image in plan.images or any(it.uses(image.id) for it in steps)]
    return plan._replace(steps=steps, images=tuple(images))


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
            yield _together(plan, name, steps)


def _artifacts(plan: Plan) -> Iterator[Target]:
    """Yield each artifact, and as one target those that the file requests and that need no entitlement."""
    for artifact in plan.artifacts:
        needs = f", needs --allow {artifact.entitlement}" if artifact.entitlement else ""
        yield _files(plan, artifact.name, f"{artifact.description}{needs}", [artifact])
    if requested := [artifact for artifact in plan.artifacts if artifact.is_requested and not artifact.entitlement]:
        names = listing([artifact.name for artifact in requested])
        yield _files(plan, ARTIFACTS, f"what the file asks for, beside each other: {names}", requested)


def _files(plan: Plan, name: str, description: str, artifacts: Sequence[Artifact]) -> Target:
    steps = tuple(dict.fromkeys(step.id for each in artifacts for step in each.steps))
    root, *overlays = (result for each in artifacts for result in each.results)
    range_ = artifacts[0].range
    return Target(
        name, description, steps, root, range_, plan.checks, overlays=tuple(dict.fromkeys(overlays)), is_image=False
    )


def _refusal(plan: Plan, word: str) -> str:
    """Return the reason why an artifact cannot be made from this image, empty for any other name."""
    reasons = dict(plan.refused)
    if plan.artifacts or plan.refused:
        reasons.setdefault(ARTIFACTS, NO_ARTIFACTS)
    reason = reasons.get(slug(word))
    return f'there is no target "{word}" on {plan.platform}: {reason}' if reason else ""


def group(step: Step) -> str:
    """Return the group of a step: its hook, install or cloud-config; the step itself if it has no group."""
    if step.id in PARTS:
        return INSTALL
    numbered = _NUMBERED.fullmatch(step.id)
    return numbered[1] if numbered else step.id


def _step(plan: Plan, step: Step) -> Target:
    """Checks have empty results: the target of checks is the image with only these checks."""
    root, checks = (plan.root, (step.id,)) if step.id in plan.checks else (step.id, ())
    return Target(step.id, step.name, (step.id,), root, step.ranges[0], checks, step.aliases)


def _together(plan: Plan, name: str, steps: Sequence[Step]) -> Target:
    ids = tuple(step.id for step in steps)
    count = f"{len(ids)} steps" if len(ids) > 1 else "1 step"
    root, checks = (plan.root, ids) if ids[-1] in plan.checks else (ids[-1], ())
    return Target(name, f"{name}, {count}", ids, root, steps[0].ranges[0], checks)


def _unknown(word: str, known: Sequence[Target], platform: str) -> str:
    names = [name for target in known for name in (target.name, *map(slug, target.aliases))]
    guess = did_you_mean(nearest(slug(word), names))
    hint = f"; {guess}" if guess else ""
    return f'there is no target "{word}" on {platform}; known are {listing(list(dict.fromkeys(names)))}{hint}'


def steps_to_run(plan: Plan, names: frozenset[str] | None) -> frozenset[str]:
    """Return the ids of the steps that must run again.

    Args:
        plan: The plan.
        names: Names as for `--target`; empty means all steps, None none. Unknown names are ignored (`unknown_names`).
    """
    if names is None:
        return frozenset()
    if not names:
        return frozenset(step.id for step in plan.every_step)
    return frozenset(step for name in names for step in _steps(plan, name))


def unknown_names(plans: Sequence[Plan], names: Iterable[str]) -> list[str]:
    """Return a message for each name that is a target in none of the plans, sorted."""
    by_name = (_messages(plans, name) for name in sorted(names))
    return [messages[0] for messages in by_name if len(messages) == len(plans)]


def _steps(plan: Plan, name: str) -> tuple[str, ...]:
    try:
        return find(plan, name).steps
    except TargetError:
        return ()


def _messages(plans: Iterable[Plan], name: str) -> list[str]:
    messages = []
    for plan in plans:
        try:
            find(plan, name)
        except TargetError as error:
            messages.append(str(error))
    return messages
