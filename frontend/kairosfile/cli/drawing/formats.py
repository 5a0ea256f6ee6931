"""A graph as Graphviz, Mermaid, SVG or PNG.

GitHub and GitLab draw Mermaid in a page. The SVG is drawn without any other program. resvg draws the PNG from it in
twice the size, with the fonts of this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # only written, never read

from kairosfile.cli.drawing import (
    FAINT,
    KINDS,
    MARGIN,
    PANEL,
    STATES,
    TEXT,
    Colours,
    colours,
    draw_edges,
    lay_out,
    marks,
)
from kairosfile.untrusted import one_line

if TYPE_CHECKING:
    from kairosfile.cli.drawing import Box, Layout
    from kairosfile.plan.graph import Edge, Graph, Node


DOT_SHAPES = {"image": "cylinder", "context": "folder", "step": "box", "gate": "hexagon", "result": "box"}
LINES = {"root": "penwidth=2", "files": "style=dashed", "gate": "penwidth=1"}

MERMAID_SHAPES = {
    "image": ("[(", ")]"),
    "context": ("[/", "/]"),
    "step": ("[", "]"),
    "gate": ("{{", "}}"),
    "result": ("([", "])"),
}
ESCAPES = {ord("#"): "#35;", ord("&"): "#amp;", ord("<"): "#lt;", ord(">"): "#gt;", ord('"'): "#quot;"}
ARROWS = {"root": "==>", "files": "-.->", "gate": "-->"}

SVG = "http://www.w3.org/2000/svg"
FONT = "'DejaVu Sans', Verdana, 'Segoe UI', Helvetica, Arial, sans-serif"
TITLE, LARGE, SMALL, TINY = 17, 13.5, 11.5, 10.5
PAD = 14
LEGEND = "thick arrow: the whole root file system    dashed arrow: files only    dashed box: a gate, adds nothing"

ZOOM = 2


def draw_dot(graph: Graph) -> str:
    """Return the source of a digraph."""
    lines = ["digraph kairosfile {", f"  label={_dot_quoted(graph.title)}; labelloc=t; bgcolor=white; rankdir=TB;"]
    lines += [f'  node [fontname="DejaVu Sans", fontsize=11, style=filled, fontcolor="{TEXT}"];']
    lines += [f'  edge [fontname="DejaVu Sans", fontsize=9, color="{FAINT}", fontcolor="{FAINT}"];']
    lines += [f"  {_dot_quoted(node.id)} [{_attributes(node)}];" for node in graph.nodes]
    lines += [
        f"  {_dot_quoted(edge.start)} -> {_dot_quoted(edge.end)} [label={_dot_quoted(edge.label)}, {LINES[edge.use]}];"
        for edge in graph.edges
    ]
    return "\n".join([*lines, "}"]) + "\n"


def _attributes(node: Node) -> str:
    colour = colours(node)
    caption = "\n".join(filter(None, [node.title, node.detail, *(word for word, _ in marks(node))]))
    style = {"gate": "filled,dashed", "step": "filled,rounded", "result": "filled,rounded"}.get(node.kind, "filled")
    font = ', fontcolor="#ffffff"' if node.kind == "result" else ""
    shape = f'shape={DOT_SHAPES[node.kind]}, style="{style}", fillcolor="{colour.fill}", color="{colour.line}"{font}'
    return f"label={_dot_quoted(caption)}, {shape}"


def _dot_quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def draw_mermaid(graph: Graph) -> str:
    """Return the source of a flowchart."""
    numbers = {node.id: f"n{number}" for number, node in enumerate(graph.nodes)}
    classes = {**KINDS, **{node.state: STATES[node.state] for node in graph.nodes if node.state}}
    lines = ["---", f"title: {_mermaid_quoted(graph.title)}", "---", "flowchart TD"]
    lines += [f"    {numbers[node.id]}{_box(node)}:::{node.state or node.kind}" for node in graph.nodes]
    lines += [f"    {numbers[edge.start]} {_arrow(edge)} {numbers[edge.end]}" for edge in graph.edges]
    lines += [f"    classDef {name} {_class(name, colour)}" for name, colour in classes.items()]
    return "\n".join(lines) + "\n"


def _box(node: Node) -> str:
    before, after = MERMAID_SHAPES[node.kind]
    parts = [f"<b>{_escaped(node.title)}</b>", _escaped(node.detail), *(f"<i>{word}</i>" for word, _ in marks(node))]
    return f'{before}"{"<br/>".join(filter(None, parts))}"{after}'


def _arrow(edge: Edge) -> str:
    return f'{ARROWS[edge.use]}|"{_escaped(edge.label)}"|' if edge.label else ARROWS[edge.use]


def _class(name: str, colours: Colours) -> str:
    text = "#ffffff" if name == "result" else TEXT
    dashed = ",stroke-dasharray:5 3" if name == "gate" else ""
    return f"fill:{colours.fill},stroke:{colours.line},color:{text}{dashed}"


def _mermaid_quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(text: str) -> str:
    """Return a text in which nothing means anything to Mermaid or to HTML."""
    return text.translate(ESCAPES).replace("\n", " ")


def draw_svg(graph: Graph) -> str:
    """Return the text of an SVG; the group of each box has the id of its node as `data-node`."""
    layout = lay_out(graph)
    size = {"width": _number(layout.width), "height": _number(layout.height)}
    view = f"0 0 {size['width']} {size['height']}"
    root = ET.Element("svg", {"xmlns": SVG, "viewBox": view, **size, "font-family": FONT})
    ET.SubElement(root, "title").text = graph.title
    _rect(root, 0.5, 0.5, size=(layout.width - 1, layout.height - 1), colour=PANEL, radius=12)
    _text(root, MARGIN, MARGIN + 18, graph.title, size=TITLE, fill=TEXT, bold=True, width=layout.width - 2 * MARGIN)
    draw_edges(root, graph, layout)
    for box in layout.boxes.values():
        _draw_box(root, box)
    _legend(root, graph, layout)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _draw_box(root: ET.Element, box: Box) -> None:
    group = ET.SubElement(root, "g", {"data-node": one_line(box.node.id)})
    ET.SubElement(group, "title").text = f"{box.node.title}: {box.node.detail}"
    colour = colours(box.node)
    _shape(group, box, colour)
    free = box.width - 2 * PAD
    title_free = free - _pills(group, box)
    text, faint = ("#ffffff", "#d0d7de") if box.node.kind == "result" else (TEXT, FAINT)
    x, title, detail = box.x + PAD, box.node.title, _keep_end(box.node, free)
    _text(group, x, box.y + 24, title, size=LARGE, fill=text, bold=True, width=title_free)
    _text(group, x, box.y + 43, detail, size=SMALL, fill=faint, width=free)


def _keep_end(node: Node, width: float) -> str:
    """Return the detail of a node; of an image with a long name its end, which has the tag."""
    fits = int(width / measure("x", SMALL))
    is_long = node.kind == "image" and len(node.detail) > fits
    return f"...{node.detail[3 - fits :]}" if is_long else node.detail


def _shape(group: ET.Element, box: Box, colour: Colours) -> None:
    if box.node.kind == "image":  # layers upon each other
        for shift in (8, 4):
            _rect(group, box.x + shift, box.y + shift, size=(box.width - 8, box.height - 8), colour=colour, radius=3)
        _rect(group, box.x, box.y, size=(box.width - 8, box.height - 8), colour=colour, radius=3)
    elif box.node.kind == "context":  # a folder
        tab = f"M{box.x} {box.y} h70 l8 8 h{box.width - 78} v{box.height - 8} h-{box.width} z"
        ET.SubElement(group, "path", {"d": tab, "fill": colour.fill, "stroke": colour.line, "stroke-width": "1.3"})
    else:
        rect = _rect(group, box.x, box.y, size=(box.width, box.height), colour=colour, radius=8)
        if box.node.kind == "gate":
            rect.set("stroke-dasharray", "6 4")


def _pills(group: ET.Element, box: Box) -> float:
    """Draw the marks of a node from its right end on; return what they take of its width."""
    end = box.right - PAD + 4
    for word, colour in reversed(marks(box.node)):
        width = measure(word, TINY, bold=True) + 14
        end -= width
        _rect(group, end, box.y + 11, size=(width, 18), colour=Colours("#ffffff", colour.line), radius=9)
        _text(group, end + 7, box.y + 23.8, word, size=TINY, fill=colour.line, bold=True, width=width)
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
    element = ET.SubElement(parent, "text", {"x": _number(x), "y": _number(y), "font-size": str(size), "fill": fill})
    if bold:
        element.set("font-weight", "bold")
    element.set("xml:space", "preserve")
    element.text = short


def _rect(
    parent: ET.Element, x: float, y: float, *, size: tuple[float, float], colour: Colours, radius: float
) -> ET.Element:
    attributes = {"x": _number(x), "y": _number(y), "width": _number(size[0]), "height": _number(size[1])}
    look = {"rx": _number(radius), "fill": colour.fill, "stroke": colour.line, "stroke-width": "1.3"}
    return ET.SubElement(parent, "rect", attributes | look)


def _number(value: float) -> str:
    return f"{value:g}"


def draw_png(graph: Graph) -> bytes:
    """Return the bytes of a PNG."""
    import resvg_py  # noqa: PLC0415 - an SVG needs no other program, and no machine code

    return resvg_py.svg_to_bytes(svg_string=draw_svg(graph), zoom=ZOOM)
