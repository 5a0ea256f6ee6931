"""Stage extensions: a key that kairos-init would silently ignore is a located diagnostic."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kairosfile import language, sections
from kairosfile.kairos.releases import NEWEST, release
from kairosfile.language.nodes import Source
from kairosfile.sections.cloud_config.extensions import STAGES, check_extension, is_extension
from tests.unit.kairos.test_commands import FACTS

GOOD = """\
name: mine
stages:
  before-install:
    - name: a step
      commands: [echo one]
  after-init:
    - files:
        - {path: /a, content: b, permissions: 0644}
"""


def summaries(text: str) -> list[str]:
    diagnostics = check_extension(Source("extensions/a.yaml", text), release(NEWEST))
    return [
        f"{diagnostic.file('Kairosfile')}:{diagnostic.range.start.line}: {diagnostic.sentence}"
        for diagnostic in diagnostics
    ]


def test_an_extension_that_kairos_init_runs_has_no_diagnostic() -> None:
    assert summaries(GOOD) == []


def test_the_stages_are_those_of_the_facts() -> None:
    assert list(STAGES) == FACTS["stage_extension_points"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("stages:\n  afer-init: []\n", 2, 'no stage "afer-init"'),
        ("stages:\n  boot:\n    - commands: [a]\n", 2, 'no stage "boot"'),
        ("stages:\n  init:\n    name: a\n", 2, "stages.init must be a list, not a mapping"),
        ("stages:\n  init:\n    - a\n", 3, "stages.init[0] must be a mapping, not text"),
        ("stages:\n  init:\n    - commands: a\n", 3, "stages.init[0].commands must be a list"),
        ("stages:\n  init:\n    - after: [{name: a.yaml.one}]\n", 3, "yip panics"),
        ("stages:\n  init.before:\n    - commands: [a]\n", 2, 'no stage "init.before"'),
        ("#cloud-config\nusers: []\nstages: {init: []}\n", 2, 'ignores the key "users"'),
        ("stages: []\n", 1, "must be a mapping"),
        ("stages: {}\n", 1, "must be a mapping"),
        ("name: a\n", 1, "needs the key stages"),
        ("stage:\n  init: []\n", 1, "needs the key stages"),
        ("- a\n", 1, "needs the key stages"),
        ("stages: [\n", 1, "not valid YAML"),
        ("", 1, "needs the key stages"),
    ],
)
def test_a_key_that_kairos_init_ignores_is_an_error_at_its_range(text: str, line: int, message: str) -> None:
    actual = summaries(text)

    assert actual, text
    assert any(summary.startswith(f"extensions/a.yaml:{line}: ") and message in summary for summary in actual), actual


def test_a_key_that_is_near_a_known_one_is_guessed() -> None:
    assert any('did you mean "stages"?' in summary for summary in summaries("stage: {}\n"))


def test_git_works_in_an_extension_and_a_step_can_name_another() -> None:
    steps = "- {name: one, git: {url: u, path: /a}}\n    - after: [{name: <STDIN>.one}]\n"

    assert summaries(f"name: lost\nstages:\n  init:\n    {steps}") == []


def test_the_target_of_an_alias_may_be_beside_the_stages() -> None:
    assert summaries("step: &one {commands: [a]}\nstages:\n  init: [*one]\n") == []


def test_only_yaml_files_are_extensions() -> None:
    assert [is_extension(name) for name in ("a.yaml", "a.yml", "README.md", "a.yaml.bak")] == [True, True, False, False]


def folder_diagnostics(text: str, contents: dict[str, bytes]) -> list[str]:
    source = language.Source("Kairosfile", f"base: debian:13\nversion: v1.0.0\n{text}\n")
    try:
        sections.read(source, files=language.DictFiles(contents))
    except language.KairosfileError as error:
        return [diagnostic.summary("Kairosfile") for diagnostic in error.diagnostics]
    return []


def test_every_extension_of_the_folder_is_checked_in_its_file() -> None:
    contents = {"x/a.yaml": GOOD.encode(), "x/b.yml": b"stages:\n  boot: []\n", "x/c.yaml": b"\xff", "x/README": b"["}

    actual = folder_diagnostics("stage_extensions: x", contents)

    assert [row.split(": ")[0] for row in actual] == ["x/b.yml:2:3", "x/c.yaml:1:1"]


def test_a_missing_folder_or_one_without_extensions_is_an_error() -> None:
    (missing,) = folder_diagnostics("stage_extensions: y", {"x/a.yaml": GOOD.encode()})
    (useless,) = folder_diagnostics("stage_extensions: x", {"x/a.txt": b""})

    assert 'there is no folder "y"' in missing
    assert "no file directly in" in useless


def test_the_config_of_a_provider_must_be_there() -> None:
    text = "provider: {name: k3s, config: p.yaml}"
    (missing,) = folder_diagnostics(text, {})

    assert 'there is no file "p.yaml"' in missing
    assert folder_diagnostics(text, {"p.yaml": b""}) == []


@given(st.text(alphabet=st.sampled_from("stage: init-\n[]{}'\"&*ax|>#\t"), max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_diagnostics_and_no_exception(text: str) -> None:
    for diagnostic in check_extension(Source("a.yaml", text), release(NEWEST)):
        assert diagnostic.message
        assert diagnostic.hint
        assert diagnostic.range.start.line >= 1
