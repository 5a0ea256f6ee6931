"""Lazily compiled patterns: they match as compiled ones do, and first search for a string that each match needs."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kairosfile import patterns
from kairosfile.gateway.contexts import main
from kairosfile.kairos import distributions
from kairosfile.patterns import compile_later
from kairosfile.sections.hooks import checks as hooks
from kairosfile.sections.hooks import run
from kairosfile.sections.lint import checks, secrets

PATTERNS = {
    pattern.pattern: pattern
    for pattern in (
        *(pattern for _, pattern in secrets._KINDS),
        *(pattern for pattern, _ in distributions._UNUSABLE),
        *(manager.installs for manager in checks.MANAGERS),
        *(distributions._KAIROS, distributions._KAIROS_TAG, secrets._KEY, run._PACKAGE_MANAGER, hooks._MAKES_HOST_KEYS),
        *(main._REPOSITORY, main._ADDRESS),
    )
}


def test_the_marks_of_secrets_are_those_of_their_patterns() -> None:
    assert set(secrets._MARKS) == {mark for _, pattern in secrets._KINDS for mark in cast("Any", pattern)._needs}


def test_it_has_the_methods_of_a_pattern() -> None:
    pattern = compile_later(r"a(b+)", re.IGNORECASE)
    match = pattern.search("xABBy")

    assert match
    assert match[1] == "BB"
    assert pattern.match("xab") is None
    assert pattern.fullmatch("ab")
    assert (pattern.sub("-", "ab ab"), pattern.split("1ab2"), pattern.findall("ab")) == ("- -", ["1", "b", "2"], ["b"])
    assert pattern.flags & re.IGNORECASE


@pytest.mark.parametrize("name", ["ASCII", "DOTALL", "IGNORECASE", "MULTILINE"])
def test_the_flags_are_those_of_re(name: str) -> None:
    assert getattr(patterns, name) == getattr(re, name)


def test_an_invalid_pattern_is_reported_when_it_is_used() -> None:
    pattern = compile_later("(")

    with pytest.raises(re.error):
        pattern.search("a")


def test_a_text_without_what_is_needed_is_not_searched() -> None:
    pattern = compile_later("(", needs=("ab", "cd"))  # it would raise an error

    assert (pattern.search("a"), pattern.match(""), pattern.fullmatch("ac")) == (None, None, None)
    assert pattern.sub("-", "bc") == "bc"
    with pytest.raises(re.error):
        pattern.search("acd")


@pytest.mark.parametrize("text", PATTERNS)
@settings(max_examples=15)  # samples of long patterns take a tenth of a second each
@given(data=st.data())
def test_whatever_a_pattern_matches_has_one_of_what_it_needs(text: str, data: st.DataObject) -> None:
    pattern = PATTERNS[text]
    compiled = re.compile(text, getattr(pattern, "_flags", 0))
    samples = st.from_regex(re.compile(text, compiled.flags & ~re.UNICODE | re.ASCII))
    # The end of a word or of spaces in ASCII may differ in Unicode: ¹ is a letter there, \x85 a space.
    actual = data.draw(samples.filter(compiled.search))

    assert pattern.search(actual)
