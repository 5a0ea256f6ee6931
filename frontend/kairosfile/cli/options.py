"""Options that several commands have in common."""

from __future__ import annotations

from typing import Annotated

import typer

File = Annotated[str, typer.Argument(metavar="FILE", help="A Kairosfile; - is standard input.")]
FileOption = Annotated[
    str, typer.Option("--file", "-f", metavar="FILE", help="A Kairosfile, - for standard input, or REVISION:FILE.")
]
Platform = Annotated[str, typer.Option("--platform", metavar="OS/ARCH", help="The platform to plan for.")]
Target = Annotated[
    str | None,
    typer.Option("--target", metavar="TARGET", help="As docker buildx build has it: an artifact, a step, a hook."),
]
OnePlatform = Annotated[
    str | None,
    typer.Option(
        "--platform", metavar="OS/ARCH", help="Default: the first of the file, else its board's, else this machine's."
    ),
]
BuildArgs = Annotated[
    list[str] | None,
    typer.Option("--build-arg", metavar="NAME=VALUE", help="As docker buildx build has it; repeat it."),
]
Context = Annotated[
    str | None,
    typer.Option("--context", metavar="DIR", help="The build context. Default: the folder of the file."),
]
Platforms = Annotated[
    list[str] | None,
    typer.Option(
        "--platform", metavar="OS/ARCH", help="Repeat it, or use commas. Default: those of the file, its board or here."
    ),
]
Registry = Annotated[
    str,
    typer.Option("--registry", metavar="HOST/ORG", help="Registry and organisation of the image, as in quay.io/acme."),
]

Output = Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Where to write it; - is standard output.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the output where it exists.")]

FILE = "Kairosfile"
STANDARD_OUTPUT = "-"
PLATFORM = "linux/amd64"


def listed(values: list[str] | None) -> list[str]:
    """Return the values of an option that takes several, whether it was repeated or has commas."""
    return [part for value in values or () for part in value.split(",")]


def command() -> typer.Typer:
    """Return an empty application for one command."""
    return typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
