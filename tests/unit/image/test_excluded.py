"""No product module that runs in the frontend image imports a module that the image excludes."""

from __future__ import annotations

import ast
import re

from tests import ROOT

PACKAGE = ROOT / "frontend" / "kairosfile"
# Only for the command and editors, or only for the generation of the compiled tables.
ELSEWHERE = ("cli", "dockerfile", "editing")
DECLARATIONS = re.compile(r"(model|schema|reference|kairosfile|__main__)\.py")


def excluded() -> set[str]:
    tree = ast.parse((ROOT / "frontend" / "image" / "assemble.py").read_text())
    tables = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXCLUDED"
    ]
    return set(ast.literal_eval(tables[0]))


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def test_no_module_of_the_frontend_imports_what_its_image_leaves_out() -> None:
    left_out = excluded()
    match = {
        f"{path.relative_to(PACKAGE)}: {name}"
        for path in PACKAGE.rglob("*.py")
        if not set(path.relative_to(PACKAGE).parts) & set(ELSEWHERE) and not DECLARATIONS.fullmatch(path.name)
        for node in ast.walk(ast.parse(path.read_text()))
        for name in imported(node)
        if {name, name.partition(".")[0]} & left_out
    }

    assert match == set()
