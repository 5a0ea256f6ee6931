"""Shards: groups of targets for several builders, and the steps that each builder runs.

`docker buildx` builds all targets of a platform on the first node of a builder with that platform. So several builders
of one platform get a separate group of targets each. A step that two groups have runs twice. To avoid that, targets
with the same base and platform, or the same model too, stay together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kairosfile.cli.bake import step_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from kairosfile.cli.bake import Target

GROUP = "shard-{}"

# From the most sharing to single targets, which balance best.
_TOGETHER: tuple[Callable[[Target], Hashable], ...] = (
    lambda target: target.start,
    lambda target: target.starts[0],
    lambda target: target.name,
)


@dataclass(frozen=True, slots=True)
class Shard:
    """The targets of one builder, and the cache keys of their steps: a builder runs each once."""

    targets: tuple[Target, ...]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Unit:
    """Targets that stay together."""

    targets: tuple[Target, ...]
    keys: frozenset[str]


_EMPTY = Shard((), frozenset())


def keys_of(targets: Iterable[Target]) -> dict[str, frozenset[str]]:
    """Return the cache keys of the steps of each target by its name."""
    return {target.name: frozenset(step_keys(target.image).values()) for target in targets}


def split(targets: Sequence[Target], keys: Mapping[str, frozenset[str]], count: int) -> list[Shard]:
    """Split targets into shards; a shard without targets is left out.

    Of the possible splits this returns the one with the fewest steps, where a builder that waits for the largest shard
    counts as if it ran the missing steps too.

    Args:
        targets: The targets of a bake file.
        keys: The cache keys of their steps, by the names of the targets.
        count: The maximum number of shards.
    """
    splits = [_assign(_units(targets, keys, together), count) for together in _TOGETHER]
    return min(splits, key=lambda shards: _cost(shards, count))


def _cost(shards: Iterable[Shard], count: int) -> int:
    runs = [len(shard.keys) for shard in shards]
    return sum(runs) + count * max(runs)


def _units(
    targets: Iterable[Target], keys: Mapping[str, frozenset[str]], together: Callable[[Target], Hashable]
) -> list[_Unit]:
    groups: dict[Hashable, list[Target]] = defaultdict(list)
    for target in targets:
        groups[together(target)].append(target)
    return [_Unit(tuple(unit), frozenset().union(*(keys[one.name] for one in unit))) for unit in groups.values()]


def _assign(units: Iterable[_Unit], count: int) -> list[Shard]:
    """Add each unit, the largest first, to the shard that has the fewest steps with it."""
    shards = [_EMPTY] * count
    for unit in sorted(units, key=lambda unit: -len(unit.keys)):
        smallest = min(range(count), key=lambda number: len(shards[number].keys | unit.keys))
        shard = shards[smallest]
        shards[smallest] = Shard(shard.targets + unit.targets, shard.keys | unit.keys)
    return [shard for shard in shards if shard.targets]


def groups_of(shards: Iterable[Shard]) -> dict[str, list[str]]:
    """Return the groups `shard-1`, `shard-2` ... of a bake file, with the names of their targets."""
    return {GROUP.format(number): [one.name for one in shard.targets] for number, shard in enumerate(shards, 1)}


def report(shards: Sequence[Shard]) -> str:
    """Return a text with the number of steps that each builder runs."""
    runs = sum(len(shard.keys) for shard in shards)
    more = runs - len(frozenset().union(*(shard.keys for shard in shards)))
    repeated = f"{more} more than one builder" if more else "no more than one builder"
    head = f"{len(shards)} builders, one for each group, run {runs} steps, {repeated}"
    rows = [
        f"  {GROUP.format(number):<9}  {len(shard.targets):>6}  {len(shard.keys):>5}"
        for number, shard in enumerate(shards, 1)
    ]
    return "\n".join([head, "", f"  {'group':<9}  {'images':>6}  {'runs':>5}", *rows]) + "\n"
