"""A graph as an SVG, drawn without any other program; also what a PNG is made of.

A graph as a PNG: its SVG, drawn by resvg in twice the size, with the fonts of this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # only written, never read

from kairosfile.cli.drawing.layout import FAINT, MARGIN, PANEL, TEXT, Colours, colours, draw_edges, lay_out, marks

if TYPE_CHECKING:
    from kairosfile.cli.drawing.layout import Box, Layout
    from kairosfile.plan.graph import Graph, Node


SVG = "http://www.w3.org/2000/svg"
FONT = "'DejaVu Sans', Verdana, 'Segoe UI', Helvetica, Arial, sans-serif"
TITLE, LARGE, SMALL, TINY = 17, 13.5, 11.5, 10.5
PAD = 14
LEGEND = "thick arrow: the whole root file system    dashed arrow: files only    dashed box: a gate, adds nothing"


def draw_svg(graph: Graph) -> str:
    """Return the text of an SVG."""
    layout = lay_out(graph)
    size = {"width": _number(layout.width), "height": _number(layout.height)}
    view = f"0 0 {size['width']} {size['height']}"
    root = ET.Element("svg", {"xmlns": SVG, "viewBox": view, **size, "font-family": FONT})
    ET.SubElement(root, "title").text = graph.title
    _rect(root, 0.5, 0.5, size=(layout.width - 1, layout.height - 1), found=PANEL, radius=12)
    _text(root, MARGIN, MARGIN + 18, graph.title, size=TITLE, fill=TEXT, bold=True, width=layout.width - 2 * MARGIN)
    draw_edges(root, graph, layout)
    for box in layout.boxes.values():
        _draw_box(root, box)
    _legend(root, graph, layout)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _draw_box(root: ET.Element, box: Box) -> None:
    group = ET.SubElement(root, "g")
    ET.SubElement(group, "title").text = f"{box.node.title}: {box.node.detail}"
    found = colours(box.node)
    _shape(group, box, found)
    free = box.width - 2 * PAD
    title_free = free - _pills(group, box)
    text, faint = ("#ffffff", "#d0d7de") if box.node.kind == "result" else (TEXT, FAINT)
    x, title, detail = box.x + PAD, box.node.title, _keep_end(box.node, free)
    _text(group, x, box.y + 24, title, size=LARGE, fill=text, bold=True, width=title_free)
    _text(group, x, box.y + 43, detail, size=SMALL, fill=faint, width=free)


def _keep_end(node: Node, width: float) -> str:
    """Return the detail of a node; of an image the end of its name, where it does not fit, because of its tag."""
    fits = int(width / measure("x", SMALL))
    is_long = node.kind == "image" and len(node.detail) > fits
    return f"...{node.detail[3 - fits :]}" if is_long else node.detail


def _shape(group: ET.Element, box: Box, found: Colours) -> None:
    if box.node.kind == "image":  # layers upon each other
        for shift in (8, 4):
            _rect(group, box.x + shift, box.y + shift, size=(box.width - 8, box.height - 8), found=found, radius=3)
        _rect(group, box.x, box.y, size=(box.width - 8, box.height - 8), found=found, radius=3)
    elif box.node.kind == "context":  # a folder
        tab = f"M{box.x} {box.y} h70 l8 8 h{box.width - 78} v{box.height - 8} h-{box.width} z"
        ET.SubElement(group, "path", {"d": tab, "fill": found.fill, "stroke": found.line, "stroke-width": "1.3"})
    else:
        rect = _rect(group, box.x, box.y, size=(box.width, box.height), found=found, radius=8)
        if box.node.kind == "gate":
            rect.set("stroke-dasharray", "6 4")


def _pills(group: ET.Element, box: Box) -> float:
    """Draw the marks of a node from its right end on; return what they take of its width."""
    end = box.right - PAD + 4
    for word, found in reversed(marks(box.node)):
        width = measure(word, TINY, bold=True) + 14
        end -= width
        _rect(group, end, box.y + 11, size=(width, 18), found=Colours("#ffffff", found.line), radius=9)
        _text(group, end + 7, box.y + 23.8, word, size=TINY, fill=found.line, bold=True, width=width)
        end -= 6
    return box.right - PAD + 4 - end


def _legend(root: ET.Element, graph: Graph, layout: Layout) -> None:
    y = layout.height - MARGIN
    network = any(node.network not in {"", "none"} for node in graph.nodes)
    text = LEGEND + ("    network: the step can reach it" if network else "")
    _text(root, MARGIN, y, text, size=TINY, fill=FAINT, width=layout.width - 2 * MARGIN)


def measure(text: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide a text is, rather too much than too little."""
    return len(text) * size * (0.66 if bold else 0.6)


def _text(
    parent: ET.Element, x: float, y: float, text: str, *, size: float, fill: str, width: float, bold: bool = False
) -> None:
    fits = int(width / measure("x", size, bold=bold))
    short = text if len(text) <= fits else f"{text[: max(fits - 3, 1)]}..."
    found = ET.SubElement(parent, "text", {"x": _number(x), "y": _number(y), "font-size": str(size), "fill": fill})
    if bold:
        found.set("font-weight", "bold")
    found.set("xml:space", "preserve")
    found.text = short


def _rect(
    parent: ET.Element, x: float, y: float, *, size: tuple[float, float], found: Colours, radius: float
) -> ET.Element:
    place = {"x": _number(x), "y": _number(y), "width": _number(size[0]), "height": _number(size[1])}
    look = {"rx": _number(radius), "fill": found.fill, "stroke": found.line, "stroke-width": "1.3"}
    return ET.SubElement(parent, "rect", place | look)


def _number(value: float) -> str:
    return f"{value:g}"


ZOOM = 2


def draw_png(graph: Graph) -> bytes:
    """Return the bytes of a PNG."""
    import resvg_py  # noqa: PLC0415 - an SVG needs no other program, and no machine code

    return resvg_py.svg_to_bytes(svg_string=draw_svg(graph), zoom=ZOOM)
