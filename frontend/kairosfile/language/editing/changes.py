"""The edits of each kind of change, as offsets with the new text. `edits_for` reads their result before it is used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kairosfile.language.editing.layout import (
    BLOCK_SCALARS,
    QUOTES,
    Layout,
    block_of,
    can_be_block,
    children,
    collection,
    entry,
    key_text,
    one_line,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kairosfile.language.editing.layout import ValueSpan
    from kairosfile.language.nodes import Node, Path, Plain

    Edits = list[tuple[int, int, str]]

# A collection of texts up to this width replaces a single value on the line of its key.
_FLOW_WIDTH = 80


class Way:
    """The values from the root to a path."""

    def __init__(self, layout: Layout, root: Node, path: Path) -> None:
        self.nodes = [root]
        for part in path:
            child = self.nodes[-1].child(part)
            if child is None:
                break
            self.nodes.append(child)
        self.in_flow = any(layout.span_of(node).style == "flow" for node in self.nodes[:-1])

    @property
    def node(self) -> Node:
        """The last value that exists."""
        return self.nodes[-1]


class Replacement:
    """Replace a value."""

    def __init__(self, layout: Layout, root: Node) -> None:
        self.layout = layout
        self.root = root

    def edits(self, path: Path, value: Plain) -> Edits:
        """Return the edits that put a value at a path, which exists."""
        way = Way(self.layout, self.root, path)
        node, span = way.node, self.layout.span_of(way.node)
        if way.in_flow:
            text = one_line(value, QUOTES.get(span.style, ""), in_flow=True)
            return [self._put(node, span, text)]
        if span.style in BLOCK_SCALARS and isinstance(value, str) and (text := self._block(span, value)):
            return [(span.start, span.end, text)]
        if isinstance(value, dict | list) and value and not self._fits_a_line(span, value):
            return self._lines(way, path, span, value)
        if isinstance(value, str) and span.style in ("empty", "plain", "block") and "\n" in value:
            return self._lines(way, path, span, value)
        text = one_line(value, QUOTES.get(span.style, ""))
        return self._one_line(way, span, "" if value is None and span.style == "block" else text)

    def _put(self, node: Node, span: ValueSpan, text: str) -> tuple[int, int, str]:
        """Return the edit of a value's characters; an empty value gets a space before it."""
        if span.style != "empty":
            return span.start, span.end, text
        offset = max(span.end, self.layout.after_key(node))
        return offset, offset, f" {text}"

    def _fits_a_line(self, span: ValueSpan, value: list[Plain] | dict[str, Plain]) -> bool:
        if span.style == "block":
            return False
        text = one_line(value)
        members = value.values() if isinstance(value, dict) else value
        return (
            len(text) <= _FLOW_WIDTH
            and not any(isinstance(member, dict | list) for member in members)
            and ("\\n" not in text)
        )

    def _block(self, span: ValueSpan, value: str) -> str:
        """Return a text as a block with the style and indentation of an existing one; empty if that is impossible."""
        old = self.layout.text[span.start : span.end]
        header, _, body = old.partition("\n")
        indicator = re.match(r"[|>][+-]?(?=\s|$)", header)
        indent = re.search(r"^ +(?=\S)", body, re.MULTILINE)
        ends = len(value) - len(value.rstrip("\n"))
        if not indicator or not indent or not can_be_block(value):
            return ""
        if span.style == "folded" and re.search(r"\n[ \t\n]", value.rstrip("\n")):
            return ""
        lines = block_of(value.rstrip("\n"), ends, indent[0], header[0])
        if "+" in indicator[0] and ends == 1:
            lines[0] = header[0] + "+"
        return "\n".join([lines[0] + header[indicator.end() :], *lines[1:]])

    def _one_line(self, way: Way, span: ValueSpan, text: str) -> Edits:
        layout, node = self.layout, way.node
        if span.style == "empty":
            return [self._put(node, span, text)]
        head = self._head(way, span)
        if span.style in BLOCK_SCALARS:
            _, mark, comment = layout.text[span.start : layout.line_end(span.start)].partition(" #")
            return [(span.start, span.end, text + mark + comment)]
        if span.style != "block" or layout.line_start(span.start) == layout.line_start(head):
            return [(span.start, span.end, text)]
        lines = (layout.line_end(head), layout.line_end(span.end), "")
        return [(head, head, f" {text}".rstrip(" ")), lines]

    def _head(self, way: Way, span: ValueSpan) -> int:
        """Return the offset after the token before a value: the colon of its key, its dash, or its anchor."""
        if span.has_anchor:
            return span.anchor + len(self.layout.text[span.anchor : span.start].rstrip())
        if way.node.key is not None:
            return self.layout.after_key(way.node)
        if len(way.nodes) > 1:
            return self.layout.dash(way.nodes[-2], way.node) + 1
        return span.start

    def _lines(self, way: Way, path: Path, span: ValueSpan, value: Plain) -> Edits:
        """Return the edits that put a value of several lines below its key, or after its dash."""
        layout, text = self.layout, self.layout.text
        if span.style == "block" and isinstance(value, dict | list):
            indent = " " * layout.column(span.start)
            return [(span.start, span.end, "\n".join(collection(value, indent)).lstrip(" "))]
        if isinstance(value, str) and (span.style == "block" or layout.comment_after(span.end)):
            return self._one_line(way, span, one_line(value))
        indent = " " * self._indent(way, path)
        head = "-" if isinstance(path[-1], int) else "k:"
        first, *others = entry(f"{head} " if head == "-" else head, value, indent)
        start = self._head(way, span)
        same_line = first[len(indent) + len(head) :]
        end = span.end
        if text[end : layout.line_end(end)].strip():
            return [(start, end, same_line), (layout.line_end(end), layout.line_end(end), "\n" + "\n".join(others))]
        return [(start, end, "\n".join([same_line, *others]))]

    def _indent(self, way: Way, path: Path) -> int:
        if isinstance(path[-1], int):
            return self.layout.column(self.layout.dash(way.nodes[-2], way.node))
        key = way.node.key
        return key.start.column - 1 if key else 0


