"""Drawings of a build graph: its layout, and the look of its nodes in every format (`formats`).

Light surfaces with dark text and a panel behind them are readable on a light and on a dark page. A colour is never the
only sign: images have another shape, checks a dashed border, and cached or executed steps are labelled.

Sources are in a column at the left, the steps below each other, checks at their right, artifacts below the image.
Arrows keep to the channels between the columns and the gaps between the rows. Lengths are in the pixels of an SVG. The
layout is for plans only, not for graphs in general: a plan is a spine (`plan.graph`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.plan.graph import Edge, Graph, Node

TEXT, FAINT = "#1f2328", "#59636e"

MARGIN, HEAD, LEGEND = 28, 64, 46
WIDTH, SIDE_WIDTH, HEIGHT = 372, 300, 58
ROW = 90  # from one top to the next
CHANNEL = 124  # between columns, where edges go down and say what they carry

GAP = ROW - HEIGHT
FIRST_LANE = 22
FIRST_AROUND = 14  # from a box to the first arrow that goes around others
LANE = 12  # between two sources whose arrows go down the same channel
ROUND = 7


@dataclass(frozen=True, slots=True)
class Colours:
    """Surface and line."""

    fill: str
    line: str


PANEL = Colours("#ffffff", "#d0d7de")
KINDS = {
    "image": Colours("#f3eefc", "#6f42c1"),
    "context": Colours("#f6f1e7", "#8a6d3b"),
    "step": Colours("#eaf2fd", "#2f6fd0"),
    "gate": Colours("#eef1f4", "#57606a"),
    "result": Colours("#1f3a5f", "#1f3a5f"),
}
STATES = {
    "cached": Colours("#e8f5ec", "#2e8b57"),
    "runs": Colours("#fdebd9", "#c2560a"),
    "new": Colours("#fdebd9", "#c2560a"),
}
NETWORK = Colours("#ffffff", "#0969da")


def colours(node: Node) -> Colours:
    """Return the colours of a node."""
    return STATES.get(node.state) or KINDS[node.kind]


def marks(node: Node) -> list[tuple[str, Colours]]:
    """Return the short words that stand at a node: what becomes of it, and its network."""
    state = [(node.state, STATES[node.state])] if node.state else []
    network = [("network" if node.network == "default" else f"network {node.network}", NETWORK)]
    return [*state, *(network if node.network not in {"", "none"} else [])]


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
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
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
    checks = [node for node in graph.nodes if node.kind == "gate"]
    left_edge = MARGIN + (SIDE_WIDTH + CHANNEL if sources else 0)
    last = len(spine) - 1
    below = [node.id for node in graph.nodes if node.kind in {"step", "result"} and node.id not in spine]
    rows = {name: row for row, name in enumerate(spine)}
    lower = {name: row for row, name in enumerate(below, last + max(1, len(checks)))}
    boxes = {name: _box(nodes[name], left_edge, row, WIDTH) for name, row in rows.items()}
    boxes |= {it.id: _box(it, left_edge + WIDTH + CHANNEL, last + row, SIDE_WIDTH) for row, it in enumerate(checks)}
    boxes |= {it.id: _box(it, MARGIN, row, SIDE_WIDTH) for it, row in _beside(graph, sources, rows | lower, last)}
    boxes |= {name: _box(nodes[name], left_edge, row, WIDTH) for name, row in lower.items()}
    width = max(box.right for box in boxes.values()) + MARGIN
    return Layout(boxes, width, max(box.bottom for box in boxes.values()) + LEGEND + MARGIN)


def _spine(graph: Graph) -> list[str]:
    """Return the longest way by whole roots, the base first; without checks, which end where they are."""
    before = {edge.end: edge.start for edge in graph.edges if edge.use == "root"}

    def way(end: str) -> list[str]:
        path = [end]
        while path[-1] in before:
            path.append(before[path[-1]])
        return path[::-1]

    return max((way(node.id) for node in graph.nodes if node.kind != "gate"), key=len)


def _beside(graph: Graph, sources: list[Node], rows: dict[str, int], last: int) -> Iterator[tuple[Node, int]]:
    """Yield the row of each source: beside the first step that takes from it, or below another source."""
    row = -1

    def first(source: Node) -> int:
        return min((rows.get(edge.end, last) for edge in graph.edges if edge.start == source.id), default=last)

    for source in sorted(sources, key=first):
        row = max(row + 1, first(source))
        yield source, row


def _box(node: Node, x: float, row: int, width: float) -> Box:
    return Box(node, x, MARGIN + HEAD + row * ROW, width)


def draw_edges(root: ET.Element, graph: Graph, layout: Layout) -> None:
    """Draw all arrows, below the boxes."""
    _heads(root)
    sources = [node.id for node in graph.nodes if node.kind in {"image", "context"}]
    around = list(dict.fromkeys(edge.start for edge in graph.edges if _goes_around(layout, edge)))
    for edge in graph.edges:
        start, end = layout.boxes[edge.start], layout.boxes[edge.end]
        if _goes_around(layout, edge):
            _around(root, edge, start, end, FIRST_AROUND + LANE * around.index(edge.start))
        elif start.x == end.x and edge.use == "gate":
            _between_checks(root, start, end)
        elif start.x == end.x:
            _down(root, edge, start, end)
        elif edge.start in sources:
            lane = min(FIRST_LANE + LANE * sources.index(edge.start), CHANNEL - FIRST_LANE)
            _from_source(root, edge, start, end, lane)
        elif end.x > start.x:
            _to_check(root, start, end)
        else:
            _from_check(root, start, end)


def _goes_around(layout: Layout, edge: Edge) -> bool:
    """Return whether an arrow between two boxes of a column would cross others of it."""
    start, end = layout.boxes[edge.start], layout.boxes[edge.end]
    crossed = (box for box in layout.boxes.values() if box.x == start.x == end.x and start.y < box.y < end.y)
    return edge.use != "gate" and any(crossed)


def _around(root: ET.Element, edge: Edge, start: Box, end: Box, lane: float) -> None:
    turn = start.right + lane
    points = [(start.right, start.middle), (turn, start.middle), (turn, end.middle), (end.right, end.middle)]
    _arrow(root, edge, points, KINDS["step"].line)


def _down(root: ET.Element, edge: Edge, start: Box, end: Box) -> None:
    _arrow(root, edge, [(start.centre, start.bottom), (end.centre, end.y)], KINDS["step"].line)


def _from_source(root: ET.Element, edge: Edge, start: Box, end: Box, lane: float) -> None:
    """From the side of a source down the channel, and into the side of a step or, across, onto a check."""
    line = KINDS[start.node.kind].line
    down = start.right + lane
    if end.x - start.right <= CHANNEL + HEIGHT:
        points = [(start.right, start.middle), (down, start.middle), (down, end.middle), (end.x, end.middle)]
        _arrow(root, edge, points, line)
        _label(root, edge.label, end.x - 10, end.middle - 6)
        return
    above = end.y - GAP / 2 - 3
    across = [(down, start.middle), (down, above), (end.centre, above), (end.centre, end.y)]
    _path(root, [(start.right, start.middle), *across], line, "1.4", dashed=True)


def _to_check(root: ET.Element, start: Box, end: Box) -> None:
    turn = start.right + CHANNEL / 2
    points = [(start.right, start.middle), (turn, start.middle), (turn, end.middle), (end.x, end.middle)]
    _path(root, points, KINDS["gate"].line, "1.8")


def _from_check(root: ET.Element, start: Box, end: Box) -> None:
    turn = start.right + 14
    points = [(start.right, start.middle), (turn, start.middle), (turn, end.middle), (end.right, end.middle)]
    if start.bottom + ROW > end.y:
        points = [(start.centre, start.bottom), (start.centre, end.middle), (end.right, end.middle)]
    _path(root, points, KINDS["gate"].line, "1.8")


def _between_checks(root: ET.Element, start: Box, end: Box) -> None:
    """Down at the right of the column, and into the side of what joins the checks."""
    turn = start.right + 14
    points = [(start.right, start.middle), (turn, start.middle), (turn, end.middle), (end.right, end.middle)]
    _path(root, points, KINDS["gate"].line, "1.8")


def _arrow(root: ET.Element, edge: Edge, points: list[tuple[float, float]], line: str) -> None:
    """Draw what carries a whole root thick, and what carries files dashed."""
    is_root = edge.use == "root"
    _path(root, points, line, "2.6" if is_root else "1.4", dashed=not is_root)


def _path(root: ET.Element, points: list[tuple[float, float]], line: str, width: str, *, dashed: bool = False) -> None:
    """Draw a line of straight pieces with round corners, and a head at its end."""
    drawn = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        enter, leave = _towards(corner, before), _towards(corner, after)
        drawn.append(f"L{enter[0]:g} {enter[1]:g} Q{corner[0]:g} {corner[1]:g} {leave[0]:g} {leave[1]:g}")
    drawn.append(f"L{points[-1][0]:g} {points[-1][1]:g}")
    look = {"d": " ".join(drawn), "fill": "none", "stroke": line, "stroke-width": width}
    path = ET.SubElement(root, "path", look | {"marker-end": f"url(#head-{line[1:]})"})
    if dashed:
        path.set("stroke-dasharray", "5 4")


def _towards(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Return the place near `start` on the way to `end`."""
    length = abs(end[0] - start[0]) + abs(end[1] - start[1])
    part = min(ROUND / length, 0.5) if length else 0
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _label(root: ET.Element, text: str, x: float, y: float) -> None:
    fits = 13
    short = text if len(text) <= fits else f"{text[: fits - 3]}..."
    attributes = {"x": f"{x:g}", "y": f"{y:g}", "text-anchor": "end", "font-size": "10", "fill": FAINT}
    ET.SubElement(root, "text", attributes).text = short


def _heads(root: ET.Element) -> None:
    defined = ET.SubElement(root, "defs")
    for line in dict.fromkeys(colours.line for colours in KINDS.values()):
        size = {"markerWidth": "9", "markerHeight": "9", "refX": "8", "refY": "4.5", "markerUnits": "userSpaceOnUse"}
        marker = ET.SubElement(defined, "marker", {"id": f"head-{line[1:]}", "orient": "auto", **size})
        ET.SubElement(marker, "path", {"d": "M0 0 L9 4.5 L0 9 z", "fill": line})
