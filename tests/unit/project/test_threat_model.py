"""docs/internals/threat-model.md: the test of each guarantee exists and runs."""

from __future__ import annotations

import ast
import re

import pytest

from tests import ROOT

PAGE = ROOT / "docs" / "internals" / "threat-model.md"
PRODUCT = ROOT / "frontend" / "kairosfile"
ROW = re.compile(r"^\| (.+?) \| (.*?) ?\| (.+?) \|$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
COMMANDS = {"make fuzz", "make test-long"}


def promises() -> list[tuple[str, list[str], list[str]]]:
    """Return each guarantee, its mechanism, and its tests."""
    part = PAGE.read_text().partition("## Guarantees")[2].partition("\n## ")[0]
    rows = ROW.findall(part)[1:]  # without the header
    return [(promise, CODE.findall(how), CODE.findall(held)) for promise, how, held in rows]


PROMISES = promises()


def by_words(promise: str) -> str:
    return " ".join(promise.split()[:8])


def test_every_line_of_the_table_is_read() -> None:
    part = PAGE.read_text().partition("## Guarantees")[2].partition("\n## ")[0]

    assert len(PROMISES) == part.count("\n|") - 2


@pytest.mark.parametrize(("promise", "how", "held"), PROMISES, ids=[by_words(promise) for promise, *_ in PROMISES])
def test_a_promise_names_tests_and_modules_that_exist(promise: str, how: list[str], held: list[str]) -> None:
    tests = [name for name in held if name not in COMMANDS]

    assert tests, promise
    for name in tests:
        path = ROOT / name
        files = sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
        assert any(has_tests(ast.parse(file.read_text())) for file in files), name
    for name in how:
        if name.endswith((".py", "/", ".json")) or name.startswith("Dockerfile"):
            assert (PRODUCT / name).exists() or (ROOT / name).exists(), name


def has_tests(module: ast.Module) -> bool:
    """Return whether a module has a test."""
    return any(isinstance(node, ast.FunctionDef) and node.name.startswith("test_") for node in module.body)


def test_the_policy_of_security_points_to_the_page() -> None:
    assert PAGE.relative_to(ROOT).as_posix() in (ROOT / "SECURITY.md").read_text()
