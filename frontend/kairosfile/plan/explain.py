"""A step of a plan, explained: everything a person may ask of it, put together from the plan and the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.plan import reasons
from kairosfile.plan.fields import HIDDEN, Field, look_up
from kairosfile.plan.model import AURORABOOT, BASE, Copy, Mount, Plan, Run, Step
from kairosfile.spec.checks.lint_secrets import is_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.document import Document
    from kairosfile.spec.source import Range


class Line(NamedTuple):
    """A line of a file that a step is there for; `more` lines of the same range follow it."""

    file: str
    number: int
    text: str
    more: int


class Explanation(NamedTuple):
    """A step with the reasons for it; `runs_again_when` is complete: nothing else takes it out of the cache."""

    step: Step
    purpose: str
    lines: tuple[Line, ...]
    fields: tuple[Field, ...]
    network: str
    network_reason: str
    notes: tuple[str, ...]
    runs_again_when: tuple[str, ...]


def explain(document: Document, plan: Plan, step: Step) -> Explanation:
    """Return what there is to say of a step."""
    return Explanation(
        step,
        reasons.purpose(step),
        tuple(_line(document, where) for where in dict.fromkeys(step.ranges)),
        tuple(field for name in step.fields for field in look_up(document, name)),
        step.action.network if isinstance(step.action, Run) else "none",
        reasons.network(document, step),
        tuple(reasons.notes(plan, step)),
        tuple(_triggers(plan, step)),
    )


def place(document: Document, where: Range) -> str:
    """Return where something stands, as `Kairosfile:6`."""
    return f"{where.filename or document.source.filename}:{where.start.line}"


def _line(document: Document, where: Range) -> Line:
    source = where.source or document.source
    number = where.start.line
    text = source.line(number).rstrip()
    return Line(source.filename, number, HIDDEN if _says_too_much(text) else text, where.last_line - number)


def _says_too_much(line: str) -> bool:
    """Tell whether a line holds what looks like a secret, or what a cloud-config says."""
    return is_secret("", line) or "#cloud-config" in line


def _triggers(plan: Plan, step: Step) -> Iterator[str]:
    if step.holds_secret:
        yield "it is asked for, each time: the secret may be another one"
    yield "a field changes that it depends on"
    if step.start in {BASE, AURORABOOT}:
        yield _image_changes(plan, step.start)
    else:
        yield f"{step.start}, which it starts from, runs again"
    action = step.action
    if isinstance(action, Copy):
        paths = ", ".join(action.sources)
        yield f"the content of {paths} changes in {_where(plan, action.image)}"
    for mount in action.mounts if isinstance(action, Run) else ():
        if mount.kind == "step":
            yield f"{mount.step}, whose files it reads, runs again"
        elif mount.kind in {"image", "context"}:
            yield f"the content of {_shown(mount)} changes in {_where(plan, mount.image)}"


def _image_changes(plan: Plan, image: str) -> str:
    asked = plan.image(image)
    if asked.digest:
        place = "the lock file" if asked.is_locked else "the file"
        return f"another digest is written into {place} for {asked.written.partition('@')[0]}"
    return f"the tag {asked.reference} names another image than it did"


def _shown(mount: Mount) -> str:
    return mount.path if mount.path not in {"", "."} else "any file"


def _where(plan: Plan, image: str) -> str:
    return plan.image(image).reference if image else "the build context"
