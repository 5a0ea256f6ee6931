"""What the interpreter contains and modules of the standard library only name, without the import of those modules.

`types`, `importlib` and `hashlib` are written in Python: their imports, and what they import, take 3 % of the
instructions of a plain build.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import sha256 as sha256  # noqa: PLC0414 - others get all of them from here
    from importlib import import_module as import_module  # noqa: PLC0414
    from types import MappingProxyType as MappingProxyType  # noqa: PLC0414
    from types import ModuleType as ModuleType  # noqa: PLC0414
    from types import SimpleNamespace as SimpleNamespace  # noqa: PLC0414
else:
    MappingProxyType = type(type.__dict__)
    ModuleType = type(sys)
    SimpleNamespace = type(sys.implementation)

    def import_module(name: str) -> ModuleType:
        """Import a module by its absolute name and return it."""
        __import__(name)
        return sys.modules[name]

    try:
        from _sha2 import sha256
    except ImportError:  # Python 3.11, and distributions whose Python has no digests but those of OpenSSL
        # No import statement: the image would run it with those of all other modules.
        sha256 = import_module("hashlib").sha256
