"""Changes of a Kairosfile as the smallest edits of its text: comments, spacing and all other values stay as they are.

A change names a value by its path. The edits cover only the range of the value, so a changed value costs one line of a
diff. The new text is parsed before the edits are returned: if it does not contain exactly the requested value, the
change is refused with its reason, and the user has to edit the text by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from kairosfile.language.diagnostics import KairosfileError
from kairosfile.language.editing.changes import Removal, Replacement, Way, insertion, moving
from kairosfile.language.editing.layout import Layout, walk
from kairosfile.language.nodes import Range, Source
from kairosfile.language.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kairosfile.language.nodes import Node, Path, Plain

    # The names that the mapping at a path may have, in the order of the reference.
    Order = Callable[[Path], Sequence[str]]


class Edit(NamedTuple):
    """Replace `range`, which may be empty, by `text`."""

    range: Range
    text: str


@dataclass(frozen=True, slots=True)
class Set:
    """Set the value at a path; a member that does not exist yet is inserted."""

    path: Path
    value: Plain


@dataclass(frozen=True, slots=True)
class Insert:
    """Insert a member into a mapping, or an item into a list before the given index; its length appends."""

    path: Path
    value: Plain


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove the value at a path; collections that become empty are removed with their keys."""

    path: Path


@dataclass(frozen=True, slots=True)
class Move:
    """Move an item of a list to another index of it, with the comments directly above the item."""

    path: Path
    to: int


Change = Set | Insert | Remove | Move


class EditError(Exception):
    """A change that cannot be made in the text: the reason, and the range that the user should edit."""

    def __init__(self, range_: Range, reason: str) -> None:
        super().__init__(reason)
        self.range = range_


def edits_for(source: Source, change: Change, order: Order = lambda _: ()) -> tuple[Edit, ...]:
    """Return the edits that make a change, in the order of the text; none if the value is already set.

    Args:
        source: The text, without a byte order mark and with line feeds, as `language.decode` gives it.
        change: The change.
        order: Order of the members: a new member follows its nearest predecessor that exists, or is the last one.

    Raises:
        KairosfileError: The text is not YAML.
        EditError: The change cannot be made; nothing is known to be wrong with the text.
    """
    root = parse(source)
    expected = _changed(root, change)
    if expected == root.plain():
        return ()
    _refuse_shared(source, root, change)
    layout = Layout(source.text)
    replacements = _edits(layout, root, change, order)
    edits = tuple(sorted(Edit(layout.range(start, end), text) for start, end, text in replacements))
    try:
        is_right = parse(Source("", apply(source.text, edits))).plain() == expected
    except KairosfileError:
        is_right = False
    if not is_right:
        raise EditError(root.find(change.path).whole, "this form cannot be edited automatically; edit the text")
    return edits


def apply(text: str, edits: Sequence[Edit]) -> str:
    """Return the text after the edits, which do not overlap; its byte order mark and its line ends are kept."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix(mark)
    line_end = "\r\n" if "\r\n" in body else "\n"
    layout, done, parts = Layout(body), 0, [mark]
    for edit in sorted(edits):
        start, end = layout.offset(edit.range.start), layout.offset(edit.range.end)
        parts += [body[done:start], edit.text.replace("\n", line_end)]
        done = end
    return "".join([*parts, body[done:]])


def without_overlaps(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return the distinct edits that can be made together: the later one of two that overlap."""
    chosen: list[Edit] = []
    for edit in sorted(set(edits), reverse=True):
        if not chosen or edit.range.end <= chosen[-1].range.start:
            chosen.append(edit)
    return tuple(reversed(chosen))


def _edits(layout: Layout, root: Node, change: Change, order: Order) -> list[tuple[int, int, str]]:
    if isinstance(change, Remove):
        return Removal(layout, root).edits(change.path)
    if isinstance(change, Move):
        return moving(layout, root, change.path, change.to)
    if isinstance(change, Set) and _find(root, change.path) is not None:
        return Replacement(layout, root).edits(change.path, change.value)
    return insertion(layout, root, change.path, change.value, order)


