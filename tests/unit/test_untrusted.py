"""Untrusted text in the output for a terminal, a CI runner and an XML reader."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kairosfile.untrusted import MAX_LENGTH, lines, one_line

# How GitHub Actions' runner recognises a command (actions/runner, ActionCommand.cs): a command of the
# second form starts a line, after blanks; one of the first form, or of Azure Pipelines, may be anywhere in a line.
LEGACY = ("##[", "##vso[")


def is_command(line: str) -> bool:
    return line.lstrip().startswith("::") or any(command in line for command in LEGACY)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain: text, ü, 漢字, 👩‍🚀", "plain: text, ü, 漢字, 👩‍🚀"),
        ("a\ttab", "a\ttab"),
        ("a\nok signature valid", "a\\nok signature valid"),
        ("a\r\x1b[2J\x9b31m\x7f", "a\\r\\x1b[2J\\x9b31m\\x7f"),
        ("\u202egnp.exe\u2066", "\\u202egnp.exe\\u2066"),
        ("\u2028\ufffe\ufeff", "\\u2028\\ufffe\\ufeff"),
        ("\udcff.yaml", "\\udcff.yaml"),
        ("\U000e0041", "\\U000e0041"),
        ("::error::x", "\\x3a:error::x"),
        ("  ::stop-commands::t", "  \\x3a:stop-commands::t"),
        ("see fe80::1", "see fe80::1"),
        ("x ##[add-mask]y ##vso[task]z", "x #\\x23[add-mask]y #\\x23vso[task]z"),
    ],
)
def test_control_characters_and_commands_are_escaped_and_nothing_else(text: str, shown: str) -> None:
    assert one_line(text) == shown


@given(st.text() | st.text("\n\r\x1b:#[ vso\u202e\x85a"))
def test_no_text_leaves_its_line_or_is_a_command(text: str) -> None:
    shown = one_line(text)

    assert len(shown.splitlines()) <= 1
    assert not is_command(shown)
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in shown.replace("\t", ""))
    assert shown == shown.encode().decode()


@given(st.text("\n :#[vso"))
def test_no_line_of_several_is_a_command(text: str) -> None:
    assert not any(map(is_command, lines(text).split("\n")))


def test_a_long_text_is_cut_with_its_length() -> None:
    assert one_line("x" * 10_000) == "x" * MAX_LENGTH + "... (10000 characters)"
