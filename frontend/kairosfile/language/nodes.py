"""The tree of a Kairosfile: values with their ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kairosfile.language.source import Position, Range

if TYPE_CHECKING:
    from collections.abc import Iterable

Value = str | bool | None | list["Node"] | dict[str, "Node"]
Plain = str | bool | None | list["Plain"] | dict[str, "Plain"]
Path = tuple[str | int, ...]

# Plain scalars that are not text, in YAML 1.2's spelling: `no` and `on` are text.
CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}


class Node:
    """A value with its range; inside a mapping also with the range of its key.

    `origin` names the source of a value that does not come from the file: `--build-arg VERSION`. `quoted` marks a
    quoted or block scalar, which is always text.
    """

    __slots__ = ("key", "quoted", "range", "set_by", "value")

    def __init__(
        self,
        value: Value,
        range: Range,  # noqa: A002 - a name of the field
        key: Range | None = None,
        set_by: str = "",
        *,
        quoted: bool = False,
    ) -> None:
        self.value = value
        self.range = range
        self.key = key
        self.set_by = set_by
        self.quoted = quoted

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]  # a node can be changed

    def __repr__(self) -> str:
        return f"Node({self.value!r}, {self.range!r})"

    @property
    def fields(self) -> dict[str, Node]:
        """The members of a mapping, by their keys; none for any other value."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The items of a list; none for any other value."""
        return self.value if isinstance(self.value, list) else []

    @property
    def whole(self) -> Range:
        """The range of the key and the value together."""
        return self.key.to(self.range.end) if self.key else self.range

    def part(self, start: int = 0, end: int | None = None) -> Range | None:
        """Return the range of some characters of a text, None if the file does not contain the text literally."""
        first, last = self.range.start, self.range.end
        quote = int(self.quoted)
        if not isinstance(self.value, str) or self.set_by or first.line != last.line:
            return None
        if last.column - first.column != len(self.value) + 2 * quote:
            return None
        begin = first.column + quote
        stop = len(self.value) if end is None else end
        return Range(Position(first.line, begin + start), Position(first.line, begin + stop), self.range.source)

    def plain(self) -> Plain:
        """Return the value as plain data: text, bool, None, lists and dicts."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, part: str | int) -> Node | None:
        """Return the member or item of this name or index, None if it does not exist."""
        if isinstance(part, str):
            return self.fields.get(part)
        return self.items[part] if 0 <= part < len(self.items) else None

    def find(self, path: Path) -> Node:
        """Return the node at a path, or its nearest ancestor that exists."""
        node = self
        for part in path:
            node = node.child(part) or node
        return node

    def size(self) -> int:
        """Return the number of values of the subtree, with aliases expanded."""
        children: Iterable[Node] = self.fields.values() or self.items
        return 1 + sum(child.size() for child in children)


def replace(node: Node, **changes: Any) -> Node:  # noqa: ANN401 - the values of any fields
    """Return a copy of a node with other values in some of its fields."""
    return Node(**{**{name: getattr(node, name) for name in Node.__slots__}, **changes})
