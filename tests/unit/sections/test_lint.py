"""Advice and its suppression, where no conformance case covers it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kairosfile import language, sections
from kairosfile.cli.commands.check import check_source
from kairosfile.cli.load import FolderFiles, LoadOptions
from kairosfile.language import rules
from kairosfile.language.nodes import Source
from kairosfile.sections.lint import suppressions
from kairosfile.sections.lint.checks import better_version
from tests import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "sha256:" + "a" * 64
GOOD = f"base: debian:13@{DIGEST}\nversion: v1.0.0\n"
STEP = GOOD + "hooks:\n  after_install:\n    - run: |\n        {}\n"


def advice(text: str, **build_args: str) -> list[str]:
    """Return the ids of the advice."""
    return [diagnostic.rule.id for diagnostic in sections.read(Source("Kairosfile", text), build_args).warnings]


def secrets(line: str) -> int:
    return advice(STEP.format(line)).count(rules.SECRET.id)


def test_a_file_of_a_beginner_gets_two_notes_and_no_warning() -> None:
    beginner = "base: ubuntu:24.04\nvariant: standard\nmodel: generic\nprovider: k3s\nversion: v1.0.0\n"

    assert advice(beginner) == ["KF501", "KF503"]
    assert {diagnostic.severity for diagnostic in sections.read(Source("Kairosfile", beginner)).warnings} == {"note"}


@pytest.mark.parametrize("file", [*sorted((ROOT / "examples").rglob("Kairosfile")), ROOT / "README.md"], ids=str)
def test_no_file_of_this_project_gets_a_warning(file: Path) -> None:
    text = file.read_text()
    if file.suffix == ".md":
        text = text.partition("```yaml\n")[2].partition("```")[0]

    checked = check_source(Source(str(file), text), FolderFiles(file.parent), LoadOptions({}, ()))

    assert [
        diagnostic.summary("Kairosfile") for diagnostic in checked.diagnostics if diagnostic.severity != "note"
    ] == []


@pytest.mark.parametrize(
    "line",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----",
        "aws configure set x AKIAIOSFODNN7EXAMPLE",
        "echo ghp_" + "a1B2" * 9,
        "echo github_pat_" + "a1B2_" * 6,
        "echo glpat-0123456789abcdefghij",
        "echo xoxb-123456789012-abcdef",
        "curl https://me:hunter2@example.com/",
        "export DB_PASSWORD=hunter2",
        "PASSWORD=hunter2 run",
        "- token: abcdef",
        "client_secret: abcdef",
        'api_key: "abcdef"',
    ],
)
def test_what_looks_like_a_secret_is_found(line: str) -> None:
    assert secrets(line) == 1


@pytest.mark.parametrize(
    "line",
    [
        "-----BEGIN PUBLIC KEY-----",
        "curl https://example.com:8080/a@b",
        "curl https://$USER:$PASSWORD@example.com/",
        "PASSWORD=$(cat /run/secrets/p) run",
        "password: ${PASSWORD}",
        'passwd: "$6$salt$hash"',
        'passwd: "!"',
        "token_file: /run/secrets/token",
        "password: /run/secrets/p",
        "password:",
        "the password is not here",
        "secret: id-of-a-mount",
        "disable_password_login: true",
    ],
)
def test_a_value_that_is_not_a_secret_is_not_reported(line: str) -> None:
    assert secrets(line) == 0


def test_a_value_of_a_build_arg_is_not_in_the_file() -> None:
    text = GOOD + "args:\n  TOKEN:\nenvironment:\n  K0S_TOKEN: ${TOKEN}\n"
    try:
        actual = advice(text, TOKEN="abcdef123")
    except language.KairosfileError as error:
        actual = [diagnostic.rule.id for diagnostic in (*error.diagnostics, *error.warnings)]

    assert rules.SECRET.id not in actual


def test_the_message_does_not_repeat_the_secret() -> None:
    (diagnostic,) = sections.read(Source("Kairosfile", STEP.format("export TOKEN=hunter2"))).warnings

    assert "hunter2" not in diagnostic.sentence
    assert diagnostic.range == language.Range.of(6, 22, len("hunter2"))


@pytest.mark.parametrize(
    ("version", "ids"),
    [
        ("v1.0.0", []),
        ("v1.0.0-rc.1", []),
        ("1.0.0", ["KF506"]),
        ("v1.0.0+7", ["KF507"]),
        ("v1.0", ["KF508"]),
        ("v24.04.1", ["KF508"]),
        ("v1.2.3.4", ["KF508"]),
        ("24.04+x", ["KF506", "KF507", "KF508"]),
    ],
)
def test_each_departure_of_a_version_is_advised_about(version: str, ids: list[str]) -> None:
    assert advice(f'base: debian:13@{DIGEST}\nversion: "{version}"\n') == ids


def test_the_hint_about_a_version_is_a_version_without_advice() -> None:
    for numbers, rest, prefix in product(["1", "24.04", "1.2.3.4", "01.2.3"], ["", "-rc.1", "+7"], ["", "v"]):
        actual = sections.read(Source("K", f'base: debian:13@{DIGEST}\nversion: "{prefix}{numbers}{rest}"\n')).warnings
        for diagnostic in actual:
            better = diagnostic.hint.removeprefix("write ")
            assert advice(f"base: debian:13@{DIGEST}\nversion: {better}\n") == []


@pytest.mark.parametrize("word", ["KF501", "base-not-pinned", "all", "KF503, KF501", "KF503 KF501"])
def test_a_comment_silences_its_line_by_id_name_or_all(word: str) -> None:
    assert advice(f"base: debian:13  # kairosfile: ignore {word}\nversion: v1.0.0\n") == []


def test_a_comment_on_a_separate_line_applies_to_the_next_line_without_a_comment() -> None:
    above = "# kairosfile: ignore KF501\n# because\nbase: debian:13\nversion: v1.0.0\n"

    assert advice(above) == []
    assert advice(above.replace("# because\n", "version: v1.0.0\n").removesuffix("version: v1.0.0\n")) == ["KF501"]


def test_a_comment_in_an_included_file_is_for_that_file() -> None:
    text = "extends: common.yaml\nversion: v1.0.0\n"

    def rule_ids(common: str) -> list[str]:
        files = language.DictFiles({"common.yaml": common.encode()})
        return [diagnostic.rule.id for diagnostic in sections.read(Source("Kairosfile", text), files=files).warnings]

    assert rule_ids("base: debian:13\n") == ["KF501"]
    assert rule_ids("base: debian:13 # kairosfile: ignore KF501\n") == []


def test_only_warnings_can_be_silenced() -> None:
    for rule in rules.every():
        text = GOOD + f"lint:\n  ignore: [{rule.id}]\n"
        if not rule.can_be_suppressed:
            with pytest.raises(language.KairosfileError, match=f"{rule.id} is an error"):
                sections.read(Source("Kairosfile", text))
        else:
            assert advice(text) == []


def test_a_rule_that_is_ignored_and_promoted_is_ignored() -> None:
    assert advice("base: debian:13\nversion: v1.0.0\nlint: {ignore: [KF501], error: [KF501]}\n") == []


@given(st.text(alphabet="#kairosfile: ignoreKF501\n\t,all", max_size=200))
@settings(max_examples=300, deadline=None)
def test_comments_of_any_form_are_read_or_located(text: str) -> None:
    for comment in suppressions.comments_of(Source("K", text)):
        assert 1 <= comment.line <= text.count("\n") + 1


@given(st.text(alphabet="# check=skip;erotu,KF501\n\tall", max_size=200))
@settings(max_examples=300, deadline=None)
def test_directives_of_any_form_are_read_or_located(text: str) -> None:
    lines = f"{text}\nbase: debian:13\nversion: v1.0.0\n"
    try:
        sections.read(Source("K", lines))
    except language.KairosfileError as error:
        for diagnostic in error.diagnostics:
            assert 1 <= diagnostic.range.start.line <= lines.count("\n") + 1


@pytest.mark.parametrize("word", ["1", "t", "T", "true", "True", "TRUE"])
def test_a_check_is_switched_on_as_docker_does_it(word: str) -> None:
    with pytest.raises(language.KairosfileError, match="KF506"):
        sections.read(Source("Kairosfile", f"# check=error={word}\nbase: debian:13\nversion: 1.0.0\n"))


def test_a_check_in_an_included_file_is_a_comment() -> None:
    files = language.DictFiles({"common.yaml": b"# check=skip=all\nbase: debian:13\n"})

    actual = sections.read(Source("Kairosfile", "extends: common.yaml\nversion: v1.0.0\n"), files=files).warnings
    assert [diagnostic.rule.id for diagnostic in actual] == ["KF501"]


CLOUD_CONFIG = f"""\
base: debian:13@{DIGEST}
kairos_init: {{}}
version: v1.0.0
cloud_config:
  - name: 10.yaml
    content:
      stages: [boot]{{}}
