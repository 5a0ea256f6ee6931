"""What is being typed at a place: a key, a value, the name of an arg or of a rule, and where it belongs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from kairosfile.cli.lsp.outline import DASH, KEY, Outline
from kairosfile.spec.source import Position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.cli.lsp.flow import Typing
    from kairosfile.spec.nodes import Path

Kind = Literal["block", "key", "member", "value", "arg", "rule", "nothing"]

_ARG = re.compile(r"(?<!\$)(?:\$\$)*\$\{(\w*)$")
_RULE = re.compile(r"#[ \t]*kairosfile:[ \t]*ignore\b[^#]*?([\w-]*)$")
_COMMENT = re.compile(r"(?:^|\s)#")
_QUOTES = "\"'"


class Cursor(NamedTuple):
    """A place in a text that is being typed; `typed` is what stands before it already, from `start` on.

    block   a line of its own: a key of the mapping at `path`, or, with a dash, an item of the list there
    key     in braces: a key of the mapping at `path`
    member  behind a dash or in brackets: a key of the mapping at `path`, or the value there itself
    value   behind a colon: the value at `path`
    arg     the name in ${NAME};  rule  the name of a rule in a comment;  nothing  what no one can help with
    """

    kind: Kind
    path: Path
    typed: str
    start: Position


def cursor_at(lines: Sequence[str], place: Position) -> Cursor:
    """Return what is being typed at a place; lines and columns count from 1."""
    above, line = lines[: place.line - 1], lines[place.line - 1] if place.line <= len(lines) else ""
    before = line[: place.column - 1]
    if match := _ARG.search(before):
        return _cursor("arg", (), match[1], place)
    if match := _RULE.search(before):
        return _cursor("rule", (), match[1], place)
    outline = Outline(above)
    indent = len(before) - len(before.lstrip())
    if (outline.block is not None and indent > outline.block) or _COMMENT.search(before):
        return _cursor("nothing", (), "", place)
    flow = Outline([*above, before]).flow
    if flow:
        return _in_brackets(flow.typing, before, place)
    return _in_block(outline, before, place, indent)


def _cursor(kind: Kind, path: Path, typed: str, place: Position) -> Cursor:
    return Cursor(kind, path, typed, Position(place.line, place.column - len(typed)))


def _in_brackets(typing: Typing, before: str, place: Position) -> Cursor:
    typed = before[typing.start :] if typing.start is not None else ""
    return _cursor(typing.kind, typing.path, _unquoted(typed), place)


def _in_block(outline: Outline, before: str, place: Position, indent: int) -> Cursor:
    offset = indent
    while match := DASH.match(before, offset):
        outline.dash(offset + 1)
        offset = match.end()
    dashed = offset > indent
    path = outline.open_path() if dashed else _container(outline, indent + 1)
    rest = before[offset:]
    if path is None or rest == "-" or rest.endswith(":"):
        return _cursor("nothing", (), "", place)
    if match := KEY.match(rest):
        return _cursor("value", (*path, match["key"].strip(_QUOTES)), _unquoted(rest[match.end() :]), place)
    return _cursor("member" if dashed else "block", path, _unquoted(rest), place)


def _container(outline: Outline, column: int) -> Path | None:
    """Return the path of the collection that a line without a dash is a part of, None for the rest of a value."""
    outline.open_block(column)
    if not outline.levels:
        return ()
    *others, top = outline.levels
    if top.column < column:
        return top.child if top.empty else None
    below = others[-1] if others else None
    # Dashes may stand in the column of the key that they belong to; a line without one goes on after that key.
    return below.path if below and below.column == column else top.path


def _unquoted(typed: str) -> str:
    return typed.lstrip(_QUOTES)
