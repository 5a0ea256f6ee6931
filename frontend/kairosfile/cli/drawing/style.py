"""How each kind of thing looks, in every form of picture.

Light surfaces with dark text and a panel behind them: readable on a light and on a dark page. A colour never says
alone what it says: images have another shape, gates a dashed border, and what runs or is cached says so in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kairosfile.plan.graph import Node


class Colours(NamedTuple):
    """Surface and line."""

    fill: str
    line: str


PANEL = Colours("#ffffff", "#d0d7de")
TEXT, FAINT = "#1f2328", "#59636e"
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
