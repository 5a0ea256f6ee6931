"""`kairosfile lsp`."""

from __future__ import annotations

from typing import Annotated

import typer

from kairosfile.cli import options

app = options.command()


@app.command()
def lsp(
    build_arg: options.BuildArgs = None,
    platform: Annotated[
        list[str] | None, typer.Option("--platform", metavar="OS/ARCH", help="Check for this platform too; repeat it.")
    ] = None,
    context: Annotated[
        str | None,
        typer.Option(
            "--context", metavar="DIR", help="The build context, from the workspace. Default: a file's folder."
        ),
    ] = None,
    *,
    stdio: Annotated[bool, typer.Option("--stdio", hidden=True)] = True,  # noqa: ARG001 - what editors pass to any server
) -> None:
    """Be the language server of an editor, on standard input and output. An editor starts it, not a person.

    Example: kairosfile lsp --context .
    """
    from kairosfile.cli.checking import Wishes  # noqa: PLC0415
    from kairosfile.cli.lsp.server import serve  # noqa: PLC0415

    serve(Wishes.of(build_arg, platform, context))
