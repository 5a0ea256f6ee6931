"""The modules of the frontend image have no type annotations and behave as before."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from erase import compile_without_types, erased

CASES = {
    "annotations of arguments, results and names": (
        "def f(a: int, /, *b: int, c: int = 1, **d: int) -> int:\n    e: int\n    g: int = a\n    return g",
        "def f(a, /, *b, c=1, **d):\n    g = a\n    return g",
    ),
    "functions that wait": ("async def f(a: int) -> int:\n    return a", "async def f(a):\n    return a"),
    "attributes": ("self.a: int = 1\nself.b: int", "self.a = 1"),
    "what is imported for type checkers alone": (
        "from typing import TYPE_CHECKING, Any\nif TYPE_CHECKING:\n    import a\nelse:\n    import b",
        "import b",
    ),
    "the import of what is left in use": (
        "from typing import Any, get_args\nget_args(1)",
        "from typing import get_args\nget_args(1)",
    ),
    "fields of a class": ("class A:\n    a: int\n    b: int = 1", "class A:\n    b = 1"),
    "a class of nothing else": ("class A(Generic[T]):\n    a: int", "class A:\n    pass"),
    "bases that do nothing": ("class A(B, Generic[T]):\n    c = 1", "class A(B):\n    c = 1"),
    "protocols, whose names others may import": ("class A(Protocol[T]):\n    def b(self): ...", "A = None"),
    "variables of types": ("T = TypeVar('T', bound='A')", ""),
    "aliases, whose names others may import": ("Mode = Literal['a', 'b']", "Mode = None"),
    "casts": ("a = cast('int', cast(str, b))", "a = b"),
    "overloads": ("@overload\ndef f(a: int) -> int: ...\ndef f(a): return a", "def f(a):\n    return a"),
    "a body of nothing else": ("def f():\n    if TYPE_CHECKING:\n        import a", "def f():\n    pass"),
    "postponed annotations": ("from __future__ import annotations\na = 1", "a = 1"),
    "other branches": ("if a:\n    b: int = 1", "if a:\n    b = 1"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_leaves_out_what_only_type_checkers_read(case: str) -> None:
    source, remaining = CASES[case]

    assert ast.unparse(erased(ast.parse(source))) == remaining


def test_the_fields_of_a_tuple_keep_their_names() -> None:
    source = b"from kairosfile.named_tuple import NamedTuple\nclass Point(NamedTuple):\n    x: float\n    y: float = 2"
    names: dict[str, type] = {}
    exec(compile_without_types(source, "point.py"), names)  # noqa: S102 - what a module does

    assert names["Point"](1)._asdict() == {"x": 1, "y": 2}


@pytest.mark.parametrize("members", ["", "    def z(self): return self.x + self.y\n"])
def test_a_tuple_without_types_is_the_declared_one(members: str) -> None:
    source = f"""
from kairosfile.named_tuple import NamedTuple
class Point(NamedTuple):
    "A point."
    x: float
    y: float = 1 + 1
{members}
"""
    typed: dict[str, Any] = {"__name__": "shapes"}
    erased: dict[str, Any] = {"__name__": "shapes"}
    exec(source, typed)  # noqa: S102
    exec(compile_without_types(source.encode(), "shapes.py"), erased)  # noqa: S102

    assert _description(erased["Point"]) == _description(typed["Point"])


def _description(point: Any) -> tuple[object, ...]:
    names = {name for name in vars(point) if name not in {"__annotations__", "__doc__", "__firstlineno__"}}
    return (
        names - {"__static_attributes__"},
        point.__module__,
        point.__qualname__,
        point._fields,
        point._field_defaults,
        repr(point(1)._replace(y=3)),
        repr(point(y=4, x=1)),
        [_is_refused(point, *values, **named) for values, named in (((), {}), ((1, 2, 3), {}), ((1,), {"z": 2}))],
    )


def _is_refused(point: Any, *values: int, **named: int) -> bool:
    try:
        point(*values, **named)
    except TypeError:
        return True
    return False


def test_a_tuple_of_a_module_that_uses_typing_stays_a_class() -> None:
    source = "from typing import NamedTuple\nclass A(NamedTuple):\n    a: int"

    assert "class A" in ast.unparse(erased(ast.parse(source)))


def test_a_traceback_names_the_line_of_the_source() -> None:
    source = b'"""What it is for."""\n\nfrom typing import Any\n\n\ndef f(a: Any) -> Any:\n    b: int\n    return a.b\n'
    names: dict[str, object] = {}
    exec(compile_without_types(source, "kairosfile/x.py"), names)  # noqa: S102

    with pytest.raises(AttributeError) as raised:
        names["f"](1)  # type: ignore[operator]
    assert (raised.traceback[-1].lineno, str(raised.traceback[-1].path)) == (7, "kairosfile/x.py")
    assert names.get("__doc__") is None
