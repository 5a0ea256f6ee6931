"""Stage extensions: what kairos-init would ignore in silence is a located fault."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kairosfile import spec
from kairosfile.spec.extensions import STAGES, check_extension, is_extension
from kairosfile.spec.source import Source
from tests.unit.test_kairos_commands import FACTS

GOOD = """\
name: mine
stages:
  before-install:
    - name: a step
      commands: [echo one]
  after-init:
    - files:
        - {path: /a, content: b}
"""


def summaries(text: str) -> list[str]:
    faults = check_extension(Source("extensions/a.yaml", text))
    return [f"{fault.file('Kairosfile')}:{fault.range.start.line}: {fault.sentence}" for fault in faults]


def test_an_extension_that_kairos_init_runs_has_no_fault() -> None:
    assert summaries(GOOD) == []


def test_the_stages_are_those_of_the_facts() -> None:
    assert list(STAGES) == FACTS["stage_extension_points"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("stages:\n  afer-init: []\n", 2, 'no stage "afer-init"'),
        ("stages:\n  boot:\n    - commands: [a]\n", 2, 'no stage "boot"'),
        ("stages:\n  init:\n    name: a\n", 2, "must be a list of steps"),
        ("stages:\n  init:\n    - a\n", 3, "a step of an extension is a mapping"),
        ("stages: []\n", 1, "must be a mapping"),
        ("stages: {}\n", 1, "must be a mapping"),
        ("name: a\n", 1, "needs the key stages"),
        ("stage:\n  init: []\n", 1, "needs the key stages"),
        ("- a\n", 1, "needs the key stages"),
        ("stages: [\n", 2, "not valid YAML"),
        ("", 1, "needs the key stages"),
    ],
)
def test_what_kairos_init_would_ignore_is_a_fault_at_its_place(text: str, line: int, message: str) -> None:
    found = summaries(text)

    assert found, text
    assert any(summary.startswith(f"extensions/a.yaml:{line}: ") and message in summary for summary in found), found


def test_a_key_that_is_near_a_known_one_is_guessed() -> None:
    assert any('did you mean "stages"?' in summary for summary in summaries("stage: {}\n"))


def test_only_yaml_files_are_extensions() -> None:
    assert [is_extension(name) for name in ("a.yaml", "a.yml", "README.md", "a.yaml.bak")] == [True, True, False, False]


def folder_faults(text: str, contents: dict[str, bytes]) -> list[str]:
    source = spec.Source("Kairosfile", f"base: debian:13\nversion: v1.0.0\n{text}\n")
    try:
        spec.read(source, files=spec.DictFiles(contents))
    except spec.KairosfileError as error:
        return [fault.summary("Kairosfile") for fault in error.diagnostics]
    return []


def test_every_extension_of_the_folder_is_checked_where_it_stands() -> None:
    contents = {"x/a.yaml": GOOD.encode(), "x/b.yml": b"stages:\n  boot: []\n", "x/c.yaml": b"\xff", "x/README": b"["}

    found = folder_faults("stage_extensions: x", contents)

    assert [row.split(": ")[0] for row in found] == ["x/b.yml:2:3", "x/c.yaml:1:1"]


def test_a_folder_that_is_missing_or_holds_no_extension_is_a_fault() -> None:
    (missing,) = folder_faults("stage_extensions: y", {"x/a.yaml": GOOD.encode()})
    (useless,) = folder_faults("stage_extensions: x", {"x/a.txt": b""})

    assert 'there is no folder "y"' in missing
    assert "no file directly in" in useless


def test_the_config_of_a_provider_must_be_there() -> None:
    text = "provider: {name: k3s, config: p.yaml}"
    (missing,) = folder_faults(text, {})

    assert 'there is no file "p.yaml"' in missing
    assert folder_faults(text, {"p.yaml": b""}) == []


@given(st.text(alphabet=st.sampled_from("stage: init-\n[]{}'\"&*ax|>#\t"), max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_faults_and_no_exception(text: str) -> None:
    for fault in check_extension(Source("a.yaml", text)):
        assert fault.message
        assert fault.hint
        assert fault.range.start.line >= 1
