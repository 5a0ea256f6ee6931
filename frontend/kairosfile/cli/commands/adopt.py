"""`kairosfile adopt`."""

from __future__ import annotations

from typing import Annotated

import typer

from kairosfile.cli import options

app = options.command()


@app.command()
def adopt(
    *,
    dockerfile: Annotated[str, typer.Argument(metavar="DOCKERFILE", help="A Dockerfile; - is standard input.")],
    build_arg: options.BuildArgs = None,
    output: options.Output = options.STANDARD_OUTPUT,
    force: options.Force = False,
) -> None:
    """Write a Kairosfile that does what a Dockerfile does which calls kairos-init.

    What a Kairosfile has no word for is listed with its line, and stays a step that says so where the image needs it.

    Exit status: 0 all is adopted, 1 something is left over or has to be given, 2 arguments or files that cannot be
    used, a Dockerfile without kairos-init and an output that exists among them.

    Example: kairosfile adopt --build-arg VERSION=v1.0.0 -o Kairosfile Dockerfile
    """
    from kairosfile.cli import adopting  # noqa: PLC0415
    from kairosfile.cli.checking import Wishes  # noqa: PLC0415
    from kairosfile.cli.output import Output  # noqa: PLC0415

    given = Wishes.of(build_arg, None, None).build_args
    raise typer.Exit(adopting.adopt(dockerfile, given, Output(output, force=force)))
