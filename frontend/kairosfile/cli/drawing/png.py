"""A graph as a PNG: its SVG, drawn by resvg in twice the size, with the fonts of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import resvg_py

from kairosfile.cli.drawing import svg

if TYPE_CHECKING:
    from kairosfile.plan.graph import Graph

ZOOM = 2


def draw(graph: Graph) -> bytes:
    """Return the bytes of a PNG."""
    return resvg_py.svg_to_bytes(svg_string=svg.draw(graph), zoom=ZOOM)
