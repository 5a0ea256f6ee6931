"""A graph in Mermaid's language, which GitHub and GitLab draw where it stands in a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.cli.drawing.style import KINDS, STATES, TEXT, Colours, marks

if TYPE_CHECKING:
    from kairosfile.plan.graph import Edge, Graph, Node

SHAPES = {
    "image": ("[(", ")]"),
    "context": ("[/", "/]"),
    "step": ("[", "]"),
    "gate": ("{{", "}}"),
    "result": ("([", "])"),
}
ESCAPES = {ord("#"): "#35;", ord("&"): "#amp;", ord("<"): "#lt;", ord(">"): "#gt;", ord('"'): "#quot;"}
ARROWS = {"root": "==>", "files": "-.->", "gate": "-->"}


def draw(graph: Graph) -> str:
    """Return the source of a flowchart."""
    numbers = {node.id: f"n{number}" for number, node in enumerate(graph.nodes)}
    classes = {**KINDS, **{node.state: STATES[node.state] for node in graph.nodes if node.state}}
    lines = ["---", f"title: {_quoted(graph.title)}", "---", "flowchart TD"]
    lines += [f"    {numbers[node.id]}{_box(node)}:::{node.state or node.kind}" for node in graph.nodes]
    lines += [f"    {numbers[edge.start]} {_arrow(edge)} {numbers[edge.end]}" for edge in graph.edges]
    lines += [f"    classDef {name} {_class(name, found)}" for name, found in classes.items()]
    return "\n".join(lines) + "\n"


def _box(node: Node) -> str:
    before, after = SHAPES[node.kind]
    words = [f"<b>{_escaped(node.title)}</b>", _escaped(node.detail), *(f"<i>{word}</i>" for word, _ in marks(node))]
    return f'{before}"{"<br/>".join(filter(None, words))}"{after}'


def _arrow(edge: Edge) -> str:
    return f'{ARROWS[edge.use]}|"{_escaped(edge.label)}"|' if edge.label else ARROWS[edge.use]


def _class(name: str, colours: Colours) -> str:
    text = "#ffffff" if name == "result" else TEXT
    dashed = ",stroke-dasharray:5 3" if name == "gate" else ""
    return f"fill:{colours.fill},stroke:{colours.line},color:{text}{dashed}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(text: str) -> str:
    """Return a text in which nothing means anything to Mermaid or to HTML."""
    return text.translate(ESCAPES).replace("\n", " ")
