"""A graph in the language of Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.cli.drawing.style import FAINT, TEXT, colours, marks

if TYPE_CHECKING:
    from kairosfile.plan.graph import Graph, Node

SHAPES = {"image": "cylinder", "context": "folder", "step": "box", "gate": "hexagon", "result": "box"}
LINES = {"root": "penwidth=2", "files": "style=dashed", "gate": "penwidth=1"}


def draw(graph: Graph) -> str:
    """Return the source of a digraph."""
    lines = ["digraph kairosfile {", f"  label={_quoted(graph.title)}; labelloc=t; bgcolor=white; rankdir=TB;"]
    lines += [f'  node [fontname="DejaVu Sans", fontsize=11, style=filled, fontcolor="{TEXT}"];']
    lines += [f'  edge [fontname="DejaVu Sans", fontsize=9, color="{FAINT}", fontcolor="{FAINT}"];']
    lines += [f"  {_quoted(node.id)} [{_attributes(node)}];" for node in graph.nodes]
    lines += [
        f"  {_quoted(edge.start)} -> {_quoted(edge.end)} [label={_quoted(edge.label)}, {LINES[edge.use]}];"
        for edge in graph.edges
    ]
    return "\n".join([*lines, "}"]) + "\n"


def _attributes(node: Node) -> str:
    found = colours(node)
    words = "\n".join(filter(None, [node.title, node.detail, *(word for word, _ in marks(node))]))
    style = {"gate": "filled,dashed", "step": "filled,rounded", "result": "filled,rounded"}.get(node.kind, "filled")
    font = ', fontcolor="#ffffff"' if node.kind == "result" else ""
    shape = f'shape={SHAPES[node.kind]}, style="{style}", fillcolor="{found.fill}", color="{found.line}"{font}'
    return f"label={_quoted(words)}, {shape}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
