"""`kairosfile bake`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kairosfile.cli import options


class Spelling(StrEnum):
    """Which of Kairos' spellings tags have."""

    PUBLISHED = "published"
    SDK = "sdk"
    BOTH = "both"


app = options.command()


@app.command()
def bake(
    *,
    file: options.File = options.FILE,
    matrix: Annotated[
        list[str] | None,
        typer.Option(
            "--matrix",
            metavar="FIELD=VALUE,VALUE",
            help="A list in place of the file's, of base, variant, model, provider (k3s@v1.33.1+k3s1) or platform.",
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude", metavar="FIELD=VALUE,FIELD=VALUE", help="Leave out what has all these values; repeat it."
        ),
    ] = None,
    build_arg: options.BuildArgs = None,
    registry: options.Registry = "",
    spelling: Annotated[
        Spelling, typer.Option("--spelling", help="Of the provider's release in tags.")
    ] = Spelling.PUBLISHED,
    label: Annotated[
        list[str] | None, typer.Option("--label", metavar="KEY=VALUE", help="A label of every image; repeat it.")
    ] = None,
    cache: Annotated[
        str, typer.Option("--cache", metavar="REF", help="A repository for registry caches, one tag for each target.")
    ] = "",
    context: options.Context = None,
    output: options.Output = options.STANDARD_OUTPUT,
    force: options.Force = False,
) -> None:
    """Write the images of a matrix as targets for docker buildx bake.

    Combinations that the checks refuse are left out, and named with the reason on standard error.

    Exit status: 0, 1 for a file with errors, 2 arguments or files that cannot be used, or images that have no name.

    Example: kairosfile bake --registry quay.io/acme --cache quay.io/acme/cache | docker buildx bake -f - --push
    """
    from kairosfile.cli import baking  # noqa: PLC0415
    from kairosfile.cli.checking import Wishes  # noqa: PLC0415
    from kairosfile.cli.output import Output  # noqa: PLC0415

    wishes = Wishes.of(build_arg, [], context)
    asked = baking.Asked.of(matrix or (), exclude or ())
    goods = baking.Goods.of(registry, spelling.value, cache, label or ())
    raise typer.Exit(baking.bake(file, wishes, asked, goods, Output(output, force)))
