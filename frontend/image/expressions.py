"""Compile the regular expressions of the product, as the frontend image has them.

`re` compiles an expression to words of its engine, `_sre`. Like bytecode, they are of one release of Python: the one
that assembles the image, which is the image's. Loading them takes a thousandth of the time of compiling.
"""

from __future__ import annotations

import _sre  # type: ignore[import-not-found]
import marshal
import re._compiler as compiler  # type: ignore[import-not-found]
from array import array
from importlib import import_module
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Iterable

PATTERNS = "kairosfile.patterns"
MODULE = "kairosfile.compiled_patterns"  # its table is replaced by the one of all expressions


def module_of(names: Iterable[str]) -> str:
    """Return the source of the module with the compiled expressions of modules.

    Args:
        names: The modules of the product, which are imported.
    """
    table = {expression: compiled(*expression) for expression in sorted(declared(names))}
    return f"import marshal\nCOMPILED = marshal.loads({marshal.dumps(table)!r})\n"


def declared(names: Iterable[str]) -> set[tuple[str, int]]:
    """Return the expressions that modules declare when they are imported, with their flags."""
    declarations: set[tuple[str, int]] = set()
    patterns = import_module(PATTERNS)
    compile_later = patterns.compile_later

    def record(pattern: str, flags: int = 0, *, needs: tuple[str, ...] = ()) -> object:
        declarations.add((pattern, int(flags)))
        return compile_later(pattern, flags, needs=needs)

    with patch.object(patterns, "compile_later", record):
        for name in names:
            import_module(name)
    return declarations


def compiled(pattern: str, flags: int) -> tuple[Any, ...]:
    """Return what `re` passes to the engine for an expression, behind its text: flags, code, groups and their names."""
    with patch.object(_sre, "compile", lambda *arguments: arguments):
        _, all_flags, code, *groups = compiler.compile(pattern, flags)
    return (all_flags, array("I", code).tobytes(), *groups)
