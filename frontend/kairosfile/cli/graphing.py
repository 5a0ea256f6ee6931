"""`kairosfile graph`: a build as a picture."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kairosfile import spec
from kairosfile.cli.checking import FAULTY
from kairosfile.cli.differing import load_both, result
from kairosfile.cli.llb_output import define_file
from kairosfile.cli.loading import load, of_target, tell_faults
from kairosfile.cli.stop import StopError
from kairosfile.plan.graph import Graph, of_plan
from kairosfile.plan.targets import asked

if TYPE_CHECKING:
    from kairosfile.cli.checking import Wishes
    from kairosfile.plan.difference import Difference

SCHEMA = "kairosfile.graph/1"
NO_TERMINAL = "a PNG is not for a terminal: write it into a file, as in kairosfile graph --format png > build.png"
ONE_FILE = "operations are drawn of one file; without --of llb the steps of both are compared"


def draw(file: str, new: str | None, wishes: Wishes, target: str | None, *, of: str, form: str) -> int:
    """Write a picture to standard output. Returns the exit status; raises StopError."""
    if form == "png" and sys.stdout.isatty():
        raise StopError(NO_TERMINAL)
    if new and of == "llb":
        raise StopError(ONE_FILE)
    try:
        graph = _compared(file, new, wishes, target) if new else _alone(file, wishes, target, of)
    except spec.KairosfileError as error:
        tell_faults(error)
        return FAULTY
    _write(graph, form)
    return 0


def _alone(file: str, wishes: Wishes, target: str | None, of: str) -> Graph:
    loaded = load(file, wishes)
    loaded = loaded._replace(plan=of_target(loaded.plan, target))
    title = f"{loaded.name} for {loaded.plan.platform}"
    if of == "plan":
        return of_plan(asked(loaded.plan), title)
    from kairosfile.plan.llb_graph import of_definition  # noqa: PLC0415 - most pictures are of a plan

    return of_definition(define_file(loaded, wishes), f"{title}: BuildKit's operations")


def _compared(old: str, new: str, wishes: Wishes, target: str | None) -> Graph:
    compared = load_both(old, new, wishes, target)
    plan = compared.new.plan
    title = f"{compared.old.name} -> {compared.new.name} for {plan.platform}"
    return of_plan(plan, title, _states(compared.difference))


def _states(difference: Difference) -> dict[str, str]:
    return {verdict.step.id: result(verdict) for verdict in difference.steps}


def _write(graph: Graph, form: str) -> None:
    if form == "json":
        sys.stdout.write(json.dumps(_data(graph), indent=2) + "\n")
        return
    drawn = import_module(f"kairosfile.cli.drawing.{form}").draw(graph)
    if isinstance(drawn, bytes):
        sys.stdout.buffer.write(drawn)
    else:
        sys.stdout.write(drawn)


def _data(graph: Graph) -> dict[str, Any]:
    nodes = [
        {"id": it.id, "kind": it.kind, "title": it.title, "detail": it.detail, "network": it.network, "state": it.state}
        for it in graph.nodes
    ]
    edges = [{"start": it.start, "end": it.end, "use": it.use, "label": it.label} for it in graph.edges]
    return {"schema": SCHEMA, "title": graph.title, "nodes": nodes, "edges": edges}
