"""JSON by the interpreter's own functions, compared with the module `json`, whose functions they are."""

from __future__ import annotations

import json
from math import isnan
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kairosfile.json_text import parse_json, to_json

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
# Texts that are nearly JSON: its characters in any order.
NEARLY = st.text(st.sampled_from(list('[]{}:,"\\u0041dcnaInfityrules-+.eE19 \t\n\r\0é')), max_size=30)


def same(one: Any, other: Any) -> bool:
    return bool(one == other) or (isinstance(one, float) and isinstance(other, float) and isnan(one) and isnan(other))


def verdict(parse: Any, text: str | bytes) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        return type(error), str(error)


@given(VALUES, st.booleans(), st.booleans(), st.booleans())
def test_a_value_is_written_as_json_does(value: Any, compact: bool, sort_keys: bool, ensure_ascii: bool) -> None:
    separators = (",", ":") if compact else None
    expected = json.dumps(value, separators=separators, sort_keys=sort_keys, ensure_ascii=ensure_ascii)

    assert to_json(value, compact=compact, sort_keys=sort_keys, ensure_ascii=ensure_ascii) == expected


@given(VALUES, st.sampled_from([None, 2]))
def test_a_written_value_is_read_as_json_does(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)

    assert repr(parse_json(text)) == repr(json.loads(text))
    assert repr(parse_json(text.encode())) == repr(json.loads(text))


@given(NEARLY)
@example("")
@example("[1] 2")
@example(" \n[1]\t ")
@example("1" * 5000)
def test_any_other_text_has_the_verdict_of_json(text: str) -> None:
    assert same(verdict(parse_json, text), verdict(json.loads, text))


def test_bytes_may_begin_with_the_mark_of_utf_8() -> None:
    assert parse_json(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize("content", [b"\xff", '"a"'.encode("utf-16")])
def test_bytes_in_other_encodings_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="utf-8"):
        parse_json(content)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="nested too deep"):
        parse_json(text)


def test_what_is_no_json_is_not_written() -> None:
    with pytest.raises(TypeError, match="set is no JSON"):
        to_json({"a": {1}})
