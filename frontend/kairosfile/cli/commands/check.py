"""`kairosfile check`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kairosfile.cli import options


class Format(StrEnum):
    """How `check` says what it found."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


app = options.command()


@app.command()
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Kairosfiles; - is standard input.")],
    build_arg: options.BuildArgs = None,
    platform: Annotated[
        list[str] | None, typer.Option("--platform", metavar="OS/ARCH", help="Check for this platform too; repeat it.")
    ] = None,
    context: options.Context = None,
    form: Annotated[Format, typer.Option("--format", help="For people, programs or annotations.")] = Format.TEXT,
) -> None:
    """Find all that is wrong in Kairosfiles, and what could be better.

    Exit status: 0 nothing or warnings only, 1 errors, 2 arguments or files that cannot be used.

    Example: kairosfile check --platform linux/arm64 Kairosfile
    """
    from kairosfile.cli import checking  # noqa: PLC0415

    raise typer.Exit(checking.check(files, checking.Wishes.of(build_arg, platform, context), form.value))
