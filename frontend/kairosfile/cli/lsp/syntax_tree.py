"""An incomplete Kairosfile, parsed by tree-sitter's YAML grammar: its keys and items with their ranges.

The grammar tolerates errors, so that the rest of a file keeps its ranges. Values stay text.

`cursor_at` finds the context of a position: it completes the line in each possible way, and uses the first one that
the grammar accepts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import tree_sitter_yaml
from tree_sitter import Language, Parser

from kairosfile.language.nodes import Position, Range

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

    from kairosfile.language.nodes import Path

_QUOTES = "\"'"
_PAIRS = frozenset({"block_mapping_pair", "flow_pair"})
_MAPPINGS = frozenset({"block_mapping", "flow_mapping"})
_LISTS = frozenset({"block_sequence", "flow_sequence"})
_COLLECTIONS = _MAPPINGS | _LISTS
_OPEN = {"[": "]", "{": "}"}
# Stands for what is being typed; no text has it.
_MARK = "\ue000"
# The grammar's time grows faster than the depth of nesting, and no text has this many brackets while it is typed.
_MAX_BRACKETS = 32

Kind = Literal["block", "key", "member", "value", "arg", "rule", "nothing"]

_ARG = re.compile(r"(?<!\$)(?:\$\$)*\$\{(\w*)$")
_RULE = re.compile(r"#[ \t]*kairosfile:[ \t]*ignore\b[^#]*?([\w-]*)$")
_COMMENT_START = re.compile(r"(?:^|\s)#")


@lru_cache(maxsize=1)
def _parser() -> Parser:
    return Parser(Language(tree_sitter_yaml.language()))


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value, or an item of a list.

    `path` is that of the value. `key` is None for an item. `value` is empty without a value and for a
    collection; `text` is the value without quotes.
    """

    path: Path
    key: Range | None
    value: Range
    text: str = ""

    @property
    def whole(self) -> Range:
        """The key and the value together."""
        return self.key.to(self.value.end) if self.key else self.value


