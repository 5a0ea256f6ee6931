"""The package `kairosfile` of the frontend image: its modules are one file, and each is found by its name alone.

A build imports a hundred of them. As separate files each is looked for in a folder, opened, checked and read, which
takes a tenth of the processor time of a build. `pack.py` writes the file: the length of an index, the index, which has
for each module whether it is a package, where its code begins and how long it is, and the code.
"""

from __future__ import annotations

import marshal
import sys
from importlib.machinery import ModuleSpec
from posix import pread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType, ModuleType

# Unbuffered: the code of each module is read at once. It is open for as long as the process lives.
_FILE = open(__file__.removesuffix("__init__.pyc") + "modules", "rb", buffering=0)  # noqa: PTH123, SIM115
_LENGTH = 4
_START = _LENGTH + int.from_bytes(_FILE.read(_LENGTH), "little")
_INDEX: dict[str, tuple[bool, int, int]] = marshal.loads(_FILE.read(_START - _LENGTH))  # noqa: S302 - our own file


class PackedModules:
    """Finder and loader of the modules."""

    @staticmethod
    def find_spec(name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """Return the spec of a module, None for one that is not packed."""
        entry = _INDEX.get(name)
        return ModuleSpec(name, PackedModules, origin=name, is_package=entry[0]) if entry else None  # type: ignore[arg-type]

    @staticmethod
    def create_module(_spec: ModuleSpec) -> None:
        """Leave it to the interpreter."""

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Run the code of a module in its namespace."""
        exec(_code(module.__name__), module.__dict__)  # noqa: S102


def _code(name: str) -> CodeType:
    _, offset, size = _INDEX[name]
    code: CodeType = marshal.loads(pread(_FILE.fileno(), size, _START + offset))  # noqa: S302
    return code


sys.meta_path.insert(0, PackedModules)
exec(_code(__name__))  # noqa: S102
