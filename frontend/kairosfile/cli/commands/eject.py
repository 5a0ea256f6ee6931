"""`kairosfile eject`."""

from __future__ import annotations

import typer

from kairosfile.cli import options

app = options.command()


@app.command()
def eject(
    *,
    file: options.File = options.FILE,
    build_arg: options.BuildArgs = None,
    platform: options.Platform = options.PLATFORM,
    context: options.Context = None,
    output: options.Output = options.STANDARD_OUTPUT,
    force: options.Force = False,
) -> None:
    """Write a Dockerfile that builds the same image without this frontend, for one platform.

    Exit status: 0, 1 for a file with errors or with what a Dockerfile cannot say, 2 arguments or files that cannot be
    used, an output that exists among them.

    Example: kairosfile eject --platform linux/arm64 -o Dockerfile Kairosfile
    """
    from kairosfile.cli import ejecting  # noqa: PLC0415
    from kairosfile.cli.checking import Wishes  # noqa: PLC0415
    from kairosfile.cli.output import Output  # noqa: PLC0415

    raise typer.Exit(ejecting.eject(file, Wishes.of(build_arg, [platform], context), Output(output, force=force)))
