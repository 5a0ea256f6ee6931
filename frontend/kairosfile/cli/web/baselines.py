"""Plans of the earlier texts that costs are computed from, kept in the process that computes the costs.

While somebody types, the earlier text stays the same: at each key, only the new text needs to be planned.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kairosfile.cli.web.traced_files import TracedFiles
from kairosfile.plan.offline import keys
from kairosfile.plan.targets import TargetError

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from kairosfile.cli.web.texts import Text
    from kairosfile.language.lockfile import Lock
    from kairosfile.plan.diff import Version
    from kairosfile.plan.offline import Keys

MOST = 4  # texts; one that is open in two tabs, with two targets each, needs four
_cache: OrderedDict[Hashable, _Entry] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Baseline:
    """An earlier text on one platform: its document and plan, and the cache keys of its steps."""

    version: Version
    keys: Mapping[str, Keys]


@dataclass(frozen=True, slots=True)
class _Entry:
    """Baselines with what they depend on, besides the text."""

    lock: Lock | None
    files: TracedFiles
    baselines: list[Baseline]


def baselines_of(before: Text, platforms: Sequence[str], target: str) -> list[Baseline]:
    """Return the baselines of an earlier text for the target, or of all of it if it has no such target.

    They are computed again if the lock file or a file that planning has read has changed since.

    Args:
        before: The earlier text; its own platforms do not count.
        platforms: The platforms of the new text.
        target: The target of the new text.

    Raises:
        KairosfileError: The earlier text has errors.
        CliError: A file that it names cannot be read.
    """
    args = tuple(sorted(before.build_args.items()))
    key = (before.file, before.text, before.built, args, tuple(platforms), target)
    lock, entry = before.lock, _cache.pop(key, None)
    if entry is None or entry.lock != lock or not entry.files.are_unchanged:
        files = TracedFiles(before.files)
        entry = _Entry(lock, files, _computed(before, files, platforms, target))
    _cache[key] = entry
    if len(_cache) > MOST:
        _cache.popitem(last=False)
    return entry.baselines


def _computed(before: Text, files: TracedFiles, platforms: Sequence[str], target: str) -> list[Baseline]:
    text = replace(before, platforms=platforms)
    try:
        versions = text.versions(target, files)
    except TargetError:
        versions = text.versions(files=files)
    return [Baseline(version, keys(version.plan)) for version in versions]
