"""Common options of several commands."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

FILE = "Kairosfile"
STANDARD_OUTPUT = "-"

File = Annotated[
    str | None,
    typer.Argument(metavar="FILE", show_default=False, help="Kairosfile, folder, REVISION:FILE or - for stdin."),
]
FileOnDisk = Annotated[
    str | None, typer.Argument(metavar="FILE", show_default=False, help="Kairosfile, or a folder with one.")
]
FileOption = Annotated[
    str | None,
    typer.Option("--file", "-f", metavar="FILE", help="The same as the argument FILE. Default: Kairosfile."),
]
# For commands whose argument is not the file.
OnlyFileOption = Annotated[
    str,
    typer.Option(
        "--file", "-f", metavar="FILE", show_default=True, help="Kairosfile, folder, REVISION:FILE or - for stdin."
    ),
]
Target = Annotated[
    str | None,
    typer.Option("--target", metavar="TARGET", help="As for docker buildx build: an artifact, a step, a hook."),
]
OnePlatform = Annotated[
    str | None,
    typer.Option(
        "--platform", metavar="OS/ARCH", help="Default: the first of the file, else its board's, else this machine's."
    ),
]
BuildArgs = Annotated[
    list[str] | None,
    typer.Option(
        "--build-arg",
        metavar="NAME[=VALUE]",
        help="Repeat it. NAME alone uses the value of the environment.",
    ),
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
CheckPlatforms = Annotated[
    list[str] | None,
    typer.Option("--platform", metavar="OS/ARCH", help="Check for this platform too. Repeat it, or use commas."),
]
Registry = Annotated[
    str,
    typer.Option("--registry", metavar="HOST/ORG", help="Registry and organisation of the image, as in quay.io/acme."),
]

Output = Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Output file; - is standard output.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite an existing output.")]


class Repeating(TyperCommand):
    """A command whose last argument can be repeated, which not all releases of Typer show."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 - click's types are Typer's own affair
        """Return the arguments of the command in its usage."""
        *others, last = super().collect_usage_pieces(ctx)
        return [*others, f"{last.removesuffix('...')}..."]


def command() -> typer.Typer:
    """Return an empty application for one command."""
    return typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