class Removal:
    """Remove a value."""

    def __init__(self, layout: Layout, root: Node) -> None:
        self.layout = layout
        self.root = root

    def edits(self, path: Path) -> Edits:
        """Return the edits that remove the value at a path, and collections that contain only this value."""
        way = Way(self.layout, self.root, path)
        nodes = way.nodes
        while len(nodes) > 2 and len(children(nodes[-2])) == 1:  # noqa: PLR2004 - the root stays
            nodes = nodes[:-1]
        holder, node = nodes[-2], nodes[-1]
        siblings = children(holder)
        index = next(number for number, sibling in enumerate(siblings) if sibling is node)
        if self.layout.span_of(holder).style == "flow":
            return self._from_flow(siblings, index)
        return self._from_block(holder, siblings, index)

    def _from_block(self, holder: Node, siblings: Sequence[Node], index: int) -> Edits:
        layout, text = self.layout, self.layout.text
        start = first_of(layout, holder, siblings[index])
        end = layout.span_of(siblings[index]).end
        if layout.is_first(start):
            return [lines(layout, layout.line_start(start), end)]
        if index + 1 == len(siblings):
            return [(start, end, "")]
        following = first_of(layout, holder, siblings[index + 1])
        if "#" in text[layout.line_end(end) : following]:
            return [(len(text[:start].rstrip(" ")), layout.line_end(end), "")]
        return [(start, following, "")]

    def _from_flow(self, siblings: Sequence[Node], index: int) -> Edits:
        text = self.layout.text
        start, end = self._flow_extent(siblings[index])
        if index + 1 < len(siblings):
            following = self._flow_extent(siblings[index + 1])[0]
            gap = text[end:following]
            if "#" not in gap:
                return [(start, following, "")]
            comma = re.match(r"\s*,", gap)
            return [(start, end + (comma.end() if comma else 0), "")]
        if index:
            before = self._flow_extent(siblings[index - 1])[1]
            gap = text[before:start]
            if "#" not in gap:
                return [(before, end, "")]
        return [(start, end, "")]

    def _flow_extent(self, node: Node) -> tuple[int, int]:
        span = self.layout.span_of(node)
        start = self.layout.offset(node.key.start) if node.key else span.anchor
        return start, max(span.end, self.layout.after_key(node))


def lines(layout: Layout, start: int, end: int) -> tuple[int, int, str]:
    """Return the edit that removes whole lines, from the start of one up to the end of the one of `end`."""
    last = layout.line_end(end)
    return (start - 1, last, "") if start else (0, min(last + 1, len(layout.text)), "")


def first_of(layout: Layout, holder: Node, node: Node) -> int:
    """Return the start offset of a member or an item of a block: that of its key or its dash."""
    return layout.offset(node.key.start) if node.key else layout.dash(holder, node)


def insertion(layout: Layout, root: Node, path: Path, value: Plain, order: Callable[[Path], Sequence[str]]) -> Edits:
    """Return the edits that insert a value at a path; missing or empty parts of the path are created."""
    depth = len(Way(layout, root, path).nodes) - 1
    while depth and depth < len(path) and Way(layout, root, path[:depth]).node.value is None:
        depth -= 1
    depth = min(depth, len(path) - 1)
    for part in reversed(path[depth + 1 :]):
        value = {part: value} if isinstance(part, str) else [value]
    holder, name = Way(layout, root, path[:depth]), path[depth]
    if depth < len(path) - 1 and holder.node.child(name) is not None:
        return Replacement(layout, root).edits(path[: depth + 1], value)
    if holder.node.value is None:
        return _into_nothing(layout, str(name), value)
    if not children(holder.node) or layout.span_of(holder.node).style == "flow":
        return _into_flow(layout, holder.node, name, value, order(path[:depth]))
    if isinstance(name, int):
        return _item(layout, holder.node, name, value)
    return _member(layout, holder.node, name, value, order(path[:depth]))