def _find(root: Node, path: Path) -> Node | None:
    node: Node | None = root
    for part in path:
        node = node.child(part) if node else None
    return node


def _refuse_shared(source: Source, root: Node, change: Change) -> None:
    """Raise EditError if the value, or a collection around it, is used in several places by an anchor."""
    layout = Layout(source.text)
    aliases = {layout.own_text(node)[1:]: node for node in walk(root, layout) if layout.is_alias(node)}
    way = Way(layout, root, change.path)
    inner = [] if isinstance(change, Insert) else list(walk(way.node, layout))[1:]
    for node in [*way.nodes, *inner]:
        if layout.is_alias(node) and not any(node is below for below in inner):
            raise EditError(node.range, f"this is the alias {layout.own_text(node)}; edit its anchor")
        if alias := aliases.get(layout.anchor_of(node)):
            raise EditError(
                node.range, f"the alias on line {alias.range.start.line} also uses this value; edit the text"
            )


def _changed(root: Node, change: Change) -> Plain:
    """Return the plain value of the whole text after the change; raises EditError for a path that does not exist."""
    value = root.plain()
    *way, last = change.path or ("",)
    if not change.path:
        raise EditError(root.range, "the path is empty; name the field to change")
    if isinstance(change, Set | Insert) and value is None:
        value = {}
    holder = value
    for depth, part in enumerate(way):
        if isinstance(holder, dict) and isinstance(part, str):
            if isinstance(change, Set | Insert) and holder.get(part) is None:
                holder[part] = [] if isinstance(change.path[depth + 1], int) else {}
            holder = holder.get(part)
        elif isinstance(holder, list) and isinstance(part, int) and 0 <= part <= len(holder):
            if isinstance(change, Set | Insert) and part == len(holder):
                holder.append([] if isinstance(change.path[depth + 1], int) else {})
            holder = holder[part] if part < len(holder) else None
        else:
            raise _no_place(root, change.path)
    if isinstance(holder, dict) and isinstance(last, str):
        _change_member(root, holder, last, change)
    elif isinstance(holder, list) and isinstance(last, int):
        _change_item(root, holder, last, change)
    else:
        raise _no_place(root, change.path)
    return _without_empty(value, tuple(way)) if isinstance(change, Remove) else value


def _no_place(root: Node, path: Path) -> EditError:
    return EditError(root.find(path).whole, f"the file has no {dotted(path)} and cannot take it; edit the text")


def dotted(path: Path) -> str:
    """Return a path as text: `hooks.after_init.0.run`."""
    return ".".join(map(str, path))


def _change_member(root: Node, holder: dict[str, Plain], name: str, change: Change) -> None:
    if isinstance(change, Insert) and name in holder:
        raise EditError(root.find(change.path).whole, f"{dotted(change.path)} already exists")
    if isinstance(change, Set | Insert):
        holder[name] = change.value
    elif isinstance(change, Remove) and name in holder:
        del holder[name]
    else:
        raise _no_place(root, change.path)


def _change_item(root: Node, holder: list[Plain], index: int, change: Change) -> None:
    last = len(holder) if isinstance(change, Insert) else len(holder) - 1
    if not 0 <= index <= last or (isinstance(change, Move) and not 0 <= change.to <= last):
        raise _no_place(root, change.path)
    if isinstance(change, Set):
        holder[index] = change.value
    elif isinstance(change, Insert):
        holder.insert(index, change.value)
    else:
        item = holder.pop(index)
        if isinstance(change, Move):
            holder.insert(change.to, item)


def _without_empty(value: Plain, way: Path) -> Plain:
    """Return a value without the collections on a path that became empty; None if the whole file did."""
    held = value
    holders: list[tuple[Any, str | int]] = []
    for part in way:
        holders.append((held, part))
        held = holders[-1][0][part]
    for holder, part in reversed(holders):
        if not isinstance(holder[part], dict | list) or holder[part]:
            break
        del holder[part]
    return value or None
