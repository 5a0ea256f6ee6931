"""The values of a matrix, each on its own. Which combinations can be built is found out where they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.spec import matrix as combining
from kairosfile.spec import platforms, rules
from kairosfile.spec.checks import fields, releases
from kairosfile.spec.diagnostics import MAX_GUESSES, listing
from kairosfile.spec.model import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.document import Document
    from kairosfile.spec.model.matrix import Exclude, Matrix

FIELD = "matrix"


def values(document: Document, matrix: Matrix) -> Iterator[Diagnostic]:
    """A value is one that the field of its name could have."""
    for index, base in enumerate(matrix.base):
        yield from fields.reference(document, (FIELD, "base", index), base, fields.EXAMPLE_BASE)
    for index, model in enumerate(matrix.model):
        yield from releases.model_named(document, (FIELD, "model", index), model)
    for index, provider in enumerate(matrix.provider):
        yield from fields.release_of_provider(document, (FIELD, "provider", index), provider)
    for index, name in enumerate(matrix.platform):
        if platforms.normal(name) not in platforms.KNOWN:
            guess = index < MAX_GUESSES
            yield document.fault(rules.PLATFORM, (FIELD, "platform", index), *platforms.unknown(name, guess=guess))


def excludes(document: Document, _: Matrix) -> Iterator[Diagnostic]:
    """An exclude names values that the matrix has."""
    matrix = combining.of(document.model)
    for index, exclude in enumerate(matrix.exclude):
        path = (FIELD, "exclude", index)
        if not exclude.model_fields_set:
            hint = "name values to leave out: `- {base: debian:13, model: rpi3}`"
            yield document.fault(rules.MATRIX, path, "this leaves out every combination", hint)
        for field in combining.FIELDS:
            if not _is_listed(matrix, exclude, field):
                message = f"the matrix has no such {field}, so nothing is left out"
                yield document.fault(rules.MATRIX, (*path, field), message, _known(matrix, field))


def _is_listed(matrix: Matrix, exclude: Exclude, field: str) -> bool:
    wanted, listed = getattr(exclude, field), getattr(matrix, field)
    if wanted is None or field == "provider":
        return wanted is None or any(combining.is_release(provider, wanted) for provider in listed)
    return wanted in listed or (field == "platform" and platforms.normal(wanted) in map(platforms.normal, listed))


def _known(matrix: Matrix, field: str) -> str:
    listed = [_words(value) for value in getattr(matrix, field)]
    if not listed:
        return f"add `{field}:` with a list of values to the matrix, or remove this"
    return f"it goes through {listing(list(dict.fromkeys(listed)))}"


def _words(value: object) -> str:
    return " ".join(filter(None, (value.name, value.version))) if isinstance(value, Provider) else str(value)


def core_and_provider(document: Document, matrix: Matrix) -> Iterator[Diagnostic]:
    """Providers are for the standard images of a matrix."""
    if matrix.provider and set(matrix.variant) == {combining.CORE}:
        hint = "remove the providers, or add standard to the variants"
        yield document.fault(rules.VARIANT_PROVIDER, (FIELD, "provider"), "the variant core has no provider", hint)


def provider_config(document: Document, matrix: Matrix) -> Iterator[Diagnostic]:
    """A provider of the matrix takes the place of the file's, whose config would be lost."""
    own, listed = document.model.provider, matrix.provider
    hint = "name the one provider of the file, or leave its config out"
    if listed and own is not None and own.config is not None:
        message = "the providers of the matrix take the place of this one, and have no config"
        yield document.fault(rules.MATRIX, ("provider", "config"), message, hint)
    for index, provider in enumerate(listed):
        if provider.config is not None:
            path = (FIELD, "provider", index, "config")
            yield document.fault(rules.MATRIX, path, "a provider of the matrix has no config", hint)


RULES = (values, excludes, core_and_provider, provider_config)
