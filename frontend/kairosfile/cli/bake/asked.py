"""The words of `--matrix` and `--exclude`: lists in place of those of the file, and more to leave out.

A provider is one word here, its release after an @: `k3s@v1.33.1+k3s1`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

from pydantic import ValidationError

from kairosfile.cli.stop import StopError
from kairosfile.spec.diagnostics import listing
from kairosfile.spec.matrix import FIELDS, combinations
from kairosfile.spec.model import Provider
from kairosfile.spec.model.matrix import Matrix
from kairosfile.spec.platforms import KNOWN, normal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Asked(NamedTuple):
    """A matrix of the command line: its lists take the place of the file's, its excludes are added to them."""

    matrix: Matrix

    @classmethod
    def of(cls, lists: Iterable[str], excludes: Iterable[str]) -> Self:
        """Return what the options say; raises StopError."""
        fields: dict[str, Any] = {}
        for text in lists:
            field, value = _pair("--matrix", text)
            fields.setdefault(field, []).extend(_value("--matrix", field, word) for word in value.split(","))
        fields["exclude"] = [dict(_exclude(text)) for text in excludes]
        try:
            return cls(Matrix.model_validate(fields))
        except ValidationError as error:
            raise StopError(_fault(error)) from error

    @property
    def fields(self) -> list[str]:
        """The lists that the command line gives."""
        return [field for field in FIELDS if getattr(self.matrix, field)]

    def over(self, matrix: Matrix) -> Matrix:
        """Return the matrix of a file with what the command line says of it; raises StopError for an idle exclude."""
        matrix = matrix.model_copy(update={field: getattr(self.matrix, field) for field in self.fields})
        for exclude in self.matrix.exclude:
            if not any(one.is_in(exclude) for one in combinations(matrix)):
                words = " and ".join(f"{field} {shown(value)}" for field, value in exclude if value is not None)
                raise StopError(f"--exclude leaves nothing out: no combination of the matrix has {words}")
        return matrix.model_copy(update={"exclude": (*matrix.exclude, *self.matrix.exclude)})


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
        raise StopError(f'{option} "{text}" is not FIELD=VALUE; fields of a matrix are {listing(FIELDS)}')
    return field, value


def _value(option: str, field: str, word: str) -> object:
    if field == "platform" and normal(word) not in KNOWN:
        raise StopError(f"{option} {field}={word}: Kairos is built for {listing(KNOWN)}")
    if field != "provider":
        return word
    name, _, version = word.partition("@")
    return {"name": name, **({"version": version} if version else {})}


def _fault(error: ValidationError) -> str:
    """Say what is wrong with the first value: one that is empty, or none of the few that there are."""
    first = error.errors(include_url=False)[0]
    field = next(str(part) for part in first["loc"] if part in FIELDS)
    known = str(first.get("ctx", {}).get("expected", "")).replace("'", "")
    return f'unknown {field} "{first["input"]}"; known are {known}' if known else f"a {field} is empty"
