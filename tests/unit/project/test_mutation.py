"""The page of surviving mutants is generated from the results, with the reason why each mutant is accepted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.mutation import report

if TYPE_CHECKING:
    from pathlib import Path

DIFFERENCE = """\
# kairosfile.plan.diff.x__locked__mutmut_11: survived
--- src/kairosfile/plan/diff.py
+++ src/kairosfile/plan/diff.py
@@ -5,4 +5,4 @@
     if before != after:
-        yield before or None
+        yield None
"""
FIGURES = {"commit": "abc", "sample": "", "tried": 9, "killed": 8, "unreached": 0}


def test_the_page_is_made_of_the_results() -> None:
    assert report.PAGE.read_text() == report.page()


@pytest.mark.parametrize("file", sorted(report.RESULTS.glob("*.json")), ids=lambda file: file.stem)
def test_each_survivor_has_a_reason_and_counts(file: Path) -> None:
    results = json.loads(file.read_text())

    assert [one for one in results["survivors"] if not one["reason"]] == []
    assert results["tried"] - results["killed"] == len(results["survivors"])


@pytest.mark.parametrize(
    ("mutant", "function"),
    [
        ("kairosfile.plan.diff.x__locked__mutmut_11", "plan.diff._locked"),
        ("kairosfile.llb.state.x_image__mutmut_1", "llb.state.image"),
        ("kairosfile.plan.model.xǁPlanǁimage_paths__mutmut_1", "plan.model.Plan.image_paths"),
        ("kairosfile.llb.exec.xǁ_Runǁ__init____mutmut_2", "llb.exec._Run.__init__"),
    ],
)
def test_a_mutant_is_identified_by_its_function(mutant: str, function: str) -> None:
    assert report.function_of(mutant) == function


def test_a_reason_stays_as_long_as_its_change_survives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    results = tmp_path / "plan.json"
    report.record("plan", FIGURES, {"kairosfile.plan.diff.x__locked__mutmut_11": DIFFERENCE})
    results.write_text(results.read_text().replace('"reason": ""', '"reason": "no effect"'))

    report.record("plan", FIGURES, {"kairosfile.plan.diff.x__locked__mutmut_12": DIFFERENCE})
    (survivor,) = json.loads(results.read_text())["survivors"]
    assert survivor == {
        "function": "plan.diff._locked",
        "old": "yield before or None",
        "new": "yield None",
        "reason": "no effect",
    }
    report.record("plan", FIGURES, {"kairosfile.plan.diff.x_other__mutmut_1": DIFFERENCE})
    assert json.loads(results.read_text())["survivors"][0]["reason"] == ""
    assert "| `plan` | abc | all | 9 | 8 | 1 | 0 |" in report.page()
