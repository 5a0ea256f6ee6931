"""The combinations of a matrix, and the build args that make each of them of the file.

    matrix: {base: [debian:13, ubuntu:24.04], variant: [core, standard], provider: [k3s, k0s]}

are six: core has no provider, so it is combined with none. Whether a combination can be built is not known here: the
checks of the language say so when the file is read with its build args, as in the build itself.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.spec.model.matrix import Matrix
from kairosfile.spec.overrides import BUILD_ARGS
from kairosfile.spec.platforms import normal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kairosfile.spec.model import Kairosfile, Provider
    from kairosfile.spec.model.matrix import Exclude

FIELDS = ("base", "variant", "model", "provider", "platform")
CORE = "core"


class Combination(NamedTuple):
    """One value of each list; None stands for what the file itself says."""

    base: str | None = None
    variant: str | None = None
    model: str | None = None
    provider: Provider | None = None
    platform: str | None = None

    @property
    def build_args(self) -> dict[str, str]:
        """The build args that stand in for the values; the platform is none of them."""
        given = {"BASE_IMAGE": self.base, "VARIANT": self.variant, "MODEL": self.model}
        if self.provider is not None:
            given |= {"KUBERNETES_DISTRO": self.provider.name, "KUBERNETES_VERSION": self.provider.version}
        return {name: value for name, value in given.items() if value is not None}

    def is_in(self, exclude: Exclude) -> bool:
        """Tell whether it has all the values that stand in an exclude."""
        return (
            exclude.base in {None, self.base}
            and exclude.variant in {None, self.variant}
            and exclude.model in {None, self.model}
            and (exclude.platform is None or normal(exclude.platform) == self.platform)
            and (exclude.provider is None or is_release(self.provider, exclude.provider))
        )


def of(model: Kairosfile) -> Matrix:
    """Return the matrix of a file; without a list of platforms it goes through those that the file is for."""
    matrix = model.matrix or Matrix()
    if model.platforms and not matrix.platform:
        return matrix.model_copy(update={"platform": tuple(model.platforms)})
    return matrix


def combinations(matrix: Matrix) -> Iterator[Combination]:
    """Yield the combinations that are not left out, in the order of the lists; one may come more than once."""
    none = (None,)
    variants, platforms = matrix.variant or none, matrix.platform or none
    for values in product(matrix.base or none, variants, matrix.model or none, matrix.provider or none, platforms):
        base, variant, board, provider, platform = values
        own = None if variant == CORE else provider
        one = Combination(base, variant, board, own, normal(platform) if platform else None)
        if not any(one.is_in(exclude) for exclude in matrix.exclude):
            yield one


def is_release(provider: Provider | None, wanted: Provider) -> bool:
    """Tell whether a provider is the one that is wanted, in any release where that one has none."""
    return provider is not None and provider.name == wanted.name and wanted.version in {None, provider.version}


def doubled(matrix: Matrix, build_args: Iterable[str]) -> list[str]:
    """Return those of the build args that give a field which the matrix goes through."""
    fields = {row.name: row.path[0] for row in BUILD_ARGS}
    listed = {field for field in FIELDS if getattr(matrix, field)}
    return [name for name in build_args if fields.get(name) in listed]
