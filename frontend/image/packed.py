"""The package `kairosfile` of the frontend image: its modules are one file, and each is found by its name alone.

A build imports a hundred of them, and some of the standard library, which the file contains too. As separate files each
is looked for in a folder, opened, checked and read, which takes a tenth of the processor time of a build. Modules that
are always imported together are read together, because they share most of their names, and run in the order of their
imports, because an import statement that has to find its module takes as long as ten modules that are put in place.
`pack.py` writes the file: the length of an index, the index, which has for each module whether it is a package, where
its group begins, how long that is, and the modules that run before it, and the code of each group.
"""

from __future__ import annotations

import marshal
import sys
from _frozen_importlib import ModuleSpec  # `importlib.machinery` names it, and takes 0.4 % of a plain build
from posix import pread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType, ModuleType

    Entry = tuple[bool, int, int, tuple[str, ...]]

# Unbuffered: the code of each group is read at once. It is open for as long as the process lives.
_FILE = open(__file__.removesuffix("__init__.pyc") + "modules", "rb", buffering=0)  # noqa: PTH123, SIM115
_LENGTH = 4
_START = _LENGTH + int.from_bytes(_FILE.read(_LENGTH), "little")
_INDEX: dict[str, Entry] = marshal.loads(_FILE.read(_START - _LENGTH))  # noqa: S302 - our own file
_read: dict[str, CodeType] = {}  # the modules of groups that have been read, until they are imported
_new: set[str] = set()  # the modules that are in place and have not run


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
        """Run the code of a module in its namespace, after that of the modules that it imports."""
        for name in _INDEX[module.__name__][-1]:
            _run(name)
        exec(_code(module.__name__), module.__dict__)  # noqa: S102


def _run(name: str) -> None:
    """Import a module whose imports have run."""
    module = _in_place(name)
    if name in _new:
        _new.remove(name)
        exec(_code(name), module.__dict__)  # noqa: S102


def _in_place(name: str) -> ModuleType:
    """Return a module, which has not run if nothing imported it before; it is put in place with its package."""
    module = sys.modules.get(name)
    if module is None:
        module = sys.modules[name] = type(sys)(name)
        module.__spec__ = spec = ModuleSpec(name, PackedModules, origin=name, is_package=_INDEX[name][0])  # type: ignore[arg-type]
        module.__loader__, module.__package__ = spec.loader, spec.parent
        if spec.submodule_search_locations is not None:
            module.__path__ = spec.submodule_search_locations
        package, _, attribute = name.rpartition(".")
        if package:
            setattr(_package_of(name, package), attribute, module)
        _new.add(name)
    return module


def _package_of(name: str, package: str) -> ModuleType:
    """Return the package of a module: in place if the same group runs it, else imported."""
    if package not in sys.modules and _INDEX[package][1] != _INDEX[name][1]:
        __import__(package)
    return _in_place(package)


def _code(name: str) -> CodeType:
    if name not in _read:
        _, offset, size, _ = _INDEX[name]
        _read.update(marshal.loads(pread(_FILE.fileno(), size, _START + offset)))  # noqa: S302
    return _read.pop(name)


sys.meta_path.insert(0, PackedModules)
exec(_code(__name__))  # noqa: S102
