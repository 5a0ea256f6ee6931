"""Paths as `posixpath` has them, which the frontend does not import."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kairosfile import paths

PATHS = st.text("ab./", max_size=12)


@given(PATHS)
def test_results_are_those_of_posixpath(path: str) -> None:
    shortest, folder = posixpath.normpath(path), posixpath.dirname(path)

    assert paths.normpath(path) == (shortest[1:] if shortest.startswith("//") else shortest)
    assert paths.dirname(path) == (folder.rstrip("/") or folder[:1])
    assert paths.basename(path) == posixpath.basename(path)


@given(PATHS, PATHS)
def test_joined_paths_are_those_of_posixpath(folder: str, path: str) -> None:
    assert paths.join(folder, path) == posixpath.join(folder, path)


@pytest.mark.parametrize(
    ("path", "shortest"),
    [("", "."), ("/..", "/"), ("../a", "../a"), ("//a//b/", "/a/b"), ("a/../..", ".."), ("./a/./b", "a/b")],
)
def test_a_path_becomes_the_shortest_equal_one(path: str, shortest: str) -> None:
    assert paths.normpath(path) == shortest
