"""The docstrings of the public API: their sections agree with the signatures."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGES = ("llb", "gateway", "plan")
_ARGS = re.compile(r"^Args:\n((?: {4}.*\n?)+)", re.MULTILINE)
_NAME = re.compile(r"^ {4}(\w+): ", re.MULTILINE)


def _functions(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield the public functions and methods, each with its qualified name."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _functions(node.body, f"{prefix}.{node.name}")
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield f"{prefix}.{node.name}", node


def _public() -> dict[str, ast.FunctionDef]:
    paths = (path for package in _PACKAGES for path in (ROOT / "frontend/kairosfile" / package).rglob("*.py"))
    return {
        name: node
        for path in paths
        for name, node in _functions(ast.parse(path.read_text()).body, f"{path.parent.name}.{path.stem}")
    }


PUBLIC = _public()
WITH_ARGS = {name: node for name, node in PUBLIC.items() if "Args:\n" in (ast.get_docstring(node) or "")}


def _parameters(node: ast.FunctionDef) -> list[str]:
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    rest = [arg for arg in (arguments.vararg, arguments.kwarg) if arg]
    return [arg.arg for arg in (*named, *rest) if arg.arg not in {"self", "cls"}]


def _described(node: ast.FunctionDef) -> list[str]:
    section = _ARGS.search(ast.get_docstring(node) or "")
    assert section
    return _NAME.findall(section[1])


@pytest.mark.parametrize("name", WITH_ARGS)
def test_args_section_lists_every_parameter(name: str) -> None:
    assert set(_described(WITH_ARGS[name])) == set(_parameters(WITH_ARGS[name]))


@pytest.mark.parametrize("name", [name for name, node in PUBLIC.items() if len(_parameters(node)) > 3])
def test_function_with_many_parameters_describes_them(name: str) -> None:
    assert name in WITH_ARGS


def test_public_functions_have_a_docstring() -> None:
    assert [name for name, node in PUBLIC.items() if not ast.get_docstring(node)] == []
