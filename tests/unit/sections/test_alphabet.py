"""Control characters: an error at their position wherever they would reach a program, a log or a review."""

from __future__ import annotations

import pytest

from kairosfile import language, sections
from kairosfile.language import rules

HEAD = "base: debian:13\nversion: v1.0.0\n"
HOOK = HEAD + "hooks:\n  after_install:\n    - "


def refused(text: str, rule: rules.Rule = rules.ALPHABET) -> list[str]:
    """Return the positions of a file's errors of a rule, each with the message."""
    try:
        sections.read(language.decode("Kairosfile", text.encode()), {}, platforms=["linux/amd64"])
    except language.KairosfileError as error:
        actual = [each for each in error.diagnostics if each.rule is rule]
        return [f"{each.range.start.line}:{each.range.start.column} {each.message}" for each in actual]
    return []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (HOOK + 'run: "a\\0b"\n', "5:12"),
        (HOOK + 'run: [echo, "a\\0b"]\n', "5:19"),
        (HOOK + 'run: x\n      workdir: "/x\\0y"\n', "6:16"),
        (HOOK + 'run: x\n      env: {A: "x\\0y"}\n', "6:16"),
        (HOOK + 'copy: "a\\0b"\n      to: /x\n', "5:13"),
        (HOOK + 'copy: a\n      to: "/x\\0"\n', "6:11"),
        (HOOK + 'file: "/etc/a\\0b"\n      content: x\n', "5:13"),
        (HOOK + 'packages: [a, "b\\0"]\n', "5:21"),
        (HEAD + 'labels: {a: "x\\0y"}\n', "3:13"),
        (HEAD + 'annotations: {a: "x\\0y"}\n', "3:18"),
        (HEAD + 'args: {A: "x\\0y"}\n', "3:11"),
    ],
)
def test_a_nul_in_an_argument_of_a_program_is_refused(text: str, place: str) -> None:
    assert refused(text) == [f"{place} this text contains a NUL character, which is invalid here"]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (HOOK + 'name: "a\\n::error::x"\n      run: x\n', ["5:13 this text contains a newline, which is invalid here"]),
        (
            HOOK + 'run: x\n      user: "a\\eb"\n',
            ["6:13 this text contains an escape character, which is invalid here"],
        ),
        (HEAD + 'labels: {"a\\u202eb": x}\n', ['3:10 the key "a\\u202eb" contains the control character U+202E']),
        (
            HEAD + 'labels: {a: "\\x9b2J"}\n',
            ["3:13 this text contains the control character U+009B, which is invalid here"],
        ),
    ],
)
def test_controls_are_refused_in_names_paths_and_labels(text: str, result: list[str]) -> None:
    assert refused(text) == result


@pytest.mark.parametrize(
    "text",
    [HOOK + 'run: "a\\n\\e[2J"\n', HOOK + 'file: /etc/a\n      content: "a\\0b"\n', HEAD + 'labels: {a: "x\\ny"}\n'],
)
def test_commands_content_and_labels_hold_what_they_need(text: str) -> None:
    assert refused(text) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (HOOK + f"run: {'x' * 131_072}\n", "5:12 this text has 131,072 bytes; "),
        (HOOK + f"run: [echo, {'é' * 65_536}]\n", "5:19 this text has 131,072 bytes; "),
        (HOOK + f"run: x\n      env: {{A: {'x' * 131_072}}}\n", "6:16 this text has 131,072 bytes; "),
        (HEAD + f"args: {{A: {'x' * 70_000}}}\nlabels: {{a: '${{A}}${{A}}'}}\n", "4:13 this text has 140,000 bytes; "),
        (HOOK + f"copy: a\n      to: /{'x' * 256}\n", "6:11 this path is longer than Linux allows"),
        (HOOK + f"run: x\n      workdir: {'/x' * 2048}\n", "6:16 this path is longer than Linux allows"),
    ],
)
def test_what_linux_would_refuse_as_too_long_is_an_error(text: str, place: str) -> None:
    (shown,) = refused(text, rules.TOO_LARGE)

    assert shown.startswith(place)


def test_what_is_as_long_as_linux_allows_is_no_error() -> None:
    run = HOOK + f"run: {'x' * 130_000}\n      workdir: {'/x' * 2000}/{'y' * 90}\n"
    file = f"    - {{file: /etc/{'x' * 255}, content: {'x' * 200_000}}}\n"

    assert refused(run + file, rules.TOO_LARGE) == []
