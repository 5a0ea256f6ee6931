"""`kairosfile lsp`."""

from __future__ import annotations

from typing import Annotated

import typer

from kairosfile.cli import options

app = options.command()


@app.command()
def lsp(
    build_arg: options.BuildArgs = None,
    platform: options.CheckPlatforms = None,
    context: Annotated[
        str | None,
        typer.Option(
            "--context", metavar="DIR", help="The build context, from the workspace. Default: a file's folder."
        ),
    ] = None,
    *,
    stdio: Annotated[bool, typer.Option("--stdio", hidden=True)] = True,  # noqa: ARG001 - what editors pass to any server
) -> None:
    """Run the language server (started by editors).

    It reads standard input and writes standard output.

    Example: kairosfile lsp --context .
    """
    from kairosfile.cli.load import LoadOptions  # noqa: PLC0415
    from kairosfile.cli.lsp.server import serve  # noqa: PLC0415

    serve(LoadOptions.parse(build_arg, platform, context))
