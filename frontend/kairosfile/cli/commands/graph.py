"""`kairosfile graph`: a build as a picture."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kairosfile import language
from kairosfile.cli import options
from kairosfile.cli.commands.diff import load_both, result
from kairosfile.cli.commands.llb import define_file
from kairosfile.cli.drawing.formats import draw_dot, draw_mermaid, draw_png, draw_svg
from kairosfile.cli.errors import CliError
from kairosfile.cli.load import LoadOptions, load, locate, report_errors
from kairosfile.plan.graph import Graph, of_plan
from kairosfile.plan.targets import requested_only
from kairosfile.untrusted import one_line, printable_json

if TYPE_CHECKING:
    from kairosfile.plan.diff import Difference


SCHEMA = "kairosfile.graph/1"
NO_TERMINAL = "a PNG is not for a terminal: write it into a file, as in kairosfile graph --format png > build.png"
ONE_FILE = "operations are drawn of one file; without --level llb the steps of both are compared"


def draw(
    file: str, new: str | None, load_options: LoadOptions, target: str | None, *, level: str, output_format: str
) -> int:
    """Write a picture to standard output. Returns the exit status; raises CliError."""
    if output_format == "png" and sys.stdout.isatty():
        raise CliError(NO_TERMINAL)
    if new and level == "llb":
        raise CliError(ONE_FILE)
    try:
        graph = _compared(file, new, load_options, target) if new else _alone(file, load_options, target, level)
    except language.KairosfileError as error:
        return report_errors(error)
    _write(graph, output_format)
    return 0


def _alone(file: str, load_options: LoadOptions, target: str | None, level: str) -> Graph:
    loaded = load(file, load_options, target)
    title = f"{loaded.name} for {loaded.plan.platform}"
    if level == "plan":
        return of_plan(requested_only(loaded.plan), title)
    from kairosfile.plan.graph import of_definition  # noqa: PLC0415 - most pictures are of a plan

    return of_definition(define_file(loaded, load_options), f"{title}: BuildKit's operations")


def _compared(old: str, new: str, load_options: LoadOptions, target: str | None) -> Graph:
    compared = load_both(old, new, load_options, target)
    plan = compared.new.plan
    title = f"{compared.old.name} -> {compared.new.name} for {plan.platform}"
    return of_plan(plan, title, states(compared.difference))


def states(difference: Difference) -> dict[str, str]:
    """Return the state of each step of the new file, by its id."""
    return {verdict.step.id: result(verdict) for verdict in difference.steps}


def _write(graph: Graph, output_format: str) -> None:
    if output_format == "json":
        sys.stdout.write(printable_json(to_data(graph)))
        return
    if output_format == "png":
        sys.stdout.buffer.write(draw_png(printable(graph)))
        return
    drawings = {"svg": draw_svg, "dot": draw_dot, "mermaid": draw_mermaid}
    sys.stdout.write(drawings[output_format](printable(graph)))


def printable(graph: Graph) -> Graph:
    """Return a graph whose texts can all be drawn, each on one line of the picture's source."""
    nodes = [it._replace(title=one_line(it.title), detail=one_line(it.detail)) for it in graph.nodes]
    edges = [it._replace(label=one_line(it.label)) for it in graph.edges]
    return Graph(one_line(graph.title), tuple(nodes), tuple(edges))


def to_data(graph: Graph) -> dict[str, Any]:
    """Return a graph in the form of `--format json`."""
    nodes = [
        {"id": it.id, "kind": it.kind, "title": it.title, "detail": it.detail, "network": it.network, "state": it.state}
        for it in graph.nodes
    ]
    edges = [{"start": it.start, "end": it.end, "use": it.use, "label": it.label} for it in graph.edges]
    return {"schema": SCHEMA, "title": graph.title, "nodes": nodes, "edges": edges}


class Format(StrEnum):
    """Output formats of `graph`."""

    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    PNG = "png"
    JSON = "json"


class Level(StrEnum):
    """The level of the graph: the steps of the plan, or their operations."""

    PLAN = "plan"
    LLB = "llb"


app = options.command()


@app.command()
def graph(
    file: options.File = None,
    new: Annotated[
        str | None,
        typer.Argument(metavar="NEW", help="Draw this file, with what is cached after a build of FILE."),
    ] = None,
    file_option: options.FileOption = None,
    *,
    build_arg: options.BuildArgs = None,
    platform: options.OnePlatform = None,
    context: options.Context = None,
    target: options.Target = None,
    level: Annotated[
        Level, typer.Option("--level", help="The steps of the plan, or BuildKit's operations.")
    ] = Level.PLAN,
    of: Annotated[Level | None, typer.Option("--of", hidden=True)] = None,  # the name of --level until 0.1
    output_format: Annotated[Format, typer.Option("--format", help="Format of the output.")] = Format.MERMAID,
) -> None:
    """Draw the steps of a build, or what an edit costs.

    With the inputs of each step. For two files, it shows which steps of the second one run again.

    The steps are those of the image and of the artifacts that the file requests, or those of one target.

    Exit status: 0, 1 for a file with errors, 2 arguments or files that cannot be used, or a PNG on a terminal.

    Example: kairosfile graph --format svg Kairosfile > build.svg
    """
    name, load_options = locate(file, file_option, LoadOptions.parse(build_arg, platform, context))
    chosen = (of or level).value
    raise typer.Exit(draw(name, new, load_options, target, level=chosen, output_format=output_format.value))
