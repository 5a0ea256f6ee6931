"""Graphs of plans and of definitions, as nodes and edges for drawing.

A build of a Kairosfile is a spine of steps, with sources beside it and checks before its end; artifacts are made from
the end of the spine. `Node.kind` distinguishes them, so a drawing needs no general layout algorithm. A definition is
drawn from its operations as BuildKit sees them, regardless of the frontend that made them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.named_tuple import NamedTuple
from kairosfile.pb import ops
from kairosfile.plan.model import AURORABOOT, BASE, KAIROS_INIT, Copy, Plan, Run, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kairosfile.llb import Definition


Kind = Literal["image", "context", "step", "gate", "result"]
Use = Literal["root", "files", "gate"]

CONTEXT = "context"
RESULT = "image"
FILES = "artifacts"

NAME = "llb.customname"
LOCAL = "local://"
IMAGE = "docker-image://"
NETWORKS = {ops.NetMode.UNSET: "default", ops.NetMode.HOST: "host", ops.NetMode.NONE: "none"}


class Node(NamedTuple):
    """A node: a short `title`, one line of `detail`; `state` is cached, runs, new, or empty.

    `network` is the network mode of a command, empty for a node that runs no command.
    """

    id: str
    kind: Kind
    title: str
    detail: str = ""
    network: str = ""
    state: str = ""


class Edge(NamedTuple):
    """A dependency between nodes: on the whole root, on some files, or on success only. `label` names the files."""

    start: str
    end: str
    use: Use
    label: str = ""


class Graph(NamedTuple):
    """Nodes in build order, and edges."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def of_plan(plan: Plan, title: str, states: Mapping[str, str] | None = None) -> Graph:
    """Return the graph of the steps of a plan.

    Args:
        plan: The plan.
        title: Title of the drawing.
        states: The state of each step by its id, as `kairosfile diff` shows it.
    """
    known = states or {}
    context = [Node(CONTEXT, "context", "build context", ", ".join(plan.context_paths))] if plan.context_paths else []
    images = [Node(it.id, "image", _role(it.id), it.reference) for it in plan.images]
    steps = [_step(plan, step, known.get(step.id, "")) for step in plan.steps]
    edges = [edge for step in plan.steps for edge in _edges(step)]
    results = list(_results(plan))
    edges += [edge for _, result_edges in results for edge in result_edges]
    edges += [Edge(check, result.id, "gate") for result, _ in results for check in plan.checks]
    nodes = [result for result, _ in results]
    return Graph(title, (*images, *context, *_in_order(steps, nodes)), tuple(edges))


def _results(plan: Plan) -> Iterator[tuple[Node, list[Edge]]]:
    """Yield each result with its parts: the image, and the artifacts that the plan has steps for."""
    sources = (plan.root, *plan.overlays)
    if plan.is_image:
        yield Node(RESULT, "result", RESULT, plan.platform), [Edge(step, RESULT, "root") for step in sources]
        has = {step.id for step in plan.steps}
        sources = tuple(step for artifact in plan.artifacts for step in artifact.results if step in has)
    if sources:
        files = dict.fromkeys(sources)
        yield Node(FILES, "result", FILES, plan.platform), [Edge(step, FILES, "files") for step in files]


def _in_order(steps: list[Node], results: list[Node]) -> list[Node]:
    """Return the node of the image, between its last step or check and its artifacts."""
    index = next((index for index, step in enumerate(steps) if step.id.startswith(AURORABOOT)), len(steps))
    early = [result for result in results if result.id == RESULT]
    return [*steps[:index], *early, *steps[index:], *(result for result in results if result.id != RESULT)]


def _role(image: str) -> str:
    return {BASE: "base", KAIROS_INIT: "kairos-init", AURORABOOT: "AuroraBoot"}.get(image, "files of")


def _step(plan: Plan, step: Step, state: str) -> Node:
    network = step.action.network if isinstance(step.action, Run) else ""
    return Node(step.id, "gate" if step.id in plan.checks else "step", step.id, step.name, network, state)


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
        yield Edge(source, step.id, "files", " ".join(dict.fromkeys(filter(None, paths))))


def of_definition(definition: Definition, title: str) -> Graph:
    """Return the graph of a definition: a node for each operation, named by its digest."""
    encoded = zip(definition.digests[:-1], definition.ops[:-1], strict=True)
    parsed = {digest: ops.Op.decode(op) for digest, op in encoded}
    checks = set(_checks(parsed, definition.head))
    nodes = [
        _node(digest, op, definition.metadata[digest].description.get(NAME, ""), is_check=digest in checks)
        for digest, op in parsed.items()
    ]
    return Graph(
        title,
        tuple(nodes),
        tuple(edge for digest, op in parsed.items() for edge in _definition_edges(digest, op, checks)),
    )


def _checks(parsed: dict[str, ops.Op], head: str) -> Iterator[str]:
    """Yield what is merged into the image, and, where that joins several checks, each of them."""
    for edge in parsed[head].inputs[1:] if parsed[head].merge else ():
        yield edge.digest
        if parsed[edge.digest].file:
            yield from (check.digest for check in parsed[edge.digest].inputs)


def _node(digest: str, op: ops.Op, name: str, *, is_check: bool) -> Node:
    member = op.which("op") or ""
    detail = op.source.identifier.removeprefix(IMAGE) if op.source else name
    network = NETWORKS[op.exec.network] if op.exec else ""
    kind = _kind(op, is_check=is_check)
    return Node(digest, kind, f"{member} {digest.removeprefix('sha256:')[:12]}", detail, network)


def _kind(op: ops.Op, *, is_check: bool) -> Kind:
    if op.source:
        return "context" if op.source.identifier.startswith(LOCAL) else "image"
    if op.merge:
        return "result"
    return "gate" if is_check else "step"


def _definition_edges(digest: str, op: ops.Op, checks: set[str]) -> Iterator[Edge]:
    for number, read in enumerate(op.inputs):
        if op.exec:
            mount = next(it for it in op.exec.mounts if it.input == number)
            yield Edge(read.digest, digest, "root" if mount.dest == "/" else "files", mount.selector)
        elif read.digest in checks:
            yield Edge(read.digest, digest, "gate")
        elif op.merge:
            yield Edge(read.digest, digest, "root")
        elif op.file:
            yield Edge(read.digest, digest, _use(op.file, number), _copied(op.file, number))


def _use(op: ops.FileOp, number: int) -> Use:
    return "files" if any(action.secondaryInput == number for action in op.actions) else "root"


def _copied(op: ops.FileOp, number: int) -> str:
    return " ".join(action.copy.src for action in op.actions if action.copy and action.secondaryInput == number)