"""


@pytest.mark.parametrize(("release", "severity"), [("v0.2.6", "warning"), ("v0.17.3", "error")])
def test_an_error_of_newer_releases_can_be_silenced_where_it_is_a_warning(release: str, severity: str) -> None:
    plain = check_source(Source("Kairosfile", CLOUD_CONFIG.format(release, "")), FolderFiles(ROOT), LoadOptions({}, ()))
    comment = "  # kairosfile: ignore KF413"
    text = CLOUD_CONFIG.format(release, comment)
    silenced = check_source(Source("Kairosfile", text), FolderFiles(ROOT), LoadOptions({}, ()))

    assert [it.severity for it in plain.diagnostics if it.rule is rules.CLOUD_CONFIG_TYPE] == [severity]
    assert [it.severity for it in silenced.diagnostics if it.rule is rules.CLOUD_CONFIG_TYPE] == (
        ["error"] if severity == "error" else []
    )
    assert rules.LINT_RULE not in {it.rule for it in silenced.diagnostics}


@pytest.mark.parametrize(
    ("version", "better"),
    [
        ("1.x", "v1.0.0-x"),
        ("12.x", "v12.0.0-x"),
        ("1.2.", "v1.2.0"),
        ("1..2", "v1.0.0-2"),
        ("v1.2.3.x", "v1.2.3-x"),
        (f"1.{'2' * 30}", f"v1.{'2' * 20}.0-{'2' * 10}"),
        ("main", ""),
    ],
)
def test_a_version_that_ends_in_a_part_without_a_number_gets_a_better_one(version: str, better: str) -> None:
    assert better_version(version) == better
