"""`kairosfile explain`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kairosfile.cli import options


class Format(StrEnum):
    """How `explain` answers."""

    TEXT = "text"
    JSON = "json"


app = options.command()


@app.command()
def explain(
    step: Annotated[
        str | None,
        typer.Argument(
            metavar="STEP",
            help="A step by id or name, or a hook, as --target has them. Default: all.",
        ),
    ] = None,
    *,
    file: options.FileOption = options.FILE,
    build_arg: options.BuildArgs = None,
    platform: options.OnePlatform = None,
    context: options.Context = None,
    form: Annotated[Format, typer.Option("--format", help="For people or programs.")] = Format.TEXT,
) -> None:
    """Explain steps: what each runs and why, what it depends on, its network and mounts, what makes it run again.

    Exit status: 0, 1 for a file with errors, 2 arguments or files that cannot be used.

    Example: kairosfile explain install
    """
    from kairosfile.cli import explaining  # noqa: PLC0415
    from kairosfile.cli.checking import Wishes  # noqa: PLC0415

    wishes = Wishes.of(build_arg, [platform] if platform else [], context)
    raise typer.Exit(explaining.show(file, step, wishes, form.value))
