"""`kairosfile bake`: a bake file with a target for each image of a file's matrix that can be built.

`--matrix` and `--exclude` are lists that replace those of the file, and further excludes. A provider is one word here,
with its release after an @: `k3s@v1.33.1+k3s1`.

Combinations that the checks refuse are omitted. A value without any image is an error, because otherwise a mistyped
board, or one for which no base has a kernel, would disappear silently.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from kairosfile import language
from kairosfile.cli import options, shards
from kairosfile.cli.bake import MOST, BakeOptions, find, render, sharing_report, targets_of
from kairosfile.cli.commands.name import registry_of
from kairosfile.cli.errors import CliError
from kairosfile.cli.load import LoadOptions, locate, on_disk, open_file, read_document, report_errors
from kairosfile.cli.output import say
from kairosfile.language import Diagnostic, KairosfileError, rules
from kairosfile.language.diagnostics import listing
from kairosfile.language.platforms import KNOWN, normal
from kairosfile.language.records import read
from kairosfile.sections.image.records import Provider
from kairosfile.sections.matrix import checks as combining
from kairosfile.sections.matrix.checks import FIELDS, combinations
from kairosfile.sections.matrix.records import Matrix
from kairosfile.untrusted import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kairosfile.cli.bake import MatrixImages, Refused
    from kairosfile.cli.output import Output
    from kairosfile.language.records import Problem
    from kairosfile.sections import Document


@dataclass(frozen=True, slots=True)
class MatrixOverrides:
    """A matrix of the command line: its lists replace the file's, its excludes are added to them."""

    matrix: Matrix

    @classmethod
    def parse(cls, lists: Iterable[str], excludes: Iterable[str]) -> Self:
        """Return the parsed options; raises CliError."""
        fields: dict[str, Any] = {}
        for text in lists:
            field, value = _pair("--matrix", text)
            fields.setdefault(field, []).extend(_value("--matrix", field, word) for word in value.split(","))
        fields["exclude"] = [dict(_exclude(text)) for text in excludes]
        matrix, problems = read(Matrix, fields)
        if problems:
            raise CliError(_diagnostic(problems[0], fields))
        return cls(matrix)

    @property
    def fields(self) -> list[str]:
        """The lists of the command line."""
        return [field for field in FIELDS if getattr(self.matrix, field)]

    def over(self, matrix: Matrix) -> Matrix:
        """Return the matrix of a file with the options applied; raises CliError for an exclude without effect."""
        matrix = matrix.replace(**{field: getattr(self.matrix, field) for field in self.fields})
        for exclude in self.matrix.exclude:
            if not any(one.is_in(exclude) for one in combinations(matrix)):
                combination = " and ".join(
                    f"{field} {shown(value)}" for field, value in vars(exclude).items() if value is not None
                )
                raise CliError(f"--exclude matches no combination: none of the matrix has {combination}")
        return matrix.replace(exclude=(*matrix.exclude, *self.matrix.exclude))


def shown(value: object) -> str:
    """Return a value of a matrix as one word."""
    return "@".join(filter(None, (value.name, value.version))) if isinstance(value, Provider) else str(value)


def _exclude(text: str) -> Iterator[tuple[str, object]]:
    for word in text.split(","):
        field, value = _pair("--exclude", word)
        yield field, _value("--exclude", field, value)


def _pair(option: str, text: str) -> tuple[str, str]:
    field, _, value = text.partition("=")
    if field not in FIELDS or not value:
        raise CliError(f'{option} "{text}" is not FIELD=VALUE; fields of a matrix are {listing(FIELDS)}')
    return field, value


def _value(option: str, field: str, word: str) -> object:
    if field == "platform" and normal(word) not in KNOWN:
        raise CliError(f"{option} {field}={word}: Kairos is built for {listing(KNOWN)}")
    if field != "provider":
        return word
    name, _, version = word.partition("@")
    return {"name": name, **({"version": version} if version else {})}


def _diagnostic(problem: Problem, fields: Any) -> str:  # noqa: ANN401 - lists and mappings of the words
    """Return the message for an invalid value: it is empty or unknown."""
    field = next(str(part) for part in problem.path if part in FIELDS)
    if not problem.words:
        return f"a {field} is empty"
    for part in problem.path:
        fields = fields[part]
    return f'unknown {field} "{fields}"; known are {" or ".join(problem.words)}'