def _into_nothing(layout: Layout, name: str, value: Plain) -> Edits:
    added = "\n".join(entry(f"{key_text(name)}:", value, ""))
    end = len(layout.text)
    is_whole = not layout.text or layout.text.endswith("\n")
    return [(end, end, f"{added}\n" if is_whole else f"\n{added}")]


def _into_flow(layout: Layout, holder: Node, name: str | int, value: Plain, order: Sequence[str]) -> Edits:
    text = one_line(value, in_flow=True)
    if isinstance(name, str):
        text = f"{key_text(name, in_flow=True)}: {text}"
    siblings = children(holder)
    before = name if isinstance(name, int) else _after(list(holder.fields), name, order)
    if before:
        last = siblings[before - 1]
        offset = max(layout.span_of(last).end, layout.after_key(last))
        return [(offset, offset, f", {text}")]
    offset = layout.span_of(holder).start + 1
    return [(offset, offset, f"{text}, " if siblings else text)]


def _after(names: Sequence[str], name: str, order: Sequence[str]) -> int:
    """Return the index of a new member: after its nearest predecessor in the order."""
    if name not in order:
        return len(names)
    earlier = set(order[: order.index(name)])
    known = [number + 1 for number, other in enumerate(names) if other in earlier]
    return max(known, default=0 if set(names) & set(order) else len(names))


def _member(layout: Layout, holder: Node, name: str, value: Plain, order: Sequence[str]) -> Edits:
    names = list(holder.fields)
    first = holder.fields[names[0]]
    start = first_of(layout, holder, first)
    added = entry(f"{key_text(name)}:", value, " " * layout.column(start))
    before = _after(names, name, order)
    if before == 0 and layout.is_first(start):
        return [_above(layout, start, added)]
    return [_below(layout, layout.span_of(holder.fields[names[max(0, before - 1)]]).end, added)]


def _item(layout: Layout, holder: Node, index: int, value: Plain) -> Edits:
    start = layout.dash(holder, holder.items[0])
    spacing = _spacing(layout, start)
    added = entry(f"-{spacing}", value, " " * layout.column(start))
    if index:
        return [_below(layout, layout.span_of(holder.items[index - 1]).end, added)]
    if layout.is_first(start):
        return [_above(layout, start, added)]
    return [(start, start, "\n".join([*added, " " * layout.column(start)]).lstrip(" "))]


def _spacing(layout: Layout, dash: int) -> str:
    dash_match = re.compile(r"-( +)(?=[^\s#])").match(layout.text, dash)
    return dash_match[1] if dash_match else " "


def _below(layout: Layout, end: int, added: Sequence[str]) -> tuple[int, int, str]:
    offset = layout.line_end(end)
    return offset, offset, "\n" + "\n".join(added)


def _above(layout: Layout, start: int, added: Sequence[str]) -> tuple[int, int, str]:
    """Return the edit that inserts lines above a line and its comments."""
    offset = layout.with_comments_above(start)
    return (offset - 1, offset - 1, "\n" + "\n".join(added)) if offset else (0, 0, "\n".join(added) + "\n")


def moving(layout: Layout, root: Node, path: Path, to: int) -> Edits:
    """Return the edits that move an item of a list."""
    holder = Way(layout, root, path[:-1]).node
    index = int(path[-1])
    if layout.span_of(holder).style == "flow":
        return _moving_in_flow(layout, root, path, to)
    start = layout.with_comments_above(layout.dash(holder, holder.items[index]))
    end = layout.line_end(layout.span_of(holder.items[index]).end)
    moved = layout.text[start:end].split("\n")
    if to:
        beside = holder.items[to if to > index else to - 1]
        added = _below(layout, layout.span_of(beside).end, moved)
    else:
        added = _above(layout, layout.dash(holder, holder.items[0]), moved)
    return [lines(layout, start, end), added]


def _moving_in_flow(layout: Layout, root: Node, path: Path, to: int) -> Edits:
    holder, index = Way(layout, root, path[:-1]).node, int(path[-1])
    span = layout.span_of(holder.items[index])
    text = layout.text[span.anchor : span.end]
    if to:
        offset = layout.span_of(holder.items[to if to > index else to - 1]).end
        added = (offset, offset, f", {text}")
    else:
        offset = layout.span_of(holder.items[0]).anchor
        added = (offset, offset, f"{text}, ")
    return [*Removal(layout, root).edits(path), added]
