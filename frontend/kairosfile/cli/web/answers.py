"""Results of the commands for a text that a page has open: plan, drawing, names, steps, and new texts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from kairosfile import __version__
from kairosfile.cli.commands import adopt, diff, explain, graph, name, new
from kairosfile.cli.drawing.formats import draw_svg
from kairosfile.cli.jobs import built_files
from kairosfile.cli.jobs.plan_steps import step_names
from kairosfile.cli.load import STANDARD_INPUT, Loaded, LoadOptions
from kairosfile.cli.options import STANDARD_OUTPUT
from kairosfile.cli.output import Output, to_json
from kairosfile.cli.web import step_times
from kairosfile.cli.web.baselines import baselines_of
from kairosfile.cli.web.step_times import StepCost, Times, expectation
from kairosfile.kairos.releases import PROVIDER_VERSIONS
from kairosfile.language import KairosfileError, rules
from kairosfile.language.rules import Rule
from kairosfile.plan.diff import Version, compare
from kairosfile.plan.graph import of_plan
from kairosfile.plan.model import Run
from kairosfile.plan.serialize import to_json as plan_json
from kairosfile.sections.schema import build as schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kairosfile.cli.web.baselines import Baseline
    from kairosfile.cli.web.texts import Text
    from kairosfile.plan.graph import Graph
    from kairosfile.plan.model import Step


def loaded(text: Text, target: str = "") -> list[Loaded]:
    """Return a text as the commands load a file; raises KairosfileError and TargetError."""
    data = text.text.encode("utf-8", "replace")
    return [Loaded(text.file.name, version.document, version.plan, data) for version in text.versions(target)]


def differences(now: Sequence[Loaded], target: str, before: Text | None) -> list[diff.Compared]:
    """Return what an edit costs on each platform.

    None if there is no earlier text, or if it has errors: a file that it names may have changed since.
    """
    if before is None:
        return []
    try:
        baselines = baselines_of(before, [one.plan.platform for one in now], target)
    except KairosfileError:
        return []
    return [_compared(before.file.name, was, one) for was, one in zip(baselines, now, strict=True)]


def _compared(name: str, was: Baseline, now: Loaded) -> diff.Compared:
    difference = compare(was.version, Version(now.document, now.plan), was.keys)
    return diff.Compared(Loaded(name, was.version.document, was.version.plan), now, difference)


@dataclass(frozen=True, slots=True)
class Planned:
    """The answer about a plan, still without times, and the steps of each platform, by which they are looked up."""

    data: dict[str, Any]
    costs: list[list[StepCost]]


def plan(text: Text, target: str, before: Text | None) -> Planned:
    """Return the plans of a text with their drawings and, if there is an earlier text, the cost of the change.

    Raises:
        KairosfileError: The text has errors.
        TargetError: There is no such target.
    """
    now = loaded(text, target)
    comparisons = differences(now, target, before)
    data: dict[str, Any] = {"plans": [plan_json(one.plan) for one in now]}
    if not comparisons:
        drawn = [graph.to_data(_graph(one)) for one in now]
        return Planned({**data, "cost": None, "graphs": drawn, "diffs": None}, _costs(now, comparisons))
    data |= {
        "cost": [_cost(one) for one in comparisons],
        "graphs": [graph.to_data(_drawn_cost(one)) for one in comparisons],
        "diffs": [diff.to_data(one) for one in comparisons],
    }
    return Planned(data, _costs(now, comparisons))


def with_times(planned: Planned, times: Times) -> dict[str, Any]:
    """Return the answer with what is expected: of each platform if there is a cost, and of all together."""
    every = expectation([step for steps in planned.costs for step in steps], times)
    for cost, steps in zip(planned.data["cost"] or (), planned.costs, strict=False):
        expected = expectation(steps, times)
        cost.update(expected.to_data())
        for step, seconds in zip(cost["steps"], expected.steps, strict=True):
            step["seconds"] = seconds
    return {**planned.data, **every.to_data()}


def _costs(now: Sequence[Loaded], comparisons: Sequence[diff.Compared]) -> list[list[StepCost]]:
    """Return the steps of each platform, and which of them run; all of them without an earlier text."""
    if comparisons:
        return [step_times.of_difference(one.difference) for one in comparisons]
    return [step_times.of_plan(one.plan) for one in now]


def _cost(one: diff.Compared) -> dict[str, Any]:
    steps = [
        {"id": verdict.step.id, "name": verdict.step.name, "runs": verdict.runs, "because": verdict.follows or None}
        | {"fields": [change.name for change in verdict.changes]}
        for verdict in one.difference.steps
    ]
    ran = sum(verdict.runs for verdict in one.difference.steps)
    return {"platform": one.new.plan.platform, "runs": ran, "of": len(steps), "steps": steps}


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """What is recorded of a build before it starts."""

    platforms: list[str]
    steps: list[dict[str, str]]
    ranges: list[dict[str, Any]]
    costs: list[StepCost]
    entitlements: list[str]
    files: dict[str, Any]


def build_plan(text: Text, target: str, before: Text | None) -> BuildPlan:
    """Return what is to be recorded of a build; raises KairosfileError and TargetError."""
    now = loaded(text, target)
    ranges = [
        {"id": step.id, "lines": sorted({range_.start.line for range_ in step.ranges if not range_.source})}
        for step in now[0].plan.steps
    ]
    costs = [step for steps in _costs(now, differences(now, target, before)) for step in steps]
    steps = [step.to_data() for step in step_names([one.plan for one in now])]
    entitlements = [name for one in now for step in one.plan.steps for name in _entitlements(step)]
    files = built_files.of_document(now[0].document).to_data()
    return BuildPlan([one.plan.platform for one in now], steps, ranges, costs, entitlements, files)


def _entitlements(step: Step) -> Iterator[str]:
    """Yield what BuildKit gives to a step only where it is allowed."""
    if isinstance(step.action, Run):
        if step.action.security == "insecure":
            yield "security.insecure"
        if step.action.network == "host":
            yield "network.host"


def picture(text: Text, target: str, before: Text | None) -> str:
    """Return the drawing of the first platform as SVG; with an earlier text, it shows the cost of the edit."""
    now = loaded(text, target)
    comparisons = differences(now, target, before)
    return draw_svg(_drawn_cost(comparisons[0]) if comparisons else _graph(now[0]))


def _drawn_cost(one: diff.Compared) -> Graph:
    return _graph(one.new, graph.states(one.difference))


def _graph(one: Loaded, states: Mapping[str, str] = MappingProxyType({})) -> Graph:
    return graph.printable(of_plan(one.plan, f"{one.name} for {one.plan.platform}", states))


def names(text: Text, registry: str) -> dict[str, Any]:
    """Return the names of the images and artifacts; raises CliError if nothing has a name."""
    return name.to_data(name.names_of(loaded(text)), name.registry_of(registry))


def explanation(text: Text, step: str) -> dict[str, Any]:
    """Explain a step, by its id or its name; raises CliError if there is no such step."""
    first, *_ = loaded(text)
    return explain.to_data(first, explain.explain_steps(first, step))


def adopt_text(text: str, build_args: Mapping[str, str], target: str) -> dict[str, Any]:
    """Convert a Dockerfile into a Kairosfile, with a report on each instruction; raises CliError."""
    result = adopt.adopt_text("Dockerfile", text.encode("utf-8", "replace"), build_args, target)
    return adopt.Adoption(STANDARD_INPUT, result, Output(STANDARD_OUTPUT, force=False), "Dockerfile").to_data()


def new_files(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the files of a new image without writing them; raises CliError for answers that contradict each other."""
    options = new.NewOptions(
        *(answers[key] for key in ("distro", "model", "provider", "version", "trusted_boot", "ci"))
    )
    texts = new.texts_of(options)
    return {"text": texts["Kairosfile"], "files": texts}


def language_data() -> dict[str, Any]:
    """Return the data of the forms: the schema, the choices of `kairosfile new`, and the rules."""
    known = [rule for rule in vars(rules).values() if isinstance(rule, Rule)]
    return {
        "version": __version__,
        "schema": schema(),
        "new": {
            "models": {model: new.distributions_for(model) for model in new.models()},
            "distros": new.BASES,
            "trusted_boot": new.TRUSTED,
            "providers": new.PROVIDERS,
            "ci": list(new.CI_FILES),
            "version": new.FIRST_VERSION,
        },
        "providers": {name: example for name, (_, example) in PROVIDER_VERSIONS.items()},
        "rules": [{"id": it.id, "name": it.name, "summary": it.summary, "severity": it.severity} for it in known],
    }


def examine(file: str | None, registries: Sequence[str]) -> dict[str, Any]:
    """Return problems that prevent builds on this machine, as `kairosfile doctor --format json`; raises CliError."""
    from kairosfile.cli.commands import doctor  # noqa: PLC0415 - the client of docker takes a quarter second and 7 MB

    _, findings = doctor.examine(file, LoadOptions(), registries)
    return dict(json.loads(to_json(doctor.SCHEMA, findings)))
