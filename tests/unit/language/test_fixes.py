"""Fixes of diagnostics: edits of the file that remove the problem."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from kairosfile import language, sections
from kairosfile.language import renderers
from kairosfile.language.renderers import Checked
from tests.conformance import cases
from tests.unit.language.edits import applied

if TYPE_CHECKING:
    from pathlib import Path

    from kairosfile.language.diagnostics import Diagnostic

HEAD = "base: debian:13\nversion: v1.0.0\n"


def found_in(
    text: str, files: language.Files | None = None, build_args: dict[str, str] | None = None
) -> list[Diagnostic]:
    """Return all diagnostics of a text, including warnings."""
    try:
        return list(sections.read(language.Source("Kairosfile", text), build_args, files=files).warnings)
    except language.KairosfileError as error:
        return [*error.diagnostics, *error.warnings]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("provdier: k3s", "provider: k3s"),
        ('"provdier": k3s', "provider: k3s"),
        ("provider: k3", "provider: k3s"),
        ('provider: "k3"', 'provider: "k3s"'),
        ("model: generc", "model: generic"),
        ("model: agx-orin", "model: nvidia-jetson-agx-orin"),
        ("skip_steps: [installKernal]", "skip_steps: [installKernel]"),
        ("platforms: [linux/arm46]", "platforms: [linux/arm64]"),
        ("platforms: {linux/arm46: }", "platforms: {linux/arm64: }"),
        ("environment: {TMPDRI: /x}", "environment: {TMPDIR: /x}"),
        ("lint: {ignore: [secert]}", "lint: {ignore: [secret]}"),
        ("fips: false  # kairosfile: ignore secert", "fips: false  # kairosfile: ignore secret"),
        ("args: {SUITE: x}\nfamily: d${SUIT}", "args: {SUITE: x}\nfamily: d${SUITE}"),
        (
            "args: {SUITE: x}\nlabels: {a.b: '- ${SUIT:-} ${SUIT}'}",
            "args: {SUITE: x}\nlabels: {a.b: '- ${SUIT:-} ${SUITE}'}",
        ),
        ("hooks: {after_init: [{rum: a}]}", "hooks: {after_init: [{run: a}]}"),
        (
            "hooks: {after_init: [{run: a, mounts: [{type: cach, target: /a}]}]}",
            "hooks: {after_init: [{run: a, mounts: [{type: cache, target: /a}]}]}",
        ),
        (
            "cloud_config:\n- name: a.yaml\n  content: |\n    #cloud-config\n    instal: {}",
            "cloud_config:\n- name: a.yaml\n  content: |\n    #cloud-config\n    install: {}",
        ),
    ],
)
def test_a_suggestion_is_an_edit_of_the_diagnostics_range(wrong: str, right: str) -> None:
    fixes = [diagnostic.fix for diagnostic in found_in(HEAD + wrong) if diagnostic.fix]

    assert [applied(HEAD + wrong, fix) for fix in fixes] == [HEAD + right]


def test_a_fix_in_a_file_that_is_named_is_an_edit_of_that_file() -> None:
    files = language.DictFiles({"common.yaml": b"provdier: k3s\n", "users.yaml": b"#cloud-config\ninstal: {}\n"})
    text = HEAD + "extends: common.yaml\n"
    (diagnostic,) = [diagnostic for diagnostic in found_in(text, files) if diagnostic.fix]
    assert diagnostic.fix
    assert (diagnostic.range.filename, diagnostic.fix.range.filename, diagnostic.fix.text) == (
        "common.yaml",
        "common.yaml",
        "provider",
    )

    text = HEAD + "cloud_config: [{name: a.yaml, from: users.yaml}]\n"
    (diagnostic,) = [diagnostic for diagnostic in found_in(text, files) if diagnostic.fix]
    assert diagnostic.fix
    assert (diagnostic.fix.range.filename, diagnostic.fix.range.start.line) == ("users.yaml", 2)


@pytest.mark.parametrize(
    ("text", "build_args"),
    [
        ("model: ${M:-generc}", {}),
        ("args: {M: generc}\nmodel: ${M}", {}),
        ("model: rpi4", {"MODEL": "generc"}),
        ("cloud_config: [{name: a.yaml, content: '#cloud-config\n\n  instal: 1'}]", {}),
        ("fips: true", {"BUILDKIT_DOCKERFILE_CHECK": "skip=secert"}),
    ],
)
def test_a_value_that_the_file_does_not_contain_verbatim_has_no_fix(text: str, build_args: dict[str, str]) -> None:
    actual = found_in(HEAD + text, build_args=build_args)

    assert any("did you mean" in diagnostic.hint for diagnostic in actual)
    assert [diagnostic.fix for diagnostic in actual if diagnostic.fix] == []


@pytest.mark.parametrize("case", [case for case in cases.find() if "invalid" in case.parts], ids=lambda case: case.stem)
def test_every_fix_of_the_conformance_cases_removes_its_diagnostic(case: Path) -> None:
    inputs = cases.expectation(case)
    text = case.read_bytes().decode(errors="replace")
    files, build_args = cases.context(case), inputs.get("build_args")
    actual = found_in(text, files, build_args)
    for diagnostic in actual:
        if diagnostic.fix and not diagnostic.fix.range.source:
            after = found_in(applied(text, diagnostic.fix), files, build_args)
            assert times(diagnostic, after) < times(diagnostic, actual)


# A hint that is a value, with an optional alternative.
VALUE = re.compile(r'(?:write|did you mean) ("?)(\S+?)\1\??(?:, or .*)?')


@pytest.mark.parametrize("case", [case for case in cases.find() if "invalid" in case.parts], ids=lambda case: case.stem)
def test_a_hint_that_is_a_value_is_an_edit_that_passes(case: Path) -> None:
    inputs = cases.expectation(case)
    text = case.read_bytes().decode(errors="replace")
    files, build_args = cases.context(case), inputs.get("build_args")
    for diagnostic in found_in(text, files, build_args):
        if "(from --build-arg" in diagnostic.message or diagnostic.range.source:
            continue
        if VALUE.fullmatch(diagnostic.hint):
            assert diagnostic.fix, diagnostic.summary("Kairosfile")
        if diagnostic.fix:
            after = found_in(applied(text, diagnostic.fix), files, build_args)
            again = [each for each in after if each.range.start == diagnostic.range.start]
            assert diagnostic.rule not in {each.rule for each in again}


def times(diagnostic: Diagnostic, result: list[Diagnostic]) -> int:
    return sum((diagnostic.rule, diagnostic.message) == (other.rule, other.message) for other in result)


def test_machine_readable_output_has_the_fix() -> None:
    source = language.Source("Kairosfile", HEAD + "provdier: k3s\n")
    checked = [Checked.of(source, [each for each in found_in(source.text) if each.fix])]

    (data,) = [diagnostic["fix"] for diagnostic in json.loads(renderers.render_json(checked))["diagnostics"]]
    assert data == {"start": {"line": 3, "column": 1}, "end": {"line": 3, "column": 9}, "text": "provider"}
    (result,) = json.loads(renderers.render_sarif(checked))["runs"][0]["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"] == {"uri": "Kairosfile"}
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 9},
            "insertedContent": {"text": "provider"},
        }
    ]
