"""Write modules as one file, which `packed.py` reads."""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import CodeType

_LENGTH = 4  # bytes of the length of the index, little-endian


def pack(modules: Mapping[Path, CodeType]) -> bytes:
    """Return the modules as one file: the length of its index, the index, and the code of each module.

    Args:
        modules: The code of each module by its path, such as `kairosfile/llb/__init__.py`.
    """
    index: dict[str, tuple[bool, int, int]] = {}
    code = bytearray()
    for path in sorted(modules):
        data = marshal.dumps(modules[path])
        is_package = path.name == "__init__.py"
        name = ".".join((path.parent if is_package else path.with_suffix("")).parts)
        index[name] = (is_package, len(code), len(data))
        code += data
    head = marshal.dumps(index)
    return len(head).to_bytes(_LENGTH, "little") + head + code
