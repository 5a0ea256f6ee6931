"""What the frontend takes from the interpreter is what the standard library names."""

from __future__ import annotations

import hashlib
import types

import pytest

from kairosfile import interpreter


def test_types_are_those_of_the_library() -> None:
    assert interpreter.MappingProxyType is types.MappingProxyType
    assert interpreter.ModuleType is types.ModuleType
    assert interpreter.SimpleNamespace is types.SimpleNamespace


@pytest.mark.parametrize("data", [b"", b"a" * 1000])
def test_digests_are_those_of_the_library(data: bytes) -> None:
    assert interpreter.sha256(data).hexdigest() == hashlib.sha256(data).hexdigest()


def test_a_module_is_imported_by_its_name() -> None:
    assert interpreter.import_module("kairosfile.pb.stat").__name__ == "kairosfile.pb.stat"
    with pytest.raises(ModuleNotFoundError, match="none"):
        interpreter.import_module("kairosfile.pb.none")
