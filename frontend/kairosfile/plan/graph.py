"""A plan as a picture to be: what there is, what leads to what, and where each thing belongs.

A build of a Kairosfile is a spine of steps with sources at its side and gates before its end; artifacts are made of the
end of the spine. `Node.kind` says which of them a node is, so whoever draws needs no general theory of layouts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from kairosfile.plan.model import AURORABOOT, BASE, KAIROS_INIT, Copy, Plan, Run, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind = Literal["image", "context", "step", "gate", "result"]
Use = Literal["root", "files", "gate"]

CONTEXT = "context"
RESULT = "image"
FILES = "artifacts"


class Node(NamedTuple):
    """One thing: `title` in a word or two, `detail` in a line; `state` is cached, runs, new, or nothing.

    `network` is that of a command, nothing for what runs none.
    """

    id: str
    kind: Kind
    title: str
    detail: str = ""
    network: str = ""
    state: str = ""


class Edge(NamedTuple):
    """What one node gives to another: its whole root, some files, or its consent. `label` says which files."""

    start: str
    end: str
    use: Use
    label: str = ""


class Graph(NamedTuple):
    """Nodes in the order in which a build comes to them, and edges."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def of_plan(plan: Plan, title: str, states: Mapping[str, str] | None = None) -> Graph:
    """Return the graph of the steps of a plan; `states` has a word for each by its id, as `kairosfile diff` has it."""
    known = states or {}
    context = [Node(CONTEXT, "context", "build context", ", ".join(plan.context_paths))] if plan.context_paths else []
    images = [Node(it.id, "image", _role(it.id), it.reference) for it in plan.images]
    steps = [_step(plan, step, known.get(step.id, "")) for step in plan.steps]
    edges = [edge for step in plan.steps for edge in _edges(step)]
    results = list(_results(plan))
    edges += [edge for _, made in results for edge in made]
    edges += [Edge(gate, result.id, "gate") for result, _ in results for gate in plan.gates]
    found = [result for result, _ in results]
    return Graph(title, (*images, *context, *_in_order(steps, found)), tuple(edges))


def _results(plan: Plan) -> Iterator[tuple[Node, list[Edge]]]:
    """Yield what is made, each with what it consists of: the image, and files that the plan has steps for."""
    made = (plan.root, *plan.overlays)
    if plan.is_image:
        yield Node(RESULT, "result", RESULT, plan.platform), [Edge(step, RESULT, "root") for step in made]
        has = {step.id for step in plan.steps}
        made = tuple(step for artifact in plan.artifacts for step in artifact.results if step in has)
    if made:
        files = dict.fromkeys(made)
        yield Node(FILES, "result", FILES, plan.platform), [Edge(step, FILES, "files") for step in files]


def _in_order(steps: list[Node], results: list[Node]) -> list[Node]:
    """Return the image between its last step or gate and what is made of it."""
    place = next((place for place, step in enumerate(steps) if step.id.startswith(AURORABOOT)), len(steps))
    early = [result for result in results if result.id == RESULT]
    return [*steps[:place], *early, *steps[place:], *(result for result in results if result.id != RESULT)]


def _role(image: str) -> str:
    return {BASE: "base", KAIROS_INIT: "kairos-init", AURORABOOT: "AuroraBoot"}.get(image, "files of")


def _step(plan: Plan, step: Step, state: str) -> Node:
    network = step.action.network if isinstance(step.action, Run) else ""
    return Node(step.id, "gate" if step.id in plan.gates else "step", step.id, step.name, network, state)


def _edges(step: Step) -> Iterator[Edge]:
    action = step.action
    if not (isinstance(action, Run) and action.empty_root):
        yield Edge(step.start, step.id, "root")
    if isinstance(action, Copy):
        yield Edge(action.image or CONTEXT, step.id, "files", " ".join(action.sources))
        return
    shown: dict[str, list[str]] = {}
    for mount in action.mounts if isinstance(action, Run) else ():
        if mount.step or mount.kind in {"image", "context"}:
            shown.setdefault(mount.step or mount.image or CONTEXT, []).append(mount.path)
    for source, paths in shown.items():
        yield Edge(source, step.id, "files", " ".join(filter(None, paths)))
