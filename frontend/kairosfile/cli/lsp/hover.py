"""Hover texts of fields, args and rules.

Also the symbols of a file as a tree, for outlines and breadcrumbs; steps have their names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.cli.lsp.fields import VERBS, field_of
from kairosfile.cli.lsp.syntax_tree import Outline
from kairosfile.language import rules
from kairosfile.language.interpolation import PLATFORM_ARGS
from kairosfile.language.source import Range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.language.nodes import Path
    from kairosfile.language.source import Position


_ARG = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
_RULE = re.compile(r"\bKF[0-9]{3}\b")


class Explanation(NamedTuple):
    """The text for a range, as Markdown."""

    markdown: str
    place: Range


def explain(lines: Sequence[str], outline: Outline, place: Position) -> Explanation | None:
    """Return the text for a place, None without one."""
    if (arg := arg_at(lines, place)) and (said := _arg(arg[0], outline)):
        return Explanation(said, arg[1])
    if rule := _rule_at(lines, place):
        return rule
    entry = outline.at(place)
    field = field_of(entry.path, outline) if entry else None
    return Explanation(field.markdown, entry.whole) if entry and field else None


def arg_at(lines: Sequence[str], place: Position) -> tuple[str, Range] | None:
    """Return the name after a dollar at a place, with its range."""
    found = _match_at(_ARG, lines, place)
    return (found[1], _range(place.line, found)) if found else None


def _rule_at(lines: Sequence[str], place: Position) -> Explanation | None:
    found = _match_at(_RULE, lines, place)
    rule = rules.find(found[0]) if found else None
    if found is None or rule is None:
        return None
    text = f"**{rule.id} {rule.name}** ({rule.severity})\n\n{rule.summary}\n\n[{rule.url}]({rule.url})"
    return Explanation(text, _range(place.line, found))


def _match_at(pattern: re.Pattern[str], lines: Sequence[str], place: Position) -> re.Match[str] | None:
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    return next((match for match in pattern.finditer(line) if match.start() < place.column <= match.end() + 1), None)


def _range(line: int, match: re.Match[str]) -> Range:
    return Range.of(line, match.start() + 1, match.end() - match.start())


def _arg(name: str, outline: Outline) -> str:
    """Return the text about an arg, empty for a name that may be the shell's."""
    if name in PLATFORM_ARGS:
        return f"**{name}**\n\nSet by the platform that is built."
    entry = outline.find(("args", name))
    if entry is None:
        return ""
    default = f"`{entry.text}`" if entry.text not in {"", "null", "~"} else "none, --build-arg must give it"
    return f"**{name}**\n\nAn arg of this file; `--build-arg {name}=...` sets it.\n\n- Default: {default}"


SHOWN = 40


@dataclass(slots=True)
class Symbol:
    """A symbol: its name, its detail, the range of its key, and the end of its value."""

    name: str
    detail: str
    key: Range
    end: Position
    is_item: bool = False
    children: list[Symbol] = field(default_factory=list)


def symbols_of(lines: Sequence[str]) -> list[Symbol]:
    """Return the keys of the top level with all symbols below them, except items of plain lists."""
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
    """Return the key, or the name of an item of a list."""
    if isinstance(path[-1], str):
        return path[-1]
    verb = next((key for key in outline.keys(path) if key in VERBS), "")
    said = outline.text(*path) or outline.text(*path, "name") or outline.text(*path, "type")
    if said and verb:
        return f"{verb}: {said}"
    return said or " ".join(filter(None, (verb, outline.text(*path, verb)))) or f"item {path[-1] + 1}"
