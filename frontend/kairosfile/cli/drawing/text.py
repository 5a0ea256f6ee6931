"""A graph in the language of Graphviz.

A graph in Mermaid's language, which GitHub and GitLab draw where it stands in a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.cli.drawing.layout import FAINT, KINDS, STATES, TEXT, Colours, colours, marks

if TYPE_CHECKING:
    from kairosfile.plan.graph import Edge, Graph, Node


DOT_SHAPES = {"image": "cylinder", "context": "folder", "step": "box", "gate": "hexagon", "result": "box"}
LINES = {"root": "penwidth=2", "files": "style=dashed", "gate": "penwidth=1"}


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
    found = colours(node)
    words = "\n".join(filter(None, [node.title, node.detail, *(word for word, _ in marks(node))]))
    style = {"gate": "filled,dashed", "step": "filled,rounded", "result": "filled,rounded"}.get(node.kind, "filled")
    font = ', fontcolor="#ffffff"' if node.kind == "result" else ""
    shape = f'shape={DOT_SHAPES[node.kind]}, style="{style}", fillcolor="{found.fill}", color="{found.line}"{font}'
    return f"label={_dot_quoted(words)}, {shape}"


def _dot_quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


MERMAID_SHAPES = {
    "image": ("[(", ")]"),
    "context": ("[/", "/]"),
    "step": ("[", "]"),
    "gate": ("{{", "}}"),
    "result": ("([", "])"),
}
ESCAPES = {ord("#"): "#35;", ord("&"): "#amp;", ord("<"): "#lt;", ord(">"): "#gt;", ord('"'): "#quot;"}
ARROWS = {"root": "==>", "files": "-.->", "gate": "-->"}


def draw_mermaid(graph: Graph) -> str:
    """Return the source of a flowchart."""
    numbers = {node.id: f"n{number}" for number, node in enumerate(graph.nodes)}
    classes = {**KINDS, **{node.state: STATES[node.state] for node in graph.nodes if node.state}}
    lines = ["---", f"title: {_mermaid_quoted(graph.title)}", "---", "flowchart TD"]
    lines += [f"    {numbers[node.id]}{_box(node)}:::{node.state or node.kind}" for node in graph.nodes]
    lines += [f"    {numbers[edge.start]} {_arrow(edge)} {numbers[edge.end]}" for edge in graph.edges]
    lines += [f"    classDef {name} {_class(name, found)}" for name, found in classes.items()]
    return "\n".join(lines) + "\n"


def _box(node: Node) -> str:
    before, after = MERMAID_SHAPES[node.kind]
    words = [f"<b>{_escaped(node.title)}</b>", _escaped(node.detail), *(f"<i>{word}</i>" for word, _ in marks(node))]
    return f'{before}"{"<br/>".join(filter(None, words))}"{after}'


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
