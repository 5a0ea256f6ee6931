"""Divide modules into the groups that the frontend reads from disk together."""

from __future__ import annotations

from importlib.util import resolve_name
from modulefinder import ModuleFinder
from typing import TYPE_CHECKING

from pack import module_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import CodeType

PACKAGE = "kairosfile"
# What each build imports before the file is requested, while the daemon opens it, while it reads it, and while it
# resolves the images.
STAGES = ("kairosfile.frontend", "kairosfile.language", "kairosfile.build", "kairosfile.solve")


def divide(modules: Mapping[Path, CodeType]) -> Iterator[dict[Path, CodeType]]:
    """Yield the modules of each stage of a build together, in the order of their imports, then each other one alone.

    Args:
        modules: The code of the modules of the package, and of others, which are omitted if no stage imports them.
    """
    paths = {module_name(path): path for path in modules}
    code = {name: modules[path] for name, path in paths.items()}
    rest = set(paths)
    for stage in STAGES:
        order = [name for name in imported(stage, code) if name in rest]
        yield {paths[name]: code[name] for name in order}
        rest -= set(order)
    for name in sorted(rest):
        if name.partition(".")[0] == PACKAGE:
            yield {paths[name]: code[name]}


def imported(start: str, modules: Mapping[str, CodeType]) -> list[str]:
    """Return the modules that importing one imports, each behind its own imports; those in functions do not count."""
    order: list[str] = []
    entered: set[str] = set()

    def visit(name: str) -> None:
        if name in modules and name not in entered:
            visit(name.rpartition(".")[0])
        if name in modules and name not in entered:  # its package may have imported it
            entered.add(name)
            for other in imports(name, modules):
                visit(other)
            order.append(name)

    visit(start)
    return order


def imports(name: str, modules: Mapping[str, CodeType]) -> Iterator[str]:
    """Yield the names that the import statements of a module may mean as modules."""
    is_package = any(other.startswith(f"{name}.") for other in modules)
    package = name if is_package else name.rpartition(".")[0]
    for kind, statement in ModuleFinder().scan_opcodes(modules[name]):
        if kind == "absolute_import":
            members, target = statement
        elif kind == "relative_import":
            level, members, target = statement
            target = resolve_name("." * level + target, package)
        else:
            continue
        yield target
        yield from (f"{target}.{member}" for member in members or ())
