"""Remove from a module what only type checkers read: annotations, their imports, aliases and bases from `typing`.

Python runs an annotated module as the same one without annotations, but it reads all of them from disk, makes their
tables and imports `typing` first. The frontend starts for every build, so its image holds modules without them.
Lines stay as they are, for tracebacks.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType

    F = TypeVar("F", ast.FunctionDef, ast.AsyncFunctionDef)

# The base class whose annotations are the fields of a tuple, and the module of the one that can declare it by a call.
NAMED_TUPLE = "NamedTuple"
NAMED_TUPLES = "kairosfile.named_tuple"
FIELD = ast.Constant(...)  # as the annotation of a field
SPECIAL_FORMS = {"Annotated", "Literal", "Optional", "Union"}


def compile_without_types(source: bytes, name: str) -> CodeType:
    """Compile a module without types, docstrings and assertions; raises SyntaxError."""
    tree = erased(ast.parse(source, name))
    return compile(tree, name, "exec", annotations.compiler_flag, dont_inherit=True, optimize=2)


def erased(module: ast.Module) -> ast.Module:
    """Return a module without types; it is compiled with postponed annotations."""
    imported = {node.module for node in module.body if isinstance(node, ast.ImportFrom)}
    module = _Eraser(can_declare=NAMED_TUPLES in imported).visit(module)
    used = {node.id for node in ast.walk(module) if isinstance(node, ast.Name)}
    module = _Importer(used).visit(module)
    return ast.fix_missing_locations(module)


class _Eraser(ast.NodeTransformer):
    """Removes types from the statements of a module, except its imports.

    Args:
        can_declare: Whether the module's named tuples can be declared by a call.
    """

    def __init__(self, *, can_declare: bool) -> None:
        self._can_declare = can_declare

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.AST]:
        """Replace `if TYPE_CHECKING` by its other branch."""
        if _name(node.test) == "TYPE_CHECKING":
            return self._block(node.orelse)
        self.generic_visit(node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        """Remove the annotations of arguments and result, and overloads entirely."""
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST | None:
        """Remove the annotations of arguments and result, and overloads entirely."""
        return self._function(node)

    def _function(self, node: F) -> F | None:
        if any(_name(decorator) == "overload" for decorator in node.decorator_list):
            return None
        arguments = node.args
        each = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        for argument in each:
            if argument:
                argument.annotation = None
        node.returns = None
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Remove generic bases; keep the names of a tuple's fields, and only the name of a protocol."""
        if "Protocol" in map(_name, node.bases):
            return _assignment(node, ast.Constant(None))
        if NAMED_TUPLE in map(_name, node.bases):
            fields = [statement for statement in node.body if isinstance(statement, ast.AnnAssign)]
            if not self._can_declare:
                for field in fields:
                    field.annotation = FIELD
            elif len(fields) + (ast.get_docstring(node) is not None) == len(node.body):
                return _assignment(node, _declaration(node.name, fields))
            else:
                node.body[node.body.index(fields[0])] = _constructor(fields)
                node.body = [statement for statement in node.body if not isinstance(statement, ast.AnnAssign)]
        node.bases = [base for base in node.bases if _name(base) != "Generic"]
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        """Remove the annotation of an assignment, and a declaration without a value."""
        if node.annotation is FIELD:
            return node
        if node.value is None:
            return None
        return self.visit(ast.copy_location(ast.Assign([node.target], node.value), node))

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """Remove type variables; type aliases stay as names, because modules import them from each other."""
        if isinstance(node.value, ast.Call) and _name(node.value.func) == "TypeVar":
            return None
        if isinstance(node.value, ast.Subscript) and _name(node.value) in SPECIAL_FORMS:
            node.value = ast.copy_location(ast.Constant(None), node.value)
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Replace `cast(type, value)` by its value."""
        self.generic_visit(node)
        return node.args[1] if _name(node.func) == "cast" else node

    def _block(self, statements: Iterable[ast.stmt]) -> list[ast.AST]:
        visited = [self.visit(statement) for statement in statements]
        return [part for each in visited if each is not None for part in (each if isinstance(each, list) else [each])]


class _Importer(ast.NodeTransformer):
    """Removes imports from `typing` and `__future__` that the module does not use."""

    def __init__(self, used: set[str]) -> None:
        self._used = used

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        """Keep the names that are used."""
        if node.module == "__future__":
            return None
        if node.module == "typing":
            node.names = [alias for alias in node.names if (alias.asname or alias.name) in self._used]
        return node if node.names else None


def _assignment(node: ast.ClassDef, value: ast.expr) -> ast.Assign:
    """Return the assignment of a value to the name of a class."""
    return ast.copy_location(ast.Assign([ast.Name(node.name, ast.Store())], value), node)


def _declaration(name: str, fields: list[ast.AnnAssign]) -> ast.expr:
    """Return the call that creates a named tuple without methods, which is cheaper than a class statement."""
    return ast.Call(
        ast.Attribute(ast.Name(NAMED_TUPLE, ast.Load()), "declare", ast.Load()),
        [
            ast.Constant(name),
            ast.Name("__name__", ast.Load()),
            ast.Lambda(_parameters(fields), _instance(fields)),
        ],
        [],
    )


def _constructor(fields: list[ast.AnnAssign]) -> ast.stmt:
    """Return the method that creates a named tuple with these fields, cheaper than the one that all have."""
    method = ast.FunctionDef("__new__", _parameters(fields), [ast.Return(_instance(fields))], [])
    return ast.copy_location(method, fields[0])


def _parameters(fields: list[ast.AnnAssign]) -> ast.arguments:
    names = [ast.arg(name) for name in ("_cls", *_names(fields))]
    return ast.arguments([], names, None, [], [], None, [field.value for field in fields if field.value])


def _instance(fields: list[ast.AnnAssign]) -> ast.expr:
    values = ast.Tuple([ast.Name(name, ast.Load()) for name in _names(fields)], ast.Load())
    create = ast.Attribute(ast.Name("tuple", ast.Load()), "__new__", ast.Load())
    return ast.Call(create, [ast.Name("_cls", ast.Load()), values], [])


def _names(fields: list[ast.AnnAssign]) -> list[str]:
    return [field.target.id for field in fields if isinstance(field.target, ast.Name)]


def _name(node: ast.expr) -> str:
    """Return a name, also of something with a subscript; empty for other expressions."""
    node = node.value if isinstance(node, ast.Subscript) else node
    return node.id if isinstance(node, ast.Name) else ""
