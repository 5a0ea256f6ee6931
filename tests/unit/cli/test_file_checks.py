"""Diagnostics about a whole file: the syntax line, unused build args, comments that suppress nothing."""

from __future__ import annotations

import pytest

from kairosfile import language
from kairosfile.cli import file_checks
from kairosfile.cli.commands.check import check_source
from kairosfile.cli.load import LoadOptions
from tests.unit.language.edits import applied

SYNTAX = "# syntax=quay.io/kairos/kairos-frontend:v1\n"
BODY = "base: debian:13\nversion: v1.0.0\n"
SPOKEN = {"KF010", "KF011", "KF424", "KF009"}


def found_in(text: str, *platforms: str, **build_args: str) -> list[language.Diagnostic]:
    source = language.Source("/nowhere/Kairosfile", text)
    checked = check_source(source, language.DictFiles({}), LoadOptions(build_args, platforms))
    return [diagnostic for diagnostic in checked.diagnostics if diagnostic.rule.id in SPOKEN]


def places(text: str, **build_args: str) -> list[tuple[str, int, int]]:
    return [(each.rule.id, *each.range.start) for each in found_in(text, **build_args)]


@pytest.mark.parametrize(
    ("head", "place"),
    [
        (SYNTAX, None),
        (f"# check=skip=KF501\n{SYNTAX}", None),
        ("", (1, 1)),
        (f"# a comment\n{SYNTAX}", (2, 1)),
        (f"\n{SYNTAX}", (2, 1)),
    ],
)
def test_the_syntax_line_is_where_buildkit_looks_for_it(head: str, place: tuple[int, int] | None) -> None:
    assert places(head + BODY) == ([("KF010", *place)] if place else [])


@pytest.mark.parametrize("text", [BODY, f"# a comment\n{SYNTAX}{BODY}"])
def test_the_edit_makes_it_the_first_line(text: str) -> None:
    (diagnostic,) = found_in(text)

    assert diagnostic.fix
    after = applied(text, diagnostic.fix)
    assert after.startswith(SYNTAX)
    assert after.count("# syntax=") == 1
    assert found_in(after) == []


def test_an_unused_build_arg_is_reported() -> None:
    (diagnostic,) = found_in(
        SYNTAX + BODY + "args: {TEAM: edge}\n", TAEM="core", TEAM="a", HTTP_PROXY="b", VERSION="v1.2.3"
    )

    assert diagnostic.rule.id == "KF424"
    assert diagnostic.message.startswith("--build-arg TAEM has no effect")
    assert diagnostic.hint == 'did you mean "TEAM"?'


def test_a_file_silences_these_too() -> None:
    assert places(BODY + "lint: {ignore: [KF010, unused-build-arg]}\n", TAEM="x") == []


@pytest.mark.parametrize(
    ("comment", "result"),
    [
        ("# kairosfile: ignore KF501", []),
        ("# kairosfile: ignore all", []),
        ("# kairosfile: ignore KF506", [(2, 39)]),
        ("# kairosfile: ignore KF501, KF506", [(2, 46)]),
        ("# kairosfile: ignore KF101", [(2, 39)]),
        ("# kairosfile: ingore KF501", [(2, 20)]),
        ("# kairosfile ignore KF501", [(2, 20)]),
        ("# Kairosfile: disable KF501", [(2, 20)]),
        ("# kairos: ignore base-not-pinned", [(2, 20)]),
        ("# kairosfile: a word about KF501", []),
        ("# kairosfile ignores nothing", []),
    ],
)
def test_a_comment_that_suppresses_nothing_is_reported(comment: str, result: list[tuple[int, int]]) -> None:
    text = f"{SYNTAX}base: debian:13  {comment}\nversion: v1.0.0\n"

    assert [place for _, *place in places(text)] == [[*place] for place in result]


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("version: v1.0.0  # kairosfile: ignore KF506\n", "version: v1.0.0\n"),
        ("# kairosfile: ignore KF506\nversion: v1.0.0\n", "version: v1.0.0\n"),
        ("version: 1.0.0  # kairosfile: ingore KF506\n", "version: 1.0.0  # kairosfile: ignore KF506\n"),
    ],
)
def test_the_edit_of_a_comment(line: str, after: str) -> None:
    text = f"{SYNTAX}base: debian:13\n{line}"
    (diagnostic,) = found_in(text)

    assert diagnostic.fix
    assert applied(text, diagnostic.fix) == f"{SYNTAX}base: debian:13\n{after}"


def test_a_comment_for_one_platform_is_used_where_the_file_names_several() -> None:
    text = (
        f"{SYNTAX}base: debian:13\nversion: v1.0.0\nplatforms:\n  linux/amd64:\n"
        "  linux/arm64: {base: alpine}  # kairosfile: ignore KF501\n"
    )

    assert found_in(text) == []
    assert found_in(text, "linux/amd64") == []


def test_a_line_that_is_only_like_one_is_no_finding() -> None:
    assert list(file_checks.misspelt(language.Source("Kairosfile", "# kairosfile: please ignore the tests\n"))) == []
