"""Patterns of a `.dockerignore`."""

from __future__ import annotations

import pytest

from kairosfile.gateway.contexts.main import patterns


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"\xef\xbb\xbfbuild\n", ["build"]),
        (b"# comment\n  # not one\nbuild", ["# not one", "build"]),
        (b"build\r\n\r\n \t\nout  \n", ["build", "out"]),
        (b"/abs/path/\n//twice\n./here/../there\n", ["abs/path", "twice", "there"]),
        (b"*\n!keep\n! /also/kept/ \n!\n", ["*", "!keep", "!also/kept", "!"]),
        (b"/\n.\n..\n", ["/", ".", ".."]),
        (b"caf\xc3\xa9\n", ["caf\u00e9"]),
    ],
)
def test_lines_become_patterns_as_docker_reads_them(content: bytes, expected: list[str]) -> None:
    assert patterns(content) == expected