class Outline:
    """The entries of a text in its order."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = [line.encode(errors="surrogatepass") for line in lines]
        self.entries: list[Entry] = []
        tree = _parser().parse(b"\n".join(self._lines))
        self._walk(tree.root_node)

    def keys(self, path: Path) -> list[str]:
        """Return the keys of the mapping at a path, in their order."""
        keys = [entry.path[-1] for entry in self.entries if entry.path[:-1] == path and entry.path]
        return [key for key in keys if isinstance(key, str)]

    def find(self, path: Path) -> Entry | None:
        """Return the entry at a path."""
        return next((entry for entry in self.entries if entry.path == path), None)

    def text(self, *path: str | int) -> str:
        """Return the value at a path, empty without one."""
        entry = self.find(path)
        return entry.text if entry else ""

    def items(self, path: Path) -> list[str]:
        """Return the values of the items of the list at a path."""
        return [entry.text for entry in self.entries if entry.path[:-1] == path and isinstance(entry.path[-1], int)]

    def at(self, position: Position) -> Entry | None:
        """Return the innermost entry whose key or value contains a position."""
        holding = [entry for entry in self.entries if entry.whole.start <= position <= entry.whole.end]
        return holding[-1] if holding else None

    def _walk(self, root: Node) -> None:
        """Collect the entries, with a separate stack: nesting has no bound."""
        waiting: list[tuple[Node, Path]] = [(root, ())]
        while waiting:
            node, path = waiting.pop()
            waiting += reversed([*self._below(node, path)])

    def _below(self, node: Node, path: Path) -> Iterator[tuple[Node, Path]]:
        if node.type in _PAIRS:
            key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
            inner = (*path, _bare(_text(key)))
            self._add(inner, key, value or node.children[-1])
            yield from [(value, inner)] if value else ()
        elif node.type in _LISTS:
            items = [child for child in node.named_children if child.type != "comment"]
            for index, item in enumerate(items):
                inner = (*path, index)
                value = item.named_children[-1] if item.type == "block_sequence_item" and item.named_children else item
                self._add(inner, None, value)
                if value.type in _PAIRS or value.type != "block_sequence_item":
                    yield value, inner
        else:
            yield from ((child, path) for child in node.named_children)
            if node.type == "flow_mapping":
                for child in node.named_children:
                    if child.type == "flow_node":  # a key without a colon
                        self._add((*path, _bare(_text(child))), child, child)

    def _add(self, path: Path, key: Node | None, value: Node) -> None:
        """Add the entry of a value; a collection, a text block and a text of several lines count as no value."""
        range_ = self._range(value)
        text = _text(value)
        is_plain = value.type == "flow_node" and not _collection(value) and "\n" not in text and value is not key
        if not is_plain:
            end = self._range(key).end if key is not None and value is key else range_.start
            text, range_ = "", Range(end, end)
            if value.type == ":" and key is not None:
                end = self._range(value).end
                range_ = Range(end, end)
        self.entries.append(Entry(path, self._range(key) if key is not None else None, range_, _bare(text)))

    def _range(self, node: Node) -> Range:
        return Range(self._position(*node.start_point), self._position(*node.end_point))

    def _position(self, row: int, column: int) -> Position:
        """Return a position of tree-sitter, which counts bytes, in characters."""
        line = self._lines[row] if row < len(self._lines) else b""
        return Position(row + 1, len(line[:column].decode(errors="replace")) + 1)


def _text(node: Node | None) -> str:
    return node.text.decode(errors="replace") if node is not None and node.text is not None else ""


def _bare(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES
    return text[1:-1] if quoted else text


def _collection(node: Node) -> bool:
    return any(child.type in _COLLECTIONS for child in node.children)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text as editors count them."""
    return text.replace("\r\n", "\n").split("\n")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in an incomplete text; `typed` is the text before it, from `start` on.

    block   a separate line: a key of the mapping at `path`, or, with a dash, an item of the list there
    key     in braces: a key of the mapping at `path`
    member  behind a dash or in brackets: a key of the mapping at `path`, or the value there itself
    value   behind a colon: the value at `path`
    arg     the name in ${NAME};  rule  the name of a rule in a comment;  nothing  no completion

    `line` is the line that the grammar accepted, for an outline of the whole text.
    """

    kind: Kind
    path: Path
    typed: str
    start: Position
    line: str = ""


def cursor_at(lines: Sequence[str], position: Position) -> Cursor:
    """Return the context of a position; lines and columns count from 1."""
    above, line = lines[: position.line - 1], lines[position.line - 1] if position.line <= len(lines) else ""
    before = line[: position.column - 1]
    if match := _ARG.search(before):
        return _cursor("arg", (), match[1], position)
    if match := _RULE.search(before):
        return _cursor("rule", (), match[1], position)
    if _COMMENT_START.search(before) or before.endswith(":") or before.rstrip(" ").endswith("\t"):
        return _cursor("nothing", (), "", position)
    for text, suffix in _completions(above, before):
        with_dash = text != before + _MARK
        cursor = _find(above, text, suffix, position, with_dash=with_dash)
        if cursor is not None:
            return cursor
    return _cursor("nothing", (), "", position)


def _cursor(kind: Kind, path: Path, typed: str, position: Position, line: str = "") -> Cursor:
    typed = typed.lstrip(_QUOTES)
    return Cursor(kind, path, typed, Position(position.line, position.column - len(typed)), line)


def _completions(above: Sequence[str], before: str) -> Iterator[tuple[str, str]]:
    """Yield the possible completions of a line: as a key, as a value, with a dash; open brackets are closed."""
    body = before.lstrip()
    indent = before[: len(before) - len(body)]
    closing = _closing(above, before)
    if closing is None:
        return
    quote = _open_quote(before)
    if not quote:
        yield before + _MARK, f": {closing}" if closing else ": x"
    yield before + _MARK, quote + closing
    if not body.startswith("-") and not quote and not closing:
        yield f"{indent}- {body}{_MARK}", ": x"


def _open_quote(before: str) -> str:
    """Return the quote that is open at the end of a line's last word, empty without one."""
    word = re.split(r"[\[\]{},:]\s*|(?:^|\s)-\s+", before)[-1].lstrip()
    return word[0] if word[:1] in _QUOTES and word[:1] and word.count(word[0]) == 1 else ""


