"""Compare two plans: which steps of the new one run again in a cache of the old one, and because of which fields.

A step runs again when its operation or an input of it changes, as in a daemon's cache; fields only explain it. A field
that reaches no operation, such as the name of a hook, is therefore never a reason. Contents are not compared: files of
the build context count as unchanged, a tag as the same image, and the result of a step that runs again as changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.named_tuple import NamedTuple
from kairosfile.plan.explain import Field, look_up
from kairosfile.plan.model import AURORABOOT, BASE, Plan, Run, Step
from kairosfile.plan.offline import Keys, keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kairosfile.language.nodes import Plain
    from kairosfile.sections.document import Document

# The fields that select the image, for the images that steps start from.
_FIELDS = {BASE: "base", AURORABOOT: "artifacts.auroraboot"}


class Version(NamedTuple):
    """A file resolved for one platform, and its plan."""

    document: Document
    plan: Plan


class Change(NamedTuple):
    """A value in both files, None if a file lacks it; `field` is the new file's field, if it has one."""

    name: str
    old: Plain
    new: Plain
    field: Field | None = None


class Verdict(NamedTuple):
    """A step of the new plan: `was` is its counterpart in the old one, None for a step that is new.

    A step `runs` because of `changes`, because it `follows` another step or image than its counterpart did, because it
    is new, or because it always runs: `Step.runs_each_time`. `keys` are those of its own operation and of its
    counterpart's: what is known of a step, such as its time, is kept under them.
    """

    step: Step
    runs: bool
    was: Step | None
    changes: tuple[Change, ...] = ()
    follows: str = ""
    keys: tuple[str, ...] = ()


class Difference(NamedTuple):
    """The verdict on each step of the new plan, the removed steps, and the changes that run no step."""

    steps: tuple[Verdict, ...]
    removed: tuple[Step, ...]
    labels: tuple[Change, ...]
    annotations: tuple[Change, ...]
    names: tuple[Change, ...]


def compare(old: Version, new: Version, old_keys: Mapping[str, Keys] | None = None) -> Difference:
    """Return the steps of `new` that run again with a cache of `old`, with reasons; both are plans of one platform.

    `old_keys` are the cache keys of the old steps, if the caller has them.
    """
    was, now = old_keys or keys(old.plan), keys(new.plan)
    pairs = _pair(old.plan.steps, new.plan.steps, was, now)
    cached = {keys.whole for keys in was.values()}
    verdicts: dict[str, Verdict] = {}
    for step in new.plan.steps:
        before = pairs.get(step.id)
        own_keys = (now[step.id].own, *([was[before.id].own] if before else []))
        if now[step.id].whole in cached:
            verdicts[step.id] = Verdict(step, runs=step.runs_each_time, was=before, keys=own_keys)
        elif before is None:
            verdicts[step.id] = Verdict(step, runs=True, was=None, keys=own_keys)
        else:
            own = () if now[step.id].own == was[before.id].own else _changes(old, new, before, step)
            follows = _follows(old, new, before, step, verdicts)
            reasons = (*own, *_locked(old.plan, new.plan, step), *_image(old, new, follows))
            once = {change.name: change for change in reasons}
            verdicts[step.id] = Verdict(step, True, before, tuple(once.values()), follows, own_keys)
    ids = {step.id for step in pairs.values()}
    return Difference(
        tuple(verdicts.values()),
        tuple(step for step in old.plan.steps if step.id not in ids),
        tuple(_entries(old.plan.labels, new.plan.labels)),
        tuple(_entries(old.plan.annotations, new.plan.annotations)),
        tuple(_renamed(verdicts.values())),
    )


def _pair(
    old: Iterable[Step], new: Iterable[Step], was: Mapping[str, Keys], now: Mapping[str, Keys]
) -> dict[str, Step]:
    """Return the old counterpart of each new step: the same step in order, else the same step, else the same id."""
    remaining = {step.id: step for step in old}
    pairs: dict[str, Step] = {}
    for same in (
        lambda before, after: was[before].whole == now[after].whole,
        lambda before, after: was[before].own == now[after].own,
        lambda before, after: before == after,
    ):
        for step in new:
            match = (
                next((before for before in remaining if same(before, step.id)), None) if step.id not in pairs else None
            )
            if match is not None:
                pairs[step.id] = remaining.pop(match)
    return pairs


def _changes(old: Version, new: Version, before: Step, after: Step) -> Iterator[Change]:
    """Yield the values that differ among the fields of a step and of its counterpart."""
    names = dict.fromkeys((*after.fields, *before.fields))
    was = {field.name: field for name in names for field in look_up(old.document, name)}
    now = {field.name: field for name in names for field in look_up(new.document, name)}
    for name in dict.fromkeys((*now, *was)):
        if change := _change(was.get(name), now.get(name)):
            yield change


def _change(was: Field | None, now: Field | None) -> Change | None:
    either = now or was
    if either is None or (was and was.value) == (now and now.value):
        return None
    return Change(either.name, was.shown if was else None, now.shown if now else None, now)


def _follows(old: Version, new: Version, before: Step, after: Step, verdicts: dict[str, Verdict]) -> str:
    """Return the inputs of a step that differ from its counterpart's, its root first."""
    was = _origins(before)
    for place, origin in _origins(after).items():
        verdict, earlier = verdicts.get(origin), was.get(place)
        if verdict is not None:
            same = not verdict.runs and verdict.was is not None and verdict.was.id == earlier
        else:
            same = origin == earlier and _reference(old, origin) == _reference(new, origin)
        if not same:
            return origin
    return ""


def _origins(step: Step) -> dict[str, str]:
    """Return the steps and the image that a step uses, by the place of use."""
    mounts = step.action.mounts if isinstance(step.action, Run) else ()
    return {"/": step.start} | {mount.target: mount.step for mount in mounts if mount.step}


def _reference(version: Version, image: str) -> str:
    return version.plan.image(image).reference


def _locked(old: Plan, new: Plan, step: Step) -> Iterator[Change]:
    """Yield the digests of the lock files that differ, for the images that a step uses."""
    was = {image.written: image.digest for image in old.every_image}
    for image in new.every_image:
        before, after = was.get(image.written, image.digest), image.digest
        if before != after and step.uses(image.id):
            yield Change(f"digest of {image.written}", before or None, after or None)


def _image(old: Version, new: Version, follows: str) -> tuple[Change, ...]:
    """Return the change of the base, or of AuroraBoot, for a step that starts from it."""
    if follows not in _FIELDS:
        return ()
    (was,), (now,) = look_up(old.document, _FIELDS[follows]), look_up(new.document, _FIELDS[follows])
    change = _change(was, now)
    return (change,) if change else ()


def _entries(old: Iterable[tuple[str, str]], new: Iterable[tuple[str, str]]) -> Iterator[Change]:
    was, now = dict(old), dict(new)
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name):
            yield Change(name, was.get(name), now.get(name))


def _renamed(verdicts: Iterable[Verdict]) -> Iterator[Change]:
    """Yield the steps that stay cached under another name in the progress output."""
    for verdict in verdicts:
        if not verdict.runs and verdict.was is not None and verdict.was.name != verdict.step.name:
            yield Change(verdict.step.id, verdict.was.name, verdict.step.name)
