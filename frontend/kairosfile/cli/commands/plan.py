"""`kairosfile plan`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kairosfile.cli import options


class Format(StrEnum):
    """How `plan` shows a plan."""

    TEXT = "text"
    JSON = "json"


app = options.command()


@app.command()
def plan(
    file: options.File = options.FILE,
    *,
    build_arg: options.BuildArgs = None,
    platform: options.Platform = options.PLATFORM,
    context: options.Context = None,
    target: options.Target = None,
    form: Annotated[Format, typer.Option("--format", help="For people or programs.")] = Format.TEXT,
) -> None:
    """Show the steps that a build would take, in their order, and the fields that each depends on.

    They are those of the image and of the artifacts that the file asks for, or those of one target.

    Exit status: 0, 1 for a file with errors, 2 arguments or files that cannot be used.

    Example: kairosfile plan --platform linux/arm64 --format json Kairosfile
    """
    from kairosfile.cli import planning  # noqa: PLC0415
    from kairosfile.cli.checking import Wishes  # noqa: PLC0415

    raise typer.Exit(planning.show(file, Wishes.of(build_arg, [platform], context), target, form.value))
