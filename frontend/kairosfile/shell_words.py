"""Words of a command, quoted for a shell: `shlex.join` without its import.

`shlex` imports `re`, `collections` and `os`, which together take as long as a third of a plain build; every file that
installs packages would wait for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.patterns import ASCII, compile_later

if TYPE_CHECKING:
    from collections.abc import Iterable

_SAFE = compile_later(r"[\w@%+=:,./-]+", ASCII)


def quoted(word: str) -> str:
    """Return a word as a shell reads it."""
    return word if _SAFE.fullmatch(word) else "'" + word.replace("'", "'\"'\"'") + "'"


def joined(words: Iterable[str]) -> str:
    """Return words as a command for a shell."""
    return " ".join(map(quoted, words))
