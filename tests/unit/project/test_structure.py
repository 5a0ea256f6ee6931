"""The structure of the product, measured by its own imports: no circles, and modules of one idea."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import pytest

from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = ROOT / "frontend" / "kairosfile"
GENERATED = PACKAGE / "pb"


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
OWN_MODULES = [path for path in MODULES.values() if not path.is_relative_to(GENERATED)]


def imported(path: Path) -> Iterator[str]:
    """Yield every product module that a module imports, including imports for types and imports in functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in MODULES else node.module for name in names)


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Return the modules of one import cycle, or an empty list if there is no cycle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        actual: list[str] = error.args[1]
        return actual
    return []


def test_no_module_imports_itself_through_others() -> None:
    graph = {name: set(imported(path)) - {name} for name, path in MODULES.items()}

    assert circle(graph) == []


def test_a_cycle_is_detected() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "c", "b", "a"]


@pytest.mark.parametrize("path", OWN_MODULES, ids=module_name)
def test_a_module_is_short_enough_to_hold_one_idea(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 500
