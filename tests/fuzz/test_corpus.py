"""Replays the corpus without a fuzzer: former crashes and valid inputs of each target."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import ROOT
from tests.fuzz.targets import MAX_BYTES, TARGETS

CORPUS = Path(__file__).with_name("corpus")
INPUTS = sorted(path for path in CORPUS.rglob("*") if path.is_file())
SECONDS = 5
PUT_IN = [b"", b"\n", b"\0", b"\xff", b"${", b"&a ", b"*a", b": ", b"- ", b'"', b"\xc2\x85"]
EXAMPLES = sorted((ROOT / "kairosfile-spec" / "cases").rglob("*.yaml"))


@pytest.mark.parametrize("path", INPUTS, ids=[str(path.relative_to(CORPUS)) for path in INPUTS])
def test_an_input_of_the_corpus_is_answered_in_time(path: Path) -> None:
    began = time.process_time()
    TARGETS[path.parent.name](path.read_bytes())

    assert time.process_time() - began < SECONDS
    assert path.stat().st_size <= MAX_BYTES


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_answered(name: str, data: bytes) -> None:
    TARGETS[name](data)


@settings(max_examples=300, deadline=None)
@given(case=st.sampled_from(EXAMPLES), data=st.data())
def test_a_conformance_case_with_bytes_exchanged_is_answered(case: Path, data: st.DataObject) -> None:
    content = case.read_bytes()
    start = data.draw(st.integers(0, len(content)))
    put_in = data.draw(st.sampled_from(PUT_IN))
    changed = content[:start] + put_in + content[start + data.draw(st.integers(0, 3)) :]

    TARGETS["text"](changed)
    TARGETS["editor"](bytes([start % 256, 3]) + changed)
