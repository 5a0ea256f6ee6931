"""The steps that `--no-cache` and `--no-cache-filter` run again."""

from __future__ import annotations

import pytest

from kairosfile import language, plan, sections
from kairosfile.plan.resolve import resolve
from kairosfile.plan.targets import steps_to_run, unknown_names

TEXT = """base: mirror/debian:13
version: v1.0.0
hooks:
  before_install: [{run: 'true'}]
  after_install: [{name: My tools, run: 'true'}, {run: 'true'}]
platforms:
  linux/amd64:
  linux/arm64: {packages: [vim]}
"""


@pytest.fixture
def plans() -> list[plan.Plan]:
    platforms = ["linux/amd64", "linux/arm64"]
    return resolve(sections.read(language.Source("Kairosfile", TEXT), platforms=platforms), platforms)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (None, set()),
        (["install"], {"install"}),
        (["my tools"], {"after_install-1"}),
        (["after_install", "validate"], {"after_install-1", "after_install-2", "validate"}),
        (["nothing", "init"], {"init"}),
        (["base"], set()),
    ],
)
def test_a_name_means_the_steps_that_it_means_as_a_target(
    plans: list[plan.Plan], names: list[str] | None, expected: set[str]
) -> None:
    assert steps_to_run(plans[0], None if names is None else frozenset(names)) == frozenset(expected)


def test_no_name_means_every_step(plans: list[plan.Plan]) -> None:
    assert steps_to_run(plans[0], frozenset()) == {step.id for step in plans[0].every_step}


def test_a_name_unknown_on_every_platform_is_reported_with_the_known_ones(plans: list[plan.Plan]) -> None:
    (diagnostic,) = unknown_names(plans, ["instal", "init", "after_install-3"])

    assert 'no target "instal"' in diagnostic
    assert 'did you mean "install"?' in diagnostic
