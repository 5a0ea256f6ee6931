"""The description of a target, and its steps, root and checks."""

from __future__ import annotations

import pytest

from kairosfile.plan.targets import TargetError, find, targets
from tests.unit.plan.test_targets import TEXT, plan_of

ARTIFACTS = "base: mirror/debian:13\nversion: v1.0.0\nartifacts: {iso: {}, netboot: {}, raw: {}}\n"


def test_the_image_is_all_steps_and_checks() -> None:
    result = plan_of()
    image = find(result, "")

    assert image.description == "the whole image, checked"
    assert image.steps == tuple(step.id for step in result.steps)
    assert (image.root, image.checks) == (result.root, result.checks)


def test_a_step_is_described_by_its_name() -> None:
    result = plan_of()

    assert {find(result, step.id).description for step in result.steps} == {step.name for step in result.steps}


@pytest.mark.parametrize(("name", "count"), [("after_install", "4 steps"), ("before_install", "1 step")])
def test_a_hook_says_how_many_steps_it_has(name: str, count: str) -> None:
    assert find(plan_of(), name).description == f"{name}, {count}"


def test_a_group_of_checks_as_a_target_is_the_image_with_only_these_checks() -> None:
    result = plan_of(TEXT + "tests:\n  - {path: /a}\n  - {path: /b}\n")
    groups = [target for target in targets(result) if len(target.steps) > 1 and set(target.steps) <= set(result.checks)]

    assert [(group.root, group.checks) for group in groups] == [(result.root, group.steps) for group in groups]
    assert groups or len(result.checks) < 2


def test_an_artifact_has_its_steps_its_place_and_what_it_needs() -> None:
    result = plan_of(ARTIFACTS)

    for artifact in result.artifacts:
        target = find(result, artifact.name)
        assert target.steps == tuple(dict.fromkeys(step.id for step in artifact.steps))
        assert target.range == artifact.range
        assert not target.is_image
        needs = f", needs --allow {artifact.entitlement}" if artifact.entitlement else ""
        assert target.description == f"{artifact.description}{needs}"
    assert any(artifact.entitlement for artifact in result.artifacts)


def test_artifacts_that_the_file_does_not_declare_are_refused_with_the_reason() -> None:
    result = plan_of()

    with pytest.raises(TargetError, match=r'^there is no target "artifacts" on linux/amd64: '):
        find(result, "artifacts")


def test_a_word_like_no_target_gets_no_guess() -> None:
    with pytest.raises(TargetError) as error:
        find(plan_of(), "zzzzzzzz")

    assert str(error.value).endswith(", netboot and raw")