def _closing(above: Sequence[str], before: str) -> str | None:
    """Return the brackets that close all open ones at the end of a text; None for too many."""
    text = "\n".join([*above, before + _MARK]).encode(errors="surrogatepass")
    signs: list[str] = []
    waiting = [_parser().parse(text).root_node]
    while waiting:
        node = waiting.pop()
        if node.type in _OPEN:
            signs.append(_OPEN[node.type])
        elif node.type in _OPEN.values() and signs and signs[-1] == node.type and not node.is_missing:
            signs.pop()
        waiting += reversed(node.children)
    return "".join(reversed(signs)) if len(signs) <= _MAX_BRACKETS else None


def _find(above: Sequence[str], text: str, suffix: str, position: Position, *, with_dash: bool) -> Cursor | None:
    """Return the context of the mark, None if the grammar does not accept the text."""
    outline_text = "\n".join([*above, text + suffix]).encode(errors="surrogatepass")
    root = _parser().parse(outline_text).root_node
    node = _marked(root, len(outline_text) - len(suffix.encode()) - 1)
    way = _way(node)
    if node is None or _is_misunderstood(root, len(above)) or not _is_aligned(way):
        return None
    word = _text(node)
    if node.type in {"block_scalar", "comment"} or "\n" in word:
        return _cursor("nothing", (), "", position, text + suffix)
    typed = word.partition(_MARK)[0]
    path, kind = _path_to(way)
    if with_dash:
        path, kind = path[:-1], "block"
    return _cursor(kind, path, typed, position, text + suffix)


def _is_misunderstood(root: Node, row: int) -> bool:
    """Return whether the grammar skips or invents something on the last line of a text."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.end_point.row < row or not (node.has_error or node.is_missing):
            continue
        if node.type == "ERROR" or node.is_missing:
            return True
        waiting += node.children
    return False


def _is_aligned(way: Sequence[Node]) -> bool:
    """Return whether each key on the way is in the column of its mapping: the grammar accepts any deeper one."""
    blocks = [(outer, inner) for outer, inner in pairwise(way) if outer.type == "block_mapping"]
    return all(outer.start_point.column == inner.start_point.column for outer, inner in blocks)


def _marked(root: Node, offset: int) -> Node | None:
    """Return the scalar that contains the mark."""
    node = root.descendant_for_byte_range(offset, offset)
    while node is not None and node.type not in {"block_scalar", "comment", "flow_node"}:
        node = node.parent
    return node if _MARK in _text(node) else None


def _way(node: Node | None) -> list[Node]:
    """Return a node and its ancestors, the root first."""
    way: list[Node] = []
    while node is not None:
        way.append(node)
        node = node.parent
    return way[::-1]


def _path_to(way: Sequence[Node]) -> tuple[Path, Kind]:
    """Return the path of the last node and its kind."""
    path: list[str | int] = []
    kind: Kind = "block"
    for outer, inner in pairwise(way):
        if outer.type in _LISTS:
            items = [child for child in outer.named_children if child.type != "comment"]
            path.append(items.index(inner))
            kind = "member"
        elif outer.type in _PAIRS:
            key = outer.child_by_field_name("key")
            if key == inner:
                return tuple(path), _kind_of_key(way, outer)
            path.append(_bare(_text(key)))
            kind = "value"
        elif outer.type == "flow_mapping" and inner is way[-1]:
            return tuple(path), "key"
    return tuple(path), kind


def _kind_of_key(way: Sequence[Node], pair: Node) -> Kind:
    """Return the form of a key: after the dash of its item, in brackets, in braces, or on a separate line."""
    parent = pair.parent
    if parent is not None and parent.type == "flow_sequence":
        return "member"
    if pair.type == "flow_pair":
        return "key"
    item = next((node for node in reversed(way) if node.type == "block_sequence_item"), None)
    return "member" if item is not None and item.start_point.row == pair.start_point.row else "block"
