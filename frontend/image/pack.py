"""Write modules as one file, which `packed.py` reads."""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import CodeType

_LENGTH = 4  # bytes of the length of the index, little-endian


def pack(groups: Iterable[Mapping[Path, CodeType]]) -> bytes:
    """Return the modules as one file: the length of its index, the index, and the code of each group of modules.

    Args:
        groups: The code of modules that are read together, by their paths, such as `kairosfile/llb/__init__.py`. A
            text that several modules of a group contain is written once. The last module imports all others, in this
            order.
    """
    index: dict[str, tuple[bool, int, int, tuple[str, ...]]] = {}
    content = bytearray()
    for group in groups:
        code = {module_name(path): code for path, code in group.items()}
        data = marshal.dumps(code)
        *others, last = code
        for name, path in zip(code, group, strict=True):
            before = tuple(others) if name == last else ()
            index[name] = (path.name == "__init__.py", len(content), len(data), before)
        content += data
    head = marshal.dumps(index)
    return len(head).to_bytes(_LENGTH, "little") + head + content


def module_name(path: Path) -> str:
    """Return the name of the module at a path."""
    return ".".join((path.parent if path.name == "__init__.py" else path.with_suffix("")).parts)
