"""`kairosfile diff`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kairosfile.cli import options


class Format(StrEnum):
    """How `diff` answers."""

    TEXT = "text"
    JSON = "json"


app = options.command()


@app.command()
def diff(
    old: Annotated[
        str | None,
        typer.Argument(
            metavar="OLD", help="What was built: a file, or REVISION:FILE. Default: NEW as git has it in HEAD."
        ),
    ] = None,
    new: Annotated[
        str, typer.Argument(metavar="NEW", help="What will be built, named in the same ways.")
    ] = options.FILE,
    *,
    build_arg: options.BuildArgs = None,
    platform: options.OnePlatform = None,
    context: options.Context = None,
    target: options.Target = None,
    form: Annotated[Format, typer.Option("--format", help="For people or programs.")] = Format.TEXT,
) -> None:
    """Show what an edit costs: which steps stay cached, which run again and because of which field.

    The steps are those of the image and of the artifacts that the file asks for, or those of one target.

    Files of the build context count as unchanged, and tags as the images that they were.

    Exit status: 0, 1 for a file with errors, 2 arguments or files that cannot be used.

    Example: kairosfile diff HEAD~1:Kairosfile Kairosfile
    """
    from kairosfile.cli import differing  # noqa: PLC0415
    from kairosfile.cli.checking import Wishes  # noqa: PLC0415

    wishes = Wishes.of(build_arg, [platform] if platform else [], context)
    raise typer.Exit(differing.show(old or f"HEAD:./{new}", new, wishes, target, form.value))
