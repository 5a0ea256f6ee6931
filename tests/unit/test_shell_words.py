"""Words are quoted as `shlex` quotes them, which the frontend does not import."""

from __future__ import annotations

import shlex
import string

from hypothesis import given
from hypothesis import strategies as st

from kairosfile.shell_words import joined, quoted

WORDS = st.text(st.sampled_from(string.printable + "äß") | st.characters(exclude_categories=["Cs"]), max_size=8)


@given(WORDS)
def test_a_word_is_quoted_as_by_shlex(word: str) -> None:
    assert quoted(word) == shlex.quote(word)


@given(st.lists(WORDS))
def test_a_command_is_that_of_shlex(words: list[str]) -> None:
    assert joined(words) == shlex.join(words)
