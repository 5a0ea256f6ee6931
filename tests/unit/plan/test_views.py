"""Every valid Kairosfile can be explained, compared and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kairosfile import language, llb, sections
from kairosfile.cli import step_text
from kairosfile.cli.drawing import formats
from kairosfile.plan.diff import Version, compare
from kairosfile.plan.explain import explain_step
from kairosfile.plan.graph import of_definition, of_plan
from kairosfile.plan.model import Run
from kairosfile.plan.offline import define
from kairosfile.plan.resolve import resolve
from kairosfile.plan.targets import requested_only, select
from tests.conformance import cases

if TYPE_CHECKING:
    from pathlib import Path

VALID = cases.find(cases.CASES / "valid")
ARTIFACTS = cases.find(cases.CASES / "valid" / "artifacts")


def version(case: Path) -> Version:
    """Return the plan of a case, with its document."""
    inputs = cases.expectation(case)
    platforms = [inputs.get("platform", "linux/amd64")]
    source = language.decode("Kairosfile", case.read_bytes())
    document = sections.read(source, inputs.get("build_args"), platforms=platforms, files=cases.context(case))
    (resolved,) = resolve(document, platforms)
    return Version(document, resolved)


@pytest.mark.parametrize("case", VALID, ids=lambda case: str(case.relative_to(cases.CASES).with_suffix("")))
def test_a_case_is_explained_compared_and_drawn(case: Path) -> None:
    document, resolved = version(case)

    for step in resolved.steps:
        result = explain_step(document, resolved, step)
        assert all((result.purpose, result.lines, result.network_reason, result.runs_again_when))
        assert step_text.describe_action(resolved, step.action)
        mounts = step.action.mounts if isinstance(step.action, Run) else ()
        assert all(step_text.describe_mount(resolved, mount) for mount in mounts)
    everything = Version(document, requested_only(resolved))
    assert not any(verdict.runs and not verdict.step.holds_secret for verdict in compare(everything, everything).steps)
    definition = define(resolved, document.source, llb.local("context"))
    for graph in (of_plan(resolved, "plan"), of_definition(definition, "operations")):
        assert all(draw(graph) for draw in (formats.draw_svg, formats.draw_dot, formats.draw_mermaid))


@pytest.mark.parametrize("case", ARTIFACTS, ids=lambda case: case.stem)
def test_artifacts_are_explained_and_drawn_together_and_each_alone(case: Path) -> None:
    document, resolved = version(case)

    for step in resolved.asked_steps:
        assert explain_step(document, resolved, step).runs_again_when
    alone = [select(resolved, artifact.name) for artifact in resolved.artifacts]
    for one in (requested_only(resolved), *alone):
        assert not any(verdict.was is None for verdict in compare(Version(document, one), Version(document, one)).steps)
        definition = define(one, document.source, llb.local("context"))
        for graph in (of_plan(one, "plan"), of_definition(definition, "operations")):
            assert all(draw(graph) for draw in (formats.draw_svg, formats.draw_dot, formats.draw_mermaid))
