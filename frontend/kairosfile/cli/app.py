"""The sub-commands, their arguments and their help; what each does stands in a module of its own."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from kairosfile.cli.stop import StopError

app = typer.Typer(
    help="Kairosfiles: checked, explained and planned without a daemon.\n\nExample: kairosfile check Kairosfile",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class CheckFormat(StrEnum):
    """How `check` says what it found."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


class PlanFormat(StrEnum):
    """How `plan` shows a plan."""

    TEXT = "text"
    JSON = "json"


BuildArgs = Annotated[
    list[str] | None,
    typer.Option("--build-arg", metavar="NAME=VALUE", help="As docker buildx build has it; repeat it."),
]
Context = Annotated[
    str | None,
    typer.Option("--context", metavar="DIR", help="The build context. Default: the folder of the file."),
]


@app.command()
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Kairosfiles; - is standard input.")],
    build_arg: BuildArgs = None,
    platform: Annotated[
        list[str] | None, typer.Option("--platform", metavar="OS/ARCH", help="Check for this platform too; repeat it.")
    ] = None,
    context: Context = None,
    form: Annotated[CheckFormat, typer.Option("--format", help="For people, programs or annotations.")] = (
        CheckFormat.TEXT
    ),
) -> None:
    """Find all that is wrong in Kairosfiles, and what could be better.

    Exit status: 0 nothing or warnings only, 1 errors, 2 arguments or files that cannot be used.

    Example: kairosfile check --platform linux/arm64 Kairosfile
    """
    from kairosfile.cli import checking  # noqa: PLC0415

    _end(checking.check(files, checking.Wishes.of(build_arg, platform, context), form.value))


@app.command()
def plan(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A Kairosfile; - is standard input.")] = "Kairosfile",
    build_arg: BuildArgs = None,
    platform: Annotated[str, typer.Option("--platform", metavar="OS/ARCH", help="Plan for it.")] = "linux/amd64",
    context: Context = None,
    form: Annotated[PlanFormat, typer.Option("--format", help="For people or programs.")] = PlanFormat.TEXT,
) -> None:
    """Show the steps that a build would take, in their order, and the fields that each depends on.

    Exit status: 0, 1 for a file with errors, 2 arguments or files that cannot be used.

    Example: kairosfile plan --platform linux/arm64 --format json Kairosfile
    """
    from kairosfile.cli import planning  # noqa: PLC0415
    from kairosfile.cli.checking import Wishes  # noqa: PLC0415

    _end(planning.show(file, Wishes.of(build_arg, [platform], context), form.value))


@app.command()
def schema() -> None:
    """Print the JSON Schema of a Kairosfile, for editors.

    Example: kairosfile schema > kairosfile.schema.json
    """
    from kairosfile.spec import schema as schemas  # noqa: PLC0415

    sys.stdout.write(schemas.text())


@app.command()
def rules(
    rule: Annotated[
        str | None, typer.Argument(metavar="ID", help="A rule's id or name. Default: list them all.")
    ] = None,
) -> None:
    """List the rules of the checker, or explain one.

    Example: kairosfile rules KF501
    """
    from kairosfile.cli import explaining  # noqa: PLC0415

    _end(explaining.rules(rule))


@app.command()
def version() -> None:
    """Print the version of this command and of the newest kairos-init that it knows.

    Example: kairosfile version
    """
    from kairosfile import __version__  # noqa: PLC0415
    from kairosfile.kairos.releases import NEWEST  # noqa: PLC0415

    sys.stdout.write(f"kairosfile {__version__}, kairos-init up to {NEWEST}\n")


def run() -> None:
    """Run the command; what a person can act upon ends it with one line."""
    try:
        app(prog_name="kairosfile")
    except StopError as error:
        sys.stderr.write(f"kairosfile: {error}\n")
        sys.exit(error.status)


def _end(status: int) -> None:
    raise typer.Exit(status)
