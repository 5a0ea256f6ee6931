"""The combinations of a matrix, the build args of each, and the checks of its values.

    matrix: {base: [debian:13, ubuntu:24.04], variant: [core, standard], provider: [k3s, k0s]}

are six: core has no provider, so it is not combined with providers. This module checks each value on its own. The
combinations are checked when the file is loaded with their build args, as in the build itself.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from kairosfile.language import platforms, rules
from kairosfile.language.diagnostics import MAX_GUESSES, listing
from kairosfile.language.platforms import normal
from kairosfile.named_tuple import NamedTuple
from kairosfile.sections.build_args import BUILD_ARGS
from kairosfile.sections.image import checks, providers
from kairosfile.sections.image.records import Provider
from kairosfile.sections.matrix.records import Matrix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.sections.document import Document
    from kairosfile.sections.matrix.records import Exclude
    from kairosfile.sections.records import Kairosfile


FIELDS = ("base", "variant", "model", "provider", "platform")
CORE = "core"

FIELD = "matrix"


class Combination(NamedTuple):
    """One value of each list; None means the value of the file itself."""

    base: str | None = None
    variant: str | None = None
    model: str | None = None
    provider: Provider | None = None
    platform: str | None = None

    @property
    def build_args(self) -> dict[str, str]:
        """The build args that set the values; the platform is not a build arg."""
        values = {"BASE_IMAGE": self.base, "VARIANT": self.variant, "MODEL": self.model}
        if self.provider is not None:
            values |= {"KUBERNETES_DISTRO": self.provider.name, "KUBERNETES_VERSION": self.provider.version}
        return {name: value for name, value in values.items() if value is not None}

    def is_in(self, exclude: Exclude) -> bool:
        """Return whether it has all values of an exclude."""
        return (
            exclude.base in {None, self.base}
            and exclude.variant in {None, self.variant}
            and exclude.model in {None, self.model}
            and (exclude.platform is None or normal(exclude.platform) == self.platform)
            and (exclude.provider is None or is_release(self.provider, exclude.provider))
        )


def of(model: Kairosfile) -> Matrix:
    """Return the matrix of a file; without a list of platforms it has the supported platforms of the file."""
    matrix = model.matrix or Matrix()
    if model.platforms and not matrix.platform:
        return matrix.replace(platform=tuple(model.platforms))
    return matrix


def combinations(matrix: Matrix) -> Iterator[Combination]:
    """Yield the combinations that are not excluded, in the order of the lists, possibly with duplicates."""
    none = (None,)
    variants, platforms = matrix.variant or none, matrix.platform or none
    for values in product(matrix.base or none, variants, matrix.model or none, matrix.provider or none, platforms):
        base, variant, board, provider, platform = values
        own = None if variant == CORE else provider
        one = Combination(base, variant, board, own, normal(platform) if platform else None)
        if not any(one.is_in(exclude) for exclude in matrix.exclude):
            yield one


def is_release(provider: Provider | None, query: Provider) -> bool:
    """Return whether a provider matches another one, which without a release matches any release."""
    return provider is not None and provider.name == query.name and query.version in {None, provider.version}


def doubled(matrix: Matrix, build_args: Iterable[str]) -> list[str]:
    """Return the build args that set a field of the matrix."""
    fields = {row.name: row.path[0] for row in BUILD_ARGS}
    listed = {field for field in FIELDS if getattr(matrix, field)}
    return [name for name in build_args if fields.get(name) in listed]


def values(document: Document, matrix: Matrix) -> Iterator[Diagnostic]:
    """Each value is valid for its field."""
    for index, base in enumerate(matrix.base):
        yield from checks.reference(document, (FIELD, "base", index), base, checks.EXAMPLE_BASE)
    for index, model in enumerate(matrix.model):
        yield from checks.model_named(document, (FIELD, "model", index), model)
    for index, provider in enumerate(matrix.provider):
        yield from providers.provider_named(document, (FIELD, "provider", index), provider)
    for index, name in enumerate(matrix.platform):
        if platforms.normal(name) not in platforms.KNOWN:
            guess = index < MAX_GUESSES
            yield document.diagnostic(rules.PLATFORM, (FIELD, "platform", index), *platforms.unknown(name, guess=guess))


def excludes(document: Document, _: Matrix) -> Iterator[Diagnostic]:
    """An exclude names values of the matrix."""
    matrix = of(document.model)
    for index, exclude in enumerate(matrix.exclude):
        path = (FIELD, "exclude", index)
        if not document.root.find(path).fields:
            hint = "name values to exclude: `- {base: debian:13, model: rpi3}`"
            yield document.diagnostic(rules.MATRIX, path, "this excludes every combination", hint)
        for field in FIELDS:
            if not _is_listed(matrix, exclude, field):
                message = f"the matrix has no such {field}, so nothing is excluded"
                yield document.diagnostic(rules.MATRIX, (*path, field), message, _known(matrix, field))


def _is_listed(matrix: Matrix, exclude: Exclude, field: str) -> bool:
    value, listed = getattr(exclude, field), getattr(matrix, field)
    if value is None or field == "provider":
        return value is None or any(is_release(provider, value) for provider in listed)
    return value in listed or (field == "platform" and platforms.normal(value) in map(platforms.normal, listed))


def _known(matrix: Matrix, field: str) -> str:
    listed = [_words(value) for value in getattr(matrix, field)]
    if not listed:
        return f"add `{field}:` with a list of values to the matrix, or remove this"
    return f"its values are {listing(list(dict.fromkeys(listed)))}"


def _words(value: object) -> str:
    return " ".join(filter(None, (value.name, value.version))) if isinstance(value, Provider) else str(value)


def core_and_provider(document: Document, matrix: Matrix) -> Iterator[Diagnostic]:
    """Providers need standard images in the matrix."""
    if matrix.provider and set(matrix.variant) == {CORE}:
        hint = "remove the providers, or add standard to the variants"
        yield document.diagnostic(rules.VARIANT_PROVIDER, (FIELD, "provider"), "the variant core has no provider", hint)


def provider_config(document: Document, matrix: Matrix) -> Iterator[Diagnostic]:
    """A provider of the matrix replaces the file's, whose config and plugin would be lost."""
    own, listed = document.model.provider, matrix.provider
    for field in ("config", "plugin"):
        hint = f"name the one provider of the file, or remove its {field}"
        if listed and own is not None and getattr(own, field) is not None:
            message = f"the providers of the matrix replace this one, and have no {field}"
            yield document.diagnostic(rules.MATRIX, ("provider", field), message, hint)
        for index, provider in enumerate(listed):
            if getattr(provider, field) is not None:
                path = (FIELD, "provider", index, field)
                yield document.diagnostic(rules.MATRIX, path, f"a provider of the matrix has no {field}", hint)


RULES = (values, excludes, core_and_provider, provider_config)
