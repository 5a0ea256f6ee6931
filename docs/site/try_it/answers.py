"""Results that the page "Try it" shows for a text, computed in the reader's browser.

Each view is a function from the text, and the one that counts as built, to data that the page lays out. Views of steps
have one shape: blocks with a title, a mark and rows. A text has no files beside it, so none that it names is looked at.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kairosfile import language, sections
from kairosfile.cli import file_checks, step_text
from kairosfile.cli.drawing.formats import draw_svg
from kairosfile.dockerfile.eject import InexpressibleError, eject
from kairosfile.kairos.releases import MODEL_ARCHITECTURE, MODELS_FOR_ANY_PLATFORM
from kairosfile.language.diagnostics import once
from kairosfile.language.renderers import Checked, render_json
from kairosfile.plan.diff import Difference, Verdict, Version, compare
from kairosfile.plan.explain import explain_step, one_line
from kairosfile.plan.graph import of_plan
from kairosfile.plan.model import Run
from kairosfile.plan.resolve import resolve
from kairosfile.plan.targets import requested_only

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.plan.model import Step

NAME = "Kairosfile"
SCRIPT_LINES = 6


def answer(request: str) -> str:
    """Return what a request of the page asks for, both as JSON; a text with errors has these alone."""
    query = json.loads(request)
    text: str = query["text"]
    if query["view"] == "check":
        return json.dumps(check(text))
    try:
        return json.dumps(VIEWS[query["view"]](text, query["built"]))
    except language.KairosfileError as error:
        return json.dumps(_findings(Checked.of(error.source, [*error.diagnostics, *error.warnings])))


def check(text: str) -> dict[str, Any]:
    """Return the findings of a text, as `kairosfile check --format json` has them."""
    try:
        source = language.decode(NAME, text.encode())
        loader = sections.Loader(source, {})
        documents = loader.documents(loader.platforms)
        diagnostics = once(finding for document in documents for finding in document.warnings)
        return _findings(Checked.of(source, [*diagnostics, *file_checks.check_file(documents)]))
    except language.KairosfileError as error:
        return _findings(Checked.of(error.source, [*error.diagnostics, *error.warnings]))


def _findings(checked: Checked) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(render_json([checked]))
    return {"findings": data["diagnostics"]}


def version(text: str) -> Version:
    """Return a text with its plan, for the first platform that it names or its board has; raises KairosfileError."""
    document = sections.read(language.decode(NAME, text.encode()), {})
    model = document.model.model
    board = "linux/amd64" if model in MODELS_FOR_ANY_PLATFORM else f"linux/{MODEL_ARCHITECTURE}"
    platforms = [(*document.model.platforms, board)[0]]
    (plan,), (own,) = resolve(document, platforms), document.for_platforms(platforms)
    return Version(own, plan)


def plan(text: str, _built: str) -> dict[str, Any]:
    """Return the steps of a build, as `kairosfile plan` has them."""
    now = version(text)
    return _blocks(f"{now.plan.platform}: {len(now.plan.asked_steps)} steps", [_planned(now, it) for it in _steps(now)])


def _steps(now: Version) -> tuple[Step, ...]:
    return tuple(now.plan.asked_steps)


def _planned(now: Version, step: Step) -> dict[str, Any]:
    network = step.action.network if isinstance(step.action, Run) else "none"
    does = step_text.describe_action(now.plan, step.action, SCRIPT_LINES)
    return _block(step, [("network", network), ("does", does), ("depends on", ", ".join(step.fields))])


def explain(text: str, _built: str) -> dict[str, Any]:
    """Return the steps with the reasons for each, as `kairosfile explain` has them."""
    now = version(text)
    return _blocks(f"{now.plan.platform}, and why each step is there", [_explained(now, it) for it in _steps(now)])


def _explained(now: Version, step: Step) -> dict[str, Any]:
    explanation = explain_step(now.document, now.plan, step)
    fields = "\n".join(f"{field.name} = {one_line(field.shown)}" for field in explanation.fields)
    rows = [
        ("why", explanation.purpose),
        ("does", step_text.describe_action(now.plan, step.action, SCRIPT_LINES)),
        ("depends on", fields),
        ("network", f"{explanation.network}: {explanation.network_reason}"),
        ("runs when", "\n".join(explanation.runs_again_when)),
        ("note", "\n".join(explanation.notes)),
    ]
    return _block(step, rows)


def diff(text: str, built: str) -> dict[str, Any]:
    """Return which steps run where another text was built, as `kairosfile diff` has them."""
    now, before = version(text), version(built)
    difference = _compare(before, now)
    runs = sum(verdict.runs for verdict in difference.steps)
    removed = [_block(step, [], "gone") for step in difference.removed]
    head = f"{runs} of {len(difference.steps)} steps run" if runs else "nothing runs: all steps are cached"
    return _blocks(head, [*(_compared(verdict) for verdict in difference.steps), *removed])


def _compare(before: Version, now: Version) -> Difference:
    return compare(before._replace(plan=requested_only(before.plan)), now._replace(plan=requested_only(now.plan)))


def _compared(verdict: Verdict) -> dict[str, Any]:
    changes = "\n".join(f"{it.name}: {one_line(it.old)} -> {one_line(it.new)}" for it in verdict.changes)
    follows = f"after {verdict.follows}" if verdict.follows else ""
    return _block(verdict.step, [("because", changes), ("follows", follows)], _state(verdict))


def _state(verdict: Verdict) -> str:
    if not verdict.runs:
        return "cached"
    return "runs" if verdict.was else "new"


def graph(text: str, built: str) -> dict[str, Any]:
    """Return the steps as a picture, with what of them is cached where another text was built."""
    now = version(text)
    states = {it.step.id: _state(it) for it in _compare(version(built), now).steps}
    return {"picture": draw_svg(of_plan(requested_only(now.plan), f"{NAME} for {now.plan.platform}", states))}


def dockerfile(text: str, _built: str) -> dict[str, Any]:
    """Return a Dockerfile that builds the same image, as `kairosfile eject` writes it."""
    now = version(text)
    try:
        return {"text": eject(now.plan, now.document, NAME, text)}
    except InexpressibleError as error:
        return {"text": "\n".join(f"{part.name}: not in a Dockerfile: {part.reason}" for part in error.unsupported)}


def _blocks(head: str, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    return {"head": head, "blocks": blocks}


def _block(step: Step, rows: list[tuple[str, str]], mark: str = "") -> dict[str, Any]:
    shown = [{"name": name, "text": text} for name, text in rows if text]
    return {"title": step.id, "detail": step.name, "mark": mark, "rows": shown}


VIEWS: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "plan": plan,
    "explain": explain,
    "diff": diff,
    "graph": graph,
    "dockerfile": dockerfile,
}
