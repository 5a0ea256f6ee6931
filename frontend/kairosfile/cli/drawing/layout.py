"""Where things stand in a picture: sources in a column at the left, the steps below each other, gates at their right.

What is made of the image, artifacts, stands below it. Lengths are in the pixels of an SVG. This is no layout of graphs
in general: a plan is a spine (`plan.graph`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.plan.graph import Graph, Node

MARGIN, HEAD, LEGEND = 28, 64, 46
WIDTH, SIDE_WIDTH, HEIGHT = 372, 300, 58
ROW = 90  # from one top to the next
CHANNEL = 124  # between columns, where edges go down and say what they carry


@dataclass(frozen=True, slots=True)
class Box:
    """A node in its place."""

    node: Node
    x: float
    y: float
    width: float
    height: float = HEIGHT

    @property
    def middle(self) -> float:
        """The height at which edges arrive at its side."""
        return self.y + self.height / 2

    @property
    def centre(self) -> float:
        """The place at which edges arrive from above."""
        return self.x + self.width / 2

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Where it ends below."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Layout:
    """All boxes by the ids of their nodes, and the size of the whole."""

    boxes: dict[str, Box]
    width: float
    height: float


def lay_out(graph: Graph) -> Layout:
    """Return the place of every node."""
    nodes = {node.id: node for node in graph.nodes}
    spine = [name for name in _spine(graph) if nodes[name].kind != "result"]
    sources = [node for node in graph.nodes if node.kind in {"image", "context"} and node.id not in spine]
    gates = [node for node in graph.nodes if node.kind == "gate"]
    left = MARGIN + (SIDE_WIDTH + CHANNEL if sources else 0)
    last = len(spine) - 1
    below = [node.id for node in graph.nodes if node.kind in {"step", "result"} and node.id not in spine]
    rows = {name: row for row, name in enumerate(spine)}
    lower = {name: row for row, name in enumerate(below, last + max(1, len(gates)))}
    boxes = {name: _box(nodes[name], left, row, WIDTH) for name, row in rows.items()}
    boxes |= {it.id: _box(it, left + WIDTH + CHANNEL, last + row, SIDE_WIDTH) for row, it in enumerate(gates)}
    boxes |= {it.id: _box(it, MARGIN, row, SIDE_WIDTH) for it, row in _beside(graph, sources, rows | lower, last)}
    boxes |= {name: _box(nodes[name], left, row, WIDTH) for name, row in lower.items()}
    width = max(box.right for box in boxes.values()) + MARGIN
    return Layout(boxes, width, max(box.bottom for box in boxes.values()) + LEGEND + MARGIN)


def _spine(graph: Graph) -> list[str]:
    """Return the longest way by whole roots, the base first; without gates, which end where they are."""
    before = {edge.end: edge.start for edge in graph.edges if edge.use == "root"}

    def way(end: str) -> list[str]:
        found = [end]
        while found[-1] in before:
            found.append(before[found[-1]])
        return found[::-1]

    return max((way(node.id) for node in graph.nodes if node.kind != "gate"), key=len)


def _beside(graph: Graph, sources: list[Node], rows: dict[str, int], last: int) -> Iterator[tuple[Node, int]]:
    """Yield the row of each source: beside the first step that takes from it, or below another source."""
    taken = -1

    def first(source: Node) -> int:
        return min((rows.get(edge.end, last) for edge in graph.edges if edge.start == source.id), default=last)

    for source in sorted(sources, key=first):
        taken = max(taken + 1, first(source))
        yield source, taken


def _box(node: Node, x: float, row: int, width: float) -> Box:
    return Box(node, x, MARGIN + HEAD + row * ROW, width)