def refuse(document: Document, overrides: MatrixOverrides, images: MatrixImages) -> None:
    """Raise CliError for a value of the command line that is in no image, KairosfileError for those of the file.

    A command line that narrows the matrix of the file omits values on purpose.
    """
    for field, _, value, why in _unused(overrides.matrix, images):
        raise CliError(f"--matrix {field}={shown(value)} is in no image: {why.sentence}")
    if not overrides.fields and not overrides.matrix.exclude:
        diagnostics = [_unused_error(document, *row) for row in _unused(document.model.matrix or Matrix(), images)]
        if diagnostics:
            raise KairosfileError(document.source, diagnostics)


def _unused(matrix: Matrix, matrix_images: MatrixImages) -> Iterator[tuple[str, int, object, Diagnostic]]:
    """Yield the field and the index of each value in no image, the value, and the first reason of its refusal."""
    for field in FIELDS:
        used = {getattr(image.combination, field) for image in matrix_images.images}
        for index, value in enumerate(getattr(matrix, field)):
            own = normal(value) if field == "platform" else value
            refused = (one.diagnostic for one in matrix_images.refused if getattr(one.combination, field) == own)
            if own not in used and (why := next(refused, None)):
                yield field, index, value, why


def _unused_error(document: Document, field: str, index: int, value: object, why: Diagnostic) -> Diagnostic:
    message = f"{field} {shown(value)} is in no image of this matrix: {why.message}"
    return Diagnostic(rules.MATRIX, document.root.find(("matrix", field, index)).range, message, why.hint)


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
    builders: int | None,
) -> int:
    """Write the bake file, or the table of shared steps; errors go to standard error. Returns the exit status.

    Raises:
        CliError: There is no such image, or two have one name.
    """
    try:
        matrix_images = _find(file, load_options, overrides)
    except language.KairosfileError as error:
        return report_errors(error)
    targets = targets_of(matrix_images.images)
    split = shards.split(targets, shards.keys_of(targets), builders) if builders else []
    if explain:
        text = sharing_report(matrix_images.images) + ("\n" + shards.report(split) if split else "")
    else:
        text = render(file, targets, load_options, bake_options, shards.groups_of(split))
    _tell_refused(matrix_images.refused, len(matrix_images.images))
    output.write(text)
    return 0


def _find(file: str, load_options: LoadOptions, overrides: MatrixOverrides) -> MatrixImages:
    document = read_document(open_file(on_disk(file, "bake"), load_options), load_options)
    matrix = overrides.over(combining.of(document.model))
    if doubled := combining.doubled(matrix, load_options.build_args):
        raise CliError(f"--build-arg {doubled[0]} conflicts with the matrix; use --matrix instead")
    matrix_images = find(file, document, matrix, load_options)
    refuse(document, overrides, matrix_images)
    if not matrix_images.images:
        raise CliError("no combination of this matrix is left")
    return matrix_images


def _tell_refused(refused: Sequence[Refused], built: int) -> None:
    """Report the refused combinations on standard error, each reason once."""
    if not refused:
        return
    reasons = Counter(f"{one.diagnostic.message} [{one.diagnostic.rule.id}]" for one in refused)
    rows = [f"{count:5}  {reason}" for reason, count in reasons.items()]
    whole = built + len(refused)
    head = f"{built} of {whole} combinations can be built; the checks refuse the others:"
    say("\n".join([head, *map(one_line, rows)]))


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
    builders: Annotated[
        int | None,
        typer.Option("--shards", metavar="N", min=2, max=MOST, help="Add N groups, shard-1 ..., for N builders."),
    ] = None,
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
    from kairosfile.cli.output import Output  # noqa: PLC0415

    name, load_options = locate(file, file_option, LoadOptions.parse(build_arg, None, context))
    overrides = MatrixOverrides.parse(matrix or (), exclude or ())
    bake_options = BakeOptions.parse(registry_of(registry), (spelling or tag_style).value, cache, label or ())
    destination = Output(output, force)
    raise typer.Exit(
        write_definition(name, load_options, overrides, bake_options, destination, explain=explain, builders=builders)
    )
