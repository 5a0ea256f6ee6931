"""Apply the edits of diagnostics, as an editor does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kairosfile.language.diagnostics import Fix
    from kairosfile.language.nodes import Position


def applied(text: str, fix: Fix) -> str:
    """Return a text after an edit."""
    return text[: _offset(text, fix.range.start)] + fix.text + text[_offset(text, fix.range.end) :]


def _offset(text: str, place: Position) -> int:
    lines = text.split("\n")
    before = sum(len(line) + 1 for line in lines[: place.line - 1])
    return min(len(text), before + place.column - 1)
