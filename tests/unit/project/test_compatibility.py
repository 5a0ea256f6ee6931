"""The table of compatibility names only tests that exist."""

from __future__ import annotations

import ast
import re

import pytest

from tests import ROOT

TABLE = ROOT / "docs/reference/compatibility.md"
PROOF = re.compile(r"`((?:[\w/]+/)?test_\w+\.py)(?:::(test_\w+))?`")
ROW = re.compile(r"^\|(?! what |---).*\|$", re.MULTILINE)


def rows() -> list[str]:
    return ROW.findall(TABLE.read_text())


def test_every_row_names_a_proof() -> None:
    assert [row for row in rows() if not PROOF.search(row.rsplit("|", 2)[1])] == []


@pytest.mark.parametrize(("file", "test"), sorted(set(PROOF.findall(TABLE.read_text()))))
def test_a_named_proof_exists(file: str, test: str) -> None:
    path = ROOT / "tests" / (file if "/" in file else f"e2e/{file}")
    functions = {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}

    assert not test or test in functions
