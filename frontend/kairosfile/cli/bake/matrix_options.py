"""The options `--matrix` and `--exclude`: lists that replace those of the file, and further excludes.

A provider is one word here, with its release after an @: `k3s@v1.33.1+k3s1`.

Combinations that the checks refuse are omitted. A value without any image is an error, because otherwise a mistyped
board, or one for which no base has a kernel, would disappear silently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kairosfile.cli.errors import CliError
from kairosfile.language import Diagnostic, KairosfileError, rules
from kairosfile.language.diagnostics import listing
from kairosfile.language.platforms import KNOWN, normal
from kairosfile.language.records import read
from kairosfile.sections.image.records import Provider
from kairosfile.sections.matrix.checks import FIELDS, combinations
from kairosfile.sections.matrix.records import Matrix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kairosfile.cli.bake.definition import Found
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
                words = " and ".join(
                    f"{field} {shown(value)}" for field, value in vars(exclude).items() if value is not None
                )
                raise CliError(f"--exclude matches no combination: none of the matrix has {words}")
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


def refuse(document: Document, asked: MatrixOverrides, found: Found) -> None:
    """Raise CliError for a value of the command line that is in no image, KairosfileError for those of the file.

    A command line that narrows the matrix of the file omits values on purpose.
    """
    for field, _, value, why in _unused(asked.matrix, found):
        raise CliError(f"--matrix {field}={shown(value)} is in no image: {why.sentence}")
    if not asked.fields and not asked.matrix.exclude:
        diagnostics = [_unused_error(document, *row) for row in _unused(document.model.matrix or Matrix(), found)]
        if diagnostics:
            raise KairosfileError(document.source, diagnostics)


def _unused(matrix: Matrix, found: Found) -> Iterator[tuple[str, int, object, Diagnostic]]:
    """Yield the field and the index of each value in no image, the value, and the first reason of its refusal."""
    for field in FIELDS:
        used = {getattr(image.combination, field) for image in found.images}
        for index, value in enumerate(getattr(matrix, field)):
            own = normal(value) if field == "platform" else value
            refused = (one.diagnostic for one in found.refused if getattr(one.combination, field) == own)
            if own not in used and (why := next(refused, None)):
                yield field, index, value, why


def _unused_error(document: Document, field: str, index: int, value: object, why: Diagnostic) -> Diagnostic:
    message = f"{field} {shown(value)} is in no image of this matrix: {why.message}"
    return Diagnostic(rules.MATRIX, document.root.find(("matrix", field, index)).range, message, why.hint)
