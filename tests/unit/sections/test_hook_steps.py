"""Kinds of hook steps: each has its declaration and its module, and no other product module names it."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

import pytest

from kairosfile.sections.hooks.model import KINDS, STEP_KINDS
from tests import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from kairosfile.sections.hooks.step_model import HookStep

PRODUCT = ROOT / "frontend" / "kairosfile"
DECLARED = PRODUCT / "sections" / "hooks" / "model.py"


@cache
def named(path: Path) -> set[str]:
    """Return the names that a module uses or imports; each module is parsed once, not once for each kind."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    imported = {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    return imported | {node.id for node in nodes if isinstance(node, ast.Name)}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.verb))
def test_only_its_own_module_and_its_declaration_name_a_kind(kind: type[HookStep]) -> None:
    own = PRODUCT / "sections" / "hooks" / f"{kind.verb}.py"
    users = [path for path in PRODUCT.rglob("*.py") if kind.__name__ in named(path)]

    assert users == [path for path in users if path in (own, DECLARED)]
    assert own.is_file()
    assert DECLARED in users
    assert kind.implemented_in == f"kairosfile.sections.hooks.{kind.verb}"


def test_each_kind_has_a_verb_that_is_one_of_its_keys() -> None:
    keys = {kind: {field.alias or name for name, field in kind.model_fields.items()} for kind in KINDS}

    assert len(STEP_KINDS) == len(KINDS)
    assert [kind.verb for kind in KINDS if kind.verb not in keys[kind]] == []
