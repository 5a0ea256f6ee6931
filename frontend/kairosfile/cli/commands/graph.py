"""`kairosfile graph`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kairosfile.cli import options


class Format(StrEnum):
    """How `graph` draws."""

    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    PNG = "png"
    JSON = "json"


class Of(StrEnum):
    """What `graph` draws."""

    PLAN = "plan"
    LLB = "llb"


app = options.command()


@app.command()
def graph(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file, or REVISION:FILE.")] = options.FILE,
    new: Annotated[
        str | None,
        typer.Argument(metavar="NEW", help="Draw this file instead, and what of it is cached where FILE was built."),
    ] = None,
    *,
    build_arg: options.BuildArgs = None,
    platform: options.OnePlatform = None,
    context: options.Context = None,
    target: options.Target = None,
    of: Annotated[Of, typer.Option("--of", help="The steps of the plan, or BuildKit's operations.")] = Of.PLAN,
    form: Annotated[Format, typer.Option("--format", help="What to write to standard output.")] = Format.MERMAID,
) -> None:
    """Draw the steps of a build and what they take from where; of two files, what the edit costs.

    They are those of the image and of the artifacts that the file asks for, or those of one target.

    Exit status: 0, 1 for a file with errors, 2 arguments or files that cannot be used, or a PNG on a terminal.

    Example: kairosfile graph --format svg Kairosfile > build.svg
    """
    from kairosfile.cli import graphing  # noqa: PLC0415
    from kairosfile.cli.checking import Wishes  # noqa: PLC0415

    wishes = Wishes.of(build_arg, [platform] if platform else [], context)
    raise typer.Exit(graphing.draw(file, new, wishes, target, of=of.value, form=form.value))
