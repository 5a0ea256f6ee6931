"""The parts of a file as a tree, for outlines and breadcrumbs; steps go by their names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kairosfile.cli.lsp.fields import VERBS
from kairosfile.cli.lsp.outline import Outline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.spec.nodes import Path
    from kairosfile.spec.source import Position, Range

SHOWN = 40


@dataclass(slots=True)
class Symbol:
    """A part: its name, what it says, where its key is and, from there on, where all of it ends."""

    name: str
    detail: str
    key: Range
    end: Position
    is_item: bool = False
    children: list[Symbol] = field(default_factory=list)


def symbols_of(lines: Sequence[str]) -> list[Symbol]:
    """Return the keys of the top level with all that is below them, but for the items of plain lists."""
    outline = Outline(lines)
    roots: list[Symbol] = []
    made: dict[Path, Symbol] = {}
    for entry in outline.entries:
        for end in range(1, len(entry.path) + 1):
            path = entry.path[:end]
            if path not in made:
                symbol = Symbol(_name(path, outline), "", entry.whole, entry.whole.end, isinstance(path[-1], int))
                made[path] = symbol
                (made[path[:-1]].children if end > 1 else roots).append(symbol)
            made[path].end = max(made[path].end, entry.whole.end)
        own = made[entry.path]
        own.detail = entry.text if len(entry.text) <= SHOWN else f"{entry.text[:SHOWN]}..."
    return roots


def _name(path: Path, outline: Outline) -> str:
    """Return the key, or what an item of a list is known by."""
    if isinstance(path[-1], str):
        return path[-1]
    verb = next((key for key in outline.keys(path) if key in VERBS), "")
    said = outline.text(*path) or outline.text(*path, "name") or outline.text(*path, "type")
    if said and verb:
        return f"{verb}: {said}"
    return said or " ".join(filter(None, (verb, outline.text(*path, verb)))) or f"item {path[-1] + 1}"
