"""`kairosfile llb`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kairosfile.cli import options


class Format(StrEnum):
    """How `llb` writes a definition."""

    BINARY = "binary"
    JSON = "json"
    TEXT = "text"


app = options.command()


@app.command()
def llb(
    file: options.File = options.FILE,
    *,
    build_arg: options.BuildArgs = None,
    platform: options.OnePlatform = None,
    context: options.Context = None,
    target: options.Target = None,
    form: Annotated[
        Format, typer.Option("--format", help="binary for BuildKit, json for programs, text for people.")
    ] = Format.BINARY,
) -> None:
    """Write the build graph of one platform as BuildKit's LLB, with the lines that each operation came from.

    No registry is asked: an image whose digest the file does not say is named by its tag, and the environment that the
    base gives its commands is left out. The files of the build context are those that the client offers as `context`.

    Exit status: 0, 1 for a file with errors, 2 arguments or files that cannot be used, or binary on a terminal.

    Example: kairosfile llb Kairosfile | buildctl build --local context=. --output type=local,dest=out
    """
    from kairosfile.cli import llb_output  # noqa: PLC0415
    from kairosfile.cli.checking import Wishes  # noqa: PLC0415

    wishes = Wishes.of(build_arg, [platform] if platform else [], context)
    raise typer.Exit(llb_output.write(file, wishes, target, form.value))
