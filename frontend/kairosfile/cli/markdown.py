"""Text of others as Markdown, for release notes and the summaries of CI jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.printable import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKUP = "\\`*_[]|#!~"


def escaped(text: str) -> str:
    """Return a text as Markdown that shows it on one line, without markup, links, mentions or HTML."""
    shown = "".join(f"\\{char}" if char in _MARKUP else char for char in one_line(text))
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")


def table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table; what is in its cells is escaped already."""
    lines = [header, ("---",) * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
