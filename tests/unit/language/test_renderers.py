"""The output formats of diagnostics: exact for programs, stable for readers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile import language, sections
from kairosfile.language import renderers, rules
from kairosfile.language.diagnostics import Diagnostic, in_order
from kairosfile.language.nodes import Position, Range, Source
from kairosfile.language.renderers import Checked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SOURCE = Source("dir, a/Kairos:file", "base: a\nrun: |\n  one\n  two\nlast: x\n")
INCLUDED = Source("common.yaml", "fips: 1\n")
FAULT = Diagnostic(rules.REFERENCE, Range.of(1, 7), "50% of a,\nb: bad", "do c")
BLOCK = Diagnostic(rules.PACKAGE_CACHE, Range(Position(2, 1), Position(5, 1)), "a cache")
NOTE = Diagnostic(rules.KAIROS_INIT_PINNED, Range.of(5, 7), "a tag")
ELSEWHERE = Diagnostic(rules.WRONG_TYPE, Range(Position(1, 7), Position(1, 8), INCLUDED), "no bool")
RAISED = Diagnostic(rules.SECRET, Range.of(5, 1, 4), "a key", promoted=True)
CHECKED = [Checked.of(SOURCE, [NOTE, ELSEWHERE, RAISED, BLOCK, FAULT])]


def result_of(form: dict[str, Any]) -> list[dict[str, Any]]:
    (run,) = form["runs"]
    actual: list[dict[str, Any]] = run["results"]
    return actual


def test_findings_are_in_the_order_of_the_file_and_included_files_come_after() -> None:
    assert CHECKED[0].diagnostics == (FAULT, BLOCK, RAISED, NOTE, ELSEWHERE)
    assert in_order(reversed(CHECKED[0].diagnostics)) == CHECKED[0].diagnostics


def test_text_shows_severity_line_mark_advice_and_a_summary() -> None:
    text = renderers.render_text([Checked.of(SOURCE, [BLOCK, ELSEWHERE])])

    assert text == (
        "dir, a/Kairos:file:2:1: warning: a cache [KF505]\n   2 | run: |\n     | ^^^^^^\n\n"
        "common.yaml:1:7: error: no bool [KF006]\n   1 | fips: 1\n     |       ^\n\n"
        "1 error and 1 warning in dir, a/Kairos:file\n"
    )


def test_text_of_many_findings_has_the_worst_and_counts_the_rest() -> None:
    notes = [NOTE._replace(message=f"note {number}") for number in range(renderers.MOST_SHOWN)]
    checked = [Checked.of(SOURCE, [*notes, RAISED, FAULT])]

    *blocks, rest, total = renderers.render_text(checked).split("\n\n")
    assert len(blocks) == renderers.MOST_SHOWN
    assert (": error: 50% of a," in blocks[0], sum(": note: " in block for block in blocks)) == (True, 198)
    assert rest == "and 2 more: kairosfile check --format json lists them all"
    assert total == "2 errors and 200 notes in dir, a/Kairos:file\n"
    assert len(json.loads(renderers.render_json(checked))["diagnostics"]) == 202


def test_text_has_colours_only_on_request() -> None:
    assert "\033" not in renderers.render_text(CHECKED)
    assert "\033[31merror\033[0m" in renderers.render_text(CHECKED, colour=True)
    assert "\033[36mnote\033[0m" in renderers.render_text(CHECKED, colour=True)


def test_the_summary_counts_by_severity() -> None:
    assert renderers.summary(CHECKED) == "3 errors, 1 warning and 1 note in dir, a/Kairos:file"
    assert renderers.summary([*CHECKED, *CHECKED]) == "6 errors, 2 warnings and 2 notes in 2 files"


def test_json_has_a_versioned_schema_and_every_part_of_a_finding() -> None:
    data = json.loads(renderers.render_json(CHECKED))

    assert {key: data[key] for key in data if key != "diagnostics"} == {
        "schema": "kairosfile.check/1",
        "files": ["dir, a/Kairos:file"],
        "errors": 3,
        "warnings": 1,
        "notes": 1,
    }
    assert data["diagnostics"][0] == {
        "file": "dir, a/Kairos:file",
        "rule": "KF102",
        "name": "reference",
        "severity": "error",
        "message": "50% of a,\nb: bad",
        "hint": "do c",
        "start": {"line": 1, "column": 7},
        "end": {"line": 1, "column": 8},
        "url": rules.REFERENCE.url,
        "fix": None,
    }
    assert [diagnostic["file"] for diagnostic in data["diagnostics"]][-1] == "common.yaml"


def test_github_commands_are_escaped_as_the_runner_reads_them() -> None:
    first = renderers.render_github(CHECKED).splitlines()[0]

    assert first == (
        "::error file=dir%2C a/Kairos%3Afile,line=1,endLine=1,col=7,endColumn=7,title=KF102 reference"
        "::50%25 of a,\\nb: bad; do c"
    )


def test_github_has_a_command_for_each_severity_and_no_columns_over_several_lines() -> None:
    lines = renderers.render_github(CHECKED).splitlines()

    assert [line.split()[0] for line in lines] == ["::error", "::warning", "::error", "::notice", "::error"]
    assert "line=2,endLine=4,col=1,title=" in lines[1]


def test_sarif_is_of_version_2_1_0_with_the_members_that_it_requires() -> None:
    data = json.loads(renderers.render_sarif(CHECKED))

    assert data["version"] == "2.1.0"
    assert data["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = data["runs"]
    assert run["tool"]["driver"]["name"] == "kairosfile"
    assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
    for result in run["results"]:
        assert result["message"]["text"]
        assert result["level"] in {"none", "note", "warning", "error"}


def test_sarif_results_point_at_their_rule_and_place() -> None:
    data = json.loads(renderers.render_sarif(CHECKED))

    described = data["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in described] == sorted({rule["id"] for rule in described})
    for result in result_of(data):
        assert described[result["ruleIndex"]]["id"] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert all(number >= 1 for number in region.values())
    first, *_, last = result_of(data)
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "dir%2C%20a/Kairos%3Afile"},
        "region": {"startLine": 1, "startColumn": 7, "endLine": 1, "endColumn": 8},
    }
    assert last["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "common.yaml"}


def test_a_raised_warning_is_an_error_in_every_form() -> None:
    only = [Checked.of(SOURCE, [RAISED])]

    assert ": error: " in renderers.render_text(only)
    assert json.loads(renderers.render_json(only))["errors"] == 1
    assert renderers.render_github(only).startswith("::error ")
    assert result_of(json.loads(renderers.render_sarif(only)))[0]["level"] == "error"


@pytest.mark.parametrize("render", renderers.RENDERERS.values())
def test_a_file_without_findings_gives_an_empty_report(render: Callable[[Sequence[Checked]], str]) -> None:
    text = render([Checked.of(SOURCE, [])])

    assert "KF" not in text


def test_the_same_objects_serve_the_error_of_a_build() -> None:
    with pytest.raises(language.KairosfileError) as caught:
        sections.read(Source("Kairosfile", "base: a\nversion: latest\nprovider: k3s\n"))

    assert [diagnostic.rule.id for diagnostic in caught.value.diagnostics] == ["KF103"]
    assert [diagnostic.rule.id for diagnostic in caught.value.warnings] == ["KF501", "KF503"]
    assert "KF501" not in str(caught.value)


def test_sarif_names_a_rule_once_where_its_severity_depends_on_the_release() -> None:
    diagnostic = Diagnostic(rules.CLOUD_CONFIG, Range.of(2, 1, 4), "unread")
    checked = [Checked(Source("Kairosfile", "a\nb"), (diagnostic, diagnostic.weakened()))]

    (run,) = json.loads(renderers.render_sarif(checked))["runs"]

    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["KF408"]
    assert [result["level"] for result in run["results"]] == ["error", "warning"]


def test_sarif_describes_its_rules_and_what_a_fix_does() -> None:
    mended = FAULT.with_suggestion("c", Range.of(1, 7))
    data = json.loads(renderers.render_sarif([Checked.of(SOURCE, [mended, NOTE])]))

    for rule in data["runs"][0]["tool"]["driver"]["rules"]:
        known = {each.rule.id: each.rule for each in (mended, NOTE)}[rule["id"]]
        assert rule["helpUri"] == known.url
        assert rule["shortDescription"] == {"text": known.summary}
    (fix,) = result_of(data)[0]["fixes"]
    assert mended.fix
    assert fix["description"] == {"text": mended.fix.title}
    (change,) = fix["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "c"}
    assert "fixes" not in result_of(data)[1]


def test_a_summary_without_findings_says_so() -> None:
    assert renderers.summary([Checked.of(Source("Kairosfile", "a: b\n"), [])]) == "nothing to report in Kairosfile"
