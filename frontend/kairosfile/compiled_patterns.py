"""The compiled regular expressions of the product: none, the frontend image has a module of this name with all of them.

`frontend/image/expressions.py` writes that module.
"""

from __future__ import annotations

# By pattern and flags: the other arguments of `_sre.compile`, with the code as bytes of 32-bit words.
COMPILED: dict[tuple[str, int], tuple[int, bytes, int, dict[str, int], tuple[str | None, ...]]] = {}
