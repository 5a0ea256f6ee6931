"""A simulation of the work of several builders, over the cache keys of the steps of a matrix.

A builder runs a step unless it, or the registry cache that it reads, has a step with the same cache key. Nothing is
built. Sizes are those that `make benchmark-layers` assumes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.cli import bake, shards
from kairosfile.cli.bake import step_keys
from kairosfile.cli.load import LoadOptions, open_file, read_document
from kairosfile.sections.image.records import Provider
from kairosfile.sections.matrix import checks as combining
from tests.support.benchmarks.layers import INIT, INSTALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from kairosfile.cli.bake import Image
    from kairosfile.cli.shards import Shard

# The size of the layer of each step, in MB.
SIZES = {
    "packages": INSTALL["installPackages"],
    "kernel": INSTALL["installKernel"],
    "kairos": INSTALL["kairosBinaries"],
    "provider": INSTALL["buildProvider"],
    "install": sum(INSTALL.values()),
    "init": sum(INIT.values()),
}
GIGABYTE = 1000  # MB


class Step(NamedTuple):
    """A step that is run: its id and its cache key."""

    id: str
    key: str


class Work(NamedTuple):
    """The images of a file, and the distinct steps of these images: a builder alone runs each once."""

    images: int
    steps: frozenset[Step]

    @property
    def keys(self) -> frozenset[str]:
        """The cache keys of the steps."""
        return frozenset(step.key for step in self.steps)

    def after(self, cached: Work) -> frozenset[Step]:
        """Return the steps that run with a registry cache from earlier work."""
        return frozenset(step for step in self.steps if step.key not in cached.keys)

    @property
    def gigabytes(self) -> float:
        """The size of the layers of all distinct steps."""
        return sum(SIZES.get(step.id, 0) for step in self.steps) / GIGABYTE


def count(steps: Iterable[Step]) -> dict[str, int]:
    """Return the number of runs of each step by its id."""
    return dict(Counter(step.id for step in steps))


def find(file: Path, providers: Sequence[Provider] = (), **build_args: str) -> list[Image]:
    """Return the images of the matrix of a file, each base on its own: a matrix has a limit.

    Args:
        file: The Kairosfile.
        providers: A list that replaces the one of the matrix.
        build_args: Build args for all images.
    """
    options = LoadOptions({**build_args}, [], str(file.parent))
    document = read_document(open_file(str(file), options), options)
    matrix = combining.of(document.model)
    matrix = matrix.replace(provider=tuple(providers) or matrix.provider)
    images = []
    for base in matrix.base:
        images += bake.find(str(file), document, matrix.replace(base=(base,)), options).images
    return images


def work(images: Iterable[Image]) -> Work:
    """Return the work for images."""
    keys = [step_keys(image) for image in images]
    return Work(len(keys), frozenset(Step(*step) for one in keys for step in one.items()))


def split(images: Iterable[Image], *counts: int) -> list[list[Shard]]:
    """Return the shards of `kairosfile bake --shards` for each number of builders."""
    targets = bake.targets_of(images)
    keys = shards.keys_of(targets)
    return [shards.split(targets, keys, count) for count in counts]


def releases(count: int) -> list[Provider]:
    """Return so many releases of k3s and k0s, in turn."""
    result = []
    for number in range(count):
        minor, patch = 34 - number // 2 % 5, number // 10
        word = f"v1.{minor}.{patch}"
        result.append(
            Provider(name="k0s", version=f"{word}+k0s.0")
            if number % 2
            else Provider(name="k3s", version=f"{word}+k3s1")
        )
    return result


class Growth(NamedTuple):
    """A matrix of some size: its work, the steps of the next version, and the steps of the busiest of some builders."""

    images: int
    steps: int
    next_version: int
    gigabytes: float
    busiest: tuple[int, ...]


# The numbers of provider releases, for 48 to 1008 images, and of builders.
RELEASES = (1, 8, 20, 41)
BUILDERS = (2, 4, 8, 16)


def growth(file: Path, counts: Iterable[int] = RELEASES) -> list[Growth]:
    """Return a row for each number of provider releases."""
    rows = []
    for number in counts:
        images = find(file, releases(number))
        first, following = work(images), work(find(file, releases(number), VERSION="v1.0.1"))
        busiest = tuple(max(len(shard.keys) for shard in item) for item in split(images, *BUILDERS))
        rows.append(Growth(first.images, len(first.steps), len(following.after(first)), first.gigabytes, busiest))
    return rows


def table(rows: Iterable[Growth]) -> str:
    """Return the rows as a Markdown table."""
    head = ["images", "steps, 1 builder", *(f"busiest of {number}" for number in BUILDERS), "next version", "cache"]
    lines = [f"| {' | '.join(head)} |", f"|{'---:|' * len(head)}"]
    for row in rows:
        cells = [row.images, row.steps, *row.busiest, row.next_version, f"{row.gigabytes:.0f} GB"]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)
