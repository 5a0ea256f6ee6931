"""docs/internals/web.md: each criterion and each limit names tests that exist."""

from __future__ import annotations

import re

import pytest

from tests import ROOT

PAGE = (ROOT / "docs" / "internals" / "web.md").read_text()
CRITERIA = dict(re.findall(r"(?m)^\| (A\d+) \| .*? \| (.+) \|$", PAGE))
NAMES = sorted(set(re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", PAGE)))


def test_every_criterion_has_its_tests() -> None:
    assert list(CRITERIA) == [f"A{number}" for number in range(1, 20)]
    assert all("`tests/" in cell for cell in CRITERIA.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_named_test_exists(name: str) -> None:
    path, _, function = name.partition("::")
    functions = re.findall(r"(?m)^def (test_\w+)\(", (ROOT / path).read_text())

    assert function in functions if function else functions
