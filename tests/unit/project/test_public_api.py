"""The stability policy: the changelog names each breaking change since the last release."""

from __future__ import annotations

import json
import re

import pytest

from tests import ROOT
from tests.support.generate.public_api import FILE, breaks, public_api

_UNRELEASED = re.compile(r"^## Unreleased\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def unnamed(broken: list[str], changelog: str) -> list[str]:
    """Return the breaking changes whose name is not in code style in the changelog's unreleased part."""
    section = _UNRELEASED.search(changelog)
    assert section
    return [name for name in broken if f"`{name.partition('(')[0].removeprefix('kairosfile.')}`" not in section[1]]


def test_the_changelog_names_every_break_since_the_last_release() -> None:
    broken = breaks(json.loads(FILE.read_text()), public_api())

    assert unnamed(broken, (ROOT / "CHANGELOG.md").read_text()) == [], (
        "name each in CHANGELOG.md under Unreleased, as `llb.copy` or `kairosfile check --format`"
    )


BEFORE = {
    "kairosfile.llb.copy": "function",
    "kairosfile.llb.copy(src)": "required",
    "kairosfile.llb.copy(mode)": "optional",
}


@pytest.mark.parametrize(
    ("now", "broken"),
    [
        pytest.param({}, [], id="no change"),
        pytest.param({"kairosfile.llb.copy(owner)": "optional"}, [], id="a new option"),
        pytest.param({"kairosfile.llb.rm": "function", "kairosfile.llb.rm(path)": "required"}, [], id="a new function"),
        pytest.param({"kairosfile.llb.copy(owner)": "required"}, ["kairosfile.llb.copy(owner)"], id="a new argument"),
        pytest.param({"kairosfile.llb.copy(mode)": "required"}, ["kairosfile.llb.copy(mode)"], id="a default is gone"),
    ],
)
def test_what_breaks_a_caller(now: dict[str, str], broken: list[str]) -> None:
    assert breaks(BEFORE, {**BEFORE, **now}) == broken


def test_a_removed_name_breaks_a_caller() -> None:
    assert breaks(BEFORE, {"kairosfile.llb.copy": "function"}) == [
        "kairosfile.llb.copy(mode)",
        "kairosfile.llb.copy(src)",
    ]


def test_a_break_counts_as_named_in_the_unreleased_part_only() -> None:
    broken = ["kairosfile.llb.copy(mode)"]

    assert unnamed(broken, "# Changelog\n\n## Unreleased\n\n- `llb.copy` has no mode.\n\n## 0.1.0\n") == []
    assert unnamed(broken, "# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- `llb.copy` has no mode.\n") == broken
