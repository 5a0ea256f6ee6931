"""What a diagnostic would change: an edit of the file that does away with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kairosfile import spec
from kairosfile.spec.render import Checked, data, sarif
from tests.conformance import cases

if TYPE_CHECKING:
    from pathlib import Path

    from kairosfile.spec.diagnostics import Diagnostic, Fix

HEAD = "base: debian:13\nversion: v1.0.0\n"


def found_in(text: str, files: spec.Files | None = None, build_args: dict[str, str] | None = None) -> list[Diagnostic]:
    """Return all that is found in a text, warnings too."""
    try:
        return list(spec.read(spec.Source("Kairosfile", text), build_args, files=files).warnings)
    except spec.KairosfileError as error:
        return [*error.diagnostics, *error.warnings]


def applied(text: str, fix: Fix) -> str:
    lines = text.split("\n")
    start, end = fix.range.start, fix.range.end
    assert start.line == end.line
    line = lines[start.line - 1]
    lines[start.line - 1] = line[: start.column - 1] + fix.text + line[end.column - 1 :]
    return "\n".join(lines)


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
def test_a_word_that_was_meant_is_an_edit_of_the_place_where_it_belongs(wrong: str, right: str) -> None:
    fixes = [fault.fix for fault in found_in(HEAD + wrong) if fault.fix]

    assert [applied(HEAD + wrong, fix) for fix in fixes] == [HEAD + right]


def test_a_fix_in_a_file_that_is_named_is_an_edit_of_that_file() -> None:
    files = spec.DictFiles({"common.yaml": b"provdier: k3s\n", "users.yaml": b"#cloud-config\ninstal: {}\n"})
    text = HEAD + "extends: common.yaml\n"
    (fault,) = [fault for fault in found_in(text, files) if fault.fix]
    assert fault.fix
    assert (fault.range.filename, fault.fix.range.filename, fault.fix.text) == (
        "common.yaml",
        "common.yaml",
        "provider",
    )

    text = HEAD + "cloud_config: [{name: a.yaml, from: users.yaml}]\n"
    (fault,) = [fault for fault in found_in(text, files) if fault.fix]
    assert fault.fix
    assert (fault.fix.range.filename, fault.fix.range.start.line) == ("users.yaml", 2)


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
def test_a_value_that_does_not_stand_in_the_file_as_it_is_has_no_fix(text: str, build_args: dict[str, str]) -> None:
    found = found_in(HEAD + text, build_args=build_args)

    assert any("did you mean" in fault.hint for fault in found)
    assert [fault.fix for fault in found if fault.fix] == []


@pytest.mark.parametrize("case", [case for case in cases.find() if "invalid" in case.parts], ids=lambda case: case.stem)
def test_every_fix_of_the_conformance_cases_does_away_with_its_fault(case: Path) -> None:
    inputs = cases.expectation(case)
    text = case.read_bytes().decode(errors="replace")
    files, build_args = cases.context(case), inputs.get("build_args")
    found = found_in(text, files, build_args)
    for fault in found:
        if fault.fix and not fault.fix.range.source:
            after = found_in(applied(text, fault.fix), files, build_args)
            assert times(fault, after) < times(fault, found)


def times(fault: Diagnostic, found: list[Diagnostic]) -> int:
    return sum((fault.rule, fault.message) == (other.rule, other.message) for other in found)


def test_programs_are_told_the_fix() -> None:
    source = spec.Source("Kairosfile", HEAD + "provdier: k3s\n")
    checked = [Checked.of(source, found_in(source.text))]

    (told,) = [fault["fix"] for fault in json.loads(data.render(checked))["diagnostics"]]
    assert told == {"start": {"line": 3, "column": 1}, "end": {"line": 3, "column": 9}, "text": "provider"}
    (result,) = json.loads(sarif.render(checked))["runs"][0]["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"] == {"uri": "Kairosfile"}
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 9},
            "insertedContent": {"text": "provider"},
        }
    ]
