"""`kairosfile rules`."""

from __future__ import annotations

from typing import Annotated

import typer

from kairosfile.cli import options

app = options.command()


@app.command()
def rules(
    rule: Annotated[
        str | None, typer.Argument(metavar="ID", help="A rule's id or name. Default: list them all.")
    ] = None,
) -> None:
    """List the rules of the checker, or explain one.

    Example: kairosfile rules KF501
    """
    from kairosfile.cli import rule_pages  # noqa: PLC0415

    raise typer.Exit(rule_pages.show(rule))
