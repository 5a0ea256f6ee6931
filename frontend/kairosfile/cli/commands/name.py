"""`kairosfile name`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kairosfile.cli import options


class Format(StrEnum):
    """How `name` shows names."""

    TEXT = "text"
    JSON = "json"


app = options.command()


@app.command()
def name(
    *,
    file: options.File = options.FILE,
    build_arg: options.BuildArgs = None,
    platform: options.Platforms = None,
    registry: options.Registry = "",
    context: options.Context = None,
    form: Annotated[Format, typer.Option("--format", help="For people or programs.")] = Format.TEXT,
) -> None:
    """Print the names that Kairos gives to the image and its artifacts, in both spellings in use.

    Exit status: 0, 1 for a file with errors, 2 arguments or files that cannot be used, or a file that has no name.

    Example: kairosfile name --platform linux/arm64 --registry quay.io/acme Kairosfile
    """
    from kairosfile.cli import naming  # noqa: PLC0415
    from kairosfile.cli.checking import Wishes  # noqa: PLC0415

    raise typer.Exit(naming.show(file, Wishes.of(build_arg, options.listed(platform), context), registry, form.value))
