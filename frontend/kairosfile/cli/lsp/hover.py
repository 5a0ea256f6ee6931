"""What an editor shows at a position: hover text and definition of fields, args and rules; and the symbols of a file.

Symbols are a tree, for outlines and breadcrumbs; steps have their names. A definition is the file that a value names,
or the declaration of an arg.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kairosfile.cli.lsp.fields import INCLUDES, VERBS, field_of, matches, names_file
from kairosfile.cli.lsp.syntax_tree import Outline, lines_of
from kairosfile.language import rules
from kairosfile.language.includes import MAX_FILES
from kairosfile.language.interpolation import PLATFORM_ARGS
from kairosfile.language.nodes import Range
from kairosfile.untrusted import RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path as FilePath

    from kairosfile.cli.lsp.checks import BufferFiles
    from kairosfile.language.nodes import Path, Position


_ARG = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
_RULE = re.compile(r"\bKF[0-9]{3}\b")

SHOWN = 40

_TOP = Range.of(1, 1, 0)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The text for a range, as Markdown."""

    markdown: str
    range: Range


def explain(lines: Sequence[str], outline: Outline, position: Position) -> Explanation | None:
    """Return the text for a position, None without one."""
    if (arg := arg_at(lines, position)) and (text := _arg(arg[0], outline)):
        return Explanation(text, arg[1])
    if rule := _rule_at(lines, position):
        return rule
    entry = outline.at(position)
    field = field_of(entry.path, outline) if entry else None
    return Explanation(field.markdown, entry.whole) if entry and field else None


def arg_at(lines: Sequence[str], position: Position) -> tuple[str, Range] | None:
    """Return the name after a dollar at a position, with its range."""
    match = _match_at(_ARG, lines, position)
    return (match[1], _range(position.line, match)) if match else None


def _rule_at(lines: Sequence[str], position: Position) -> Explanation | None:
    match = _match_at(_RULE, lines, position)
    rule = rules.find(match[0]) if match else None
    if match is None or rule is None:
        return None
    text = f"**{rule.id} {rule.name}** ({rule.severity})\n\n{rule.summary}\n\n[{rule.url}]({rule.url})"
    return Explanation(text, _range(position.line, match))


def _match_at(pattern: re.Pattern[str], lines: Sequence[str], position: Position) -> re.Match[str] | None:
    line = lines[position.line - 1] if position.line <= len(lines) else ""
    return next((match for match in pattern.finditer(line) if match.start() < position.column <= match.end() + 1), None)


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
    symbols: dict[Path, Symbol] = {}
    for entry in outline.entries:
        for end in range(1, len(entry.path) + 1):
            path = entry.path[:end]
            if path not in symbols:
                symbol = Symbol(_name(path, outline), "", entry.whole, entry.whole.end, isinstance(path[-1], int))
                symbols[path] = symbol
                (symbols[path[:-1]].children if end > 1 else roots).append(symbol)
            symbols[path].end = max(symbols[path].end, entry.whole.end)
        own = symbols[entry.path]
        own.detail = entry.text if len(entry.text) <= SHOWN else f"{entry.text[:SHOWN]}..."
    return roots


def _name(path: Path, outline: Outline) -> str:
    """Return the key, or the name of an item of a list."""
    if isinstance(path[-1], str):
        return path[-1]
    verb = next((key for key in outline.keys(path) if key in VERBS), "")
    text = outline.text(*path) or outline.text(*path, "name") or outline.text(*path, "type")
    if text and verb:
        return f"{verb}: {text}"
    return text or " ".join(filter(None, (verb, outline.text(*path, verb)))) or f"item {path[-1] + 1}"


@dataclass(frozen=True, slots=True)
class Target:
    """A range in the lines of a file; None is the file of the request."""

    file: FilePath | None
    range: Range
    lines: Sequence[str]


def find_definition(lines: Sequence[str], position: Position, files: BufferFiles | None) -> Target | None:
    """Return the definition of the value at a position, None if it is unknown."""
    outline = Outline(lines)
    if arg := arg_at(lines, position):
        return _arg_target(arg[0], lines, files)
    entry = outline.at(position)
    if files is None or entry is None or not names_file(entry.path) or not entry.value.start <= position:
        return None
    return Target(files.locate(entry.text), _TOP, [""]) if _content(files, entry.text) is not None else None


def _arg_target(name: str, lines: Sequence[str], files: BufferFiles | None) -> Target | None:
    """Return the declaration of an arg: in the file, else in an included file."""
    for path, text in ((None, lines), *_included(Outline(lines), files)):
        if entry := Outline(text).find(("args", name)):
            return Target(path, entry.whole, text)
    return None


def _included(outline: Outline, files: BufferFiles | None) -> Iterator[tuple[FilePath, list[str]]]:
    if files is None:
        return
    queue, visited = _names(outline), set[str]()
    while queue and len(visited) < MAX_FILES:
        name = queue.pop(0)
        data = _content(files, name) if name not in visited else None
        visited.add(name)
        if data is not None:
            text = lines_of(data.decode(errors="replace"))
            queue += _names(Outline(text))
            yield files.locate(name), text


def _content(files: BufferFiles, name: str) -> bytes | None:
    try:
        return files.read(name)
    except RefusedFileError:
        return None


def _names(outline: Outline) -> list[str]:
    return [
        entry.text for entry in outline.entries if entry.text and any(matches(entry.path, form) for form in INCLUDES)
    ]
