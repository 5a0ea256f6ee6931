"""Every conformance case of the language, and of the folder that --conformance names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.conformance import cases, digests

if TYPE_CHECKING:
    import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        roots = [cases.CASES, *map(Path, metafunc.config.getoption("--conformance"))]
        actual = [case for root in roots for case in cases.find(root)]
        metafunc.parametrize("case", actual, ids=[f"{case.parent.name}/{case.stem}" for case in actual])


def test_a_case_gives_what_its_expectation_says(case: Path) -> None:
    expected = cases.expectation(case)

    assert {**expected, **cases.outcome(case, expected)} == expected
    assert ("plan" in expected) == ("invalid" not in case.parts)


def test_a_case_marshals_to_the_recorded_digest(case: Path) -> None:
    """LLB and the ranges of diagnostics change only after `make cases`."""
    if not case.is_relative_to(cases.CASES):
        return

    assert digests.expected()[digests.name(case)] == digests.digests(case)
