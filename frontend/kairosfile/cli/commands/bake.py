"""`kairosfile bake`: a bake file with a target for each image of a file's matrix that can be built."""

from __future__ import annotations

import sys
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kairosfile import language
from kairosfile.cli import options
from kairosfile.cli.bake import definition, matrix_options
from kairosfile.cli.bake.definition import BakeOptions, targets_of
from kairosfile.cli.bake.matrix_options import MatrixOverrides
from kairosfile.cli.bake.sharing import report
from kairosfile.cli.commands.name import registry_of
from kairosfile.cli.errors import CliError
from kairosfile.cli.load import LoadOptions, locate, on_disk, open_file, read_document, report_errors
from kairosfile.sections.matrix import checks as combining

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.cli.bake.definition import Found, Refused
    from kairosfile.cli.terminal import Output

__all__ = [
    "BakeOptions",
    "MatrixOverrides",
    "bake",
]


def write_definition(
    file: str,
    load_options: LoadOptions,
    overrides: MatrixOverrides,
    bake_options: BakeOptions,
    output: Output,
    *,
    explain: bool,
) -> int:
    """Write the bake file, or the table of shared steps; errors go to standard error. Returns the exit status.

    Raises:
        CliError: There is no such image, or two have one name.
    """
    try:
        found = _find(file, load_options, overrides)
    except language.KairosfileError as error:
        return report_errors(error)
    targets = targets_of(found.images)
    text = report(found.images) if explain else definition.render(file, targets, load_options, bake_options)
    _tell_refused(found.refused, len(found.images))
    output.write(text)
    return 0


def _find(file: str, load_options: LoadOptions, overrides: MatrixOverrides) -> Found:
    document = read_document(open_file(on_disk(file, "bake"), load_options), load_options)
    matrix = overrides.over(combining.of(document.model))
    if doubled := combining.doubled(matrix, load_options.build_args):
        raise CliError(f"--build-arg {doubled[0]} conflicts with the matrix; use --matrix instead")
    found = definition.find(file, document, matrix, load_options)
    matrix_options.refuse(document, overrides, found)
    if not found.images:
        raise CliError("no combination of this matrix is left")
    return found


def _tell_refused(refused: Sequence[Refused], built: int) -> None:
    """Report the refused combinations on standard error, each reason once."""
    if not refused:
        return
    reasons = Counter(f"{one.diagnostic.message} [{one.diagnostic.rule.id}]" for one in refused)
    lines = [f"{count:5}  {reason}" for reason, count in reasons.items()]
    whole = built + len(refused)
    head = f"kairosfile: {built} of {whole} combinations can be built; the checks refuse the others:"
    sys.stderr.write("\n".join([head, *lines]) + "\n")


class TagStyle(StrEnum):
    """Kairos' tag styles."""

    PUBLISHED = "published"
    SDK = "sdk"
    BOTH = "both"


app = options.command()


@app.command()
def bake(
    *,
    file: options.FileOnDisk = None,
    file_option: options.FileOption = None,
    matrix: Annotated[
        list[str] | None,
        typer.Option(
            "--matrix",
            metavar="FIELD=VALUE,VALUE",
            help="A list that replaces the file's, of base, variant, model, provider (k3s@v1.33.1+k3s1) or platform.",
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude", metavar="FIELD=VALUE,FIELD=VALUE", help="Exclude images with all these values; repeat it."
        ),
    ] = None,
    build_arg: options.BuildArgs = None,
    registry: options.Registry = "",
    tag_style: Annotated[
        TagStyle, typer.Option("--tag-style", help="Style of the provider's release in tags.")
    ] = TagStyle.PUBLISHED,
    spelling: Annotated[TagStyle | None, typer.Option("--spelling", hidden=True)] = None,  # --tag-style until 0.1
    label: Annotated[
        list[str] | None, typer.Option("--label", metavar="KEY=VALUE", help="A label of every image; repeat it.")
    ] = None,
    cache: Annotated[
        str, typer.Option("--cache", metavar="REF", help="A repository for registry caches, one tag for each target.")
    ] = "",
    explain: Annotated[bool, typer.Option("--explain", help="Show instead how many images share each step.")] = False,
    context: options.Context = None,
    output: options.Output = options.STANDARD_OUTPUT,
    force: options.Force = False,
) -> None:
    """Write the images of a matrix as a file for buildx bake.

    Each image is a target.

    Combinations that the checks refuse are omitted, and reported with the reason on standard error.

    Exit status: 0, 1 for a file with errors, 2 arguments or files that cannot be used, or images without a name.

    Example: kairosfile bake --registry quay.io/acme --cache quay.io/acme/cache | docker buildx bake -f - --push
    """
    from kairosfile.cli.terminal import Output  # noqa: PLC0415

    name, load_options = locate(file, file_option, LoadOptions.parse(build_arg, None, context))
    overrides = MatrixOverrides.parse(matrix or (), exclude or ())
    bake_options = BakeOptions.parse(registry_of(registry), (spelling or tag_style).value, cache, label or ())
    wanted = Output(output, force)
    raise typer.Exit(write_definition(name, load_options, overrides, bake_options, wanted, explain=explain))
