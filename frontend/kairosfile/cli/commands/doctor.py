"""`kairosfile doctor`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kairosfile.cli import options


class Format(StrEnum):
    """How `doctor` says what it found."""

    TEXT = "text"
    JSON = "json"


app = options.command()


@app.command()
def doctor(
    *,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="What is to be built. Default: Kairosfile, if there is one.")
    ] = None,
    platform: options.Platforms = None,
    registry: Annotated[
        list[str] | None, typer.Option("--registry", metavar="HOST/ORG", help="Where to push to; repeat it.")
    ] = None,
    build_arg: options.BuildArgs = None,
    context: options.Context = None,
    form: Annotated[Format, typer.Option("--format", help="For people or programs.")] = Format.TEXT,
) -> None:
    """Look for what would stand in the way of a build on this machine, and say what to do about it.

    Exit status: 0 nothing or warnings only, 1 errors, 2 arguments or files that cannot be used.

    Example: kairosfile doctor --platform linux/amd64,linux/arm64 --registry quay.io/acme
    """
    from kairosfile.cli import doctoring  # noqa: PLC0415
    from kairosfile.cli.checking import Wishes  # noqa: PLC0415

    wishes = Wishes.of(build_arg, options.listed(platform), context)
    raise typer.Exit(doctoring.show(file, wishes, registry or (), form.value))
