"""`kairosfile plan`: the steps of a build, without building."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kairosfile import language
from kairosfile.cli import options, output, step_text
from kairosfile.cli.load import LoadOptions, load, locate, report_errors
from kairosfile.plan.model import Run
from kairosfile.plan.serialize import to_json
from kairosfile.untrusted import one_line, printable_json

if TYPE_CHECKING:
    from rich.console import RenderableType

    from kairosfile.plan import Plan
    from kairosfile.plan.model import Step

# Lines of a script that are shown without --full.
SCRIPT_LINES = 3


class Format(StrEnum):
    """Output formats of `plan`."""

    TEXT = "text"
    JSON = "json"


app = options.command()


@app.command()
def plan(
    file: options.File = None,
    file_option: options.FileOption = None,
    *,
    build_arg: options.BuildArgs = None,
    platform: options.OnePlatform = None,
    context: options.Context = None,
    target: options.Target = None,
    full: Annotated[bool, typer.Option("--full", help="Show scripts and the content of files in full.")] = False,
    output_format: Annotated[Format, typer.Option("--format", help="For people or programs.")] = Format.TEXT,
) -> None:
    """Show the steps of a build, in order, and their fields.

    They are those of the image and of the artifacts that the file requests, or those of one target.

    Exit status: 0, 1 for a file with errors, 2 arguments or files that cannot be used.

    Example: kairosfile plan --platform linux/arm64 --format json Kairosfile
    """
    name, load_options = locate(file, file_option, LoadOptions.parse(build_arg, platform, context))
    try:
        shown = load(name, load_options, target).plan
    except language.KairosfileError as error:
        raise typer.Exit(report_errors(error)) from error
    if output_format == "json":
        sys.stdout.write(printable_json(to_json(shown)))
    else:
        _print(shown, None if full else SCRIPT_LINES)


def _print(shown: Plan, script_lines: int | None) -> None:
    """Print a coloured layout on a terminal, and separate blocks for programs otherwise."""
    if not sys.stdout.isatty():
        blocks = (_block(shown, step, script_lines) for step in shown.asked_steps)
        sys.stdout.write("\n\n".join([_head(shown), *blocks]) + "\n")
        return
    from rich.text import Text  # noqa: PLC0415 - only a terminal gets colours

    parts: list[RenderableType] = [Text(_head(shown), "bold")]
    for number, step in enumerate(shown.asked_steps, 1):
        title = Text.assemble((f"\n{number}. {step.id}", "bold cyan"), ("  " + one_line(step.name), "dim"))
        parts += [title, *(Text(f"   {row}") for row in _rows(shown, step, script_lines))]
    output.show(*parts)


def _head(shown: Plan) -> str:
    images = ", ".join(f"{image.id} {image.reference}" for image in shown.images)
    return one_line(f"{shown.platform}: {images}")


def _block(shown: Plan, step: Step, script_lines: int | None) -> str:
    rows = "\n".join(f"  {row}" for row in _rows(shown, step, script_lines))
    return f"{step.id}: {one_line(step.name)}\n{rows}"


def _rows(shown: Plan, step: Step, script_lines: int | None) -> list[str]:
    """Return the lines below the name of a step."""
    network = step.action.network if isinstance(step.action, Run) else "none"
    action = step_text.describe_action(shown, step.action, script_lines).split("\n")
    return [f"network: {network}", f"does: {action[0]}", *action[1:], f"depends on: {', '.join(step.fields)}"]
