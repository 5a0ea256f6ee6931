"""`kairosfile verify`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kairosfile.cli import options


class Format(StrEnum):
    """How `verify` says what it found."""

    TEXT = "text"
    JSON = "json"


app = options.command()


@app.command()
def verify(
    *,
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="An image in a registry, by tag or digest.")],
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="FILE", help="The Kairosfile that it should be made from.")
    ] = None,
    build_arg: options.BuildArgs = None,
    context: options.Context = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="FILE", help="Public key that cosign finds its signature with.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Count warnings as errors: all evidence must be there.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="For people or programs.")] = Format.TEXT,
) -> None:
    """Show what a pushed image claims of itself, and check that it is so: labels, provenance, SBOM, release, signature.

    Exit status: 0, 1 where evidence contradicts, or is missing with --strict, 2 an image or arguments that cannot be
    used.

    Example: kairosfile verify --file Kairosfile --key cosign.pub quay.io/acme/my-os:v1.0.0
    """
    from kairosfile.cli import verifying  # noqa: PLC0415
    from kairosfile.cli.checking import Wishes  # noqa: PLC0415

    against = verifying.Against(file, Wishes.of(build_arg, (), context), key)
    raise typer.Exit(verifying.show(image, against, form.value, strict=strict))
