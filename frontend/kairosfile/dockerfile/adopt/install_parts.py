"""Merges calls of install that each run a part of it into one call.

Each step of install runs in one of them, in the order of the parts, and all of them must get
the same values of the settings that they read: differences are reported as left over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.dockerfile.adopt.kairos_init import DEFAULTS, FIELD_NAMES, INSTALL
from kairosfile.dockerfile.adopt.values import Value
from kairosfile.kairos.commands import steps_of
from kairosfile.kairos.install_parts import GENERIC, PROVIDER_STEPS, WHOLE_STAGE, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kairosfile.kairos.releases import Release

    Settings = Mapping[str, Value]

OTHER_ORDER = (
    "it runs behind a later part of install; a Kairosfile runs packages, kernel, Kairos' own files, Kubernetes"
)


def steps_run(settings: Mapping[str, Value], cli: Release) -> frozenset[str]:
    """Return the steps of the install stage that a call runs: those that it does not skip."""
    own = {name for name, stage in steps_of(cli).items() if stage == INSTALL and name != WHOLE_STAGE}
    skipped = {name.strip() for name in settings["skip_steps"].text.split(",")} if "skip_steps" in settings else set()
    return frozenset() if WHOLE_STAGE in skipped else frozenset(own - skipped)


def is_all_but_provider(settings: Mapping[str, Value]) -> bool:
    """Return whether a call without a provider skips provider steps, as the part does that images share."""
    skipped = settings["skip_steps"].text.split(",") if "skip_steps" in settings else []
    return "provider.name" not in settings and set(PROVIDER_STEPS) <= set(skipped)


def fold(calls: Sequence[Mapping[str, Value]], cli: Release) -> dict[str, Value] | None:
    """Return the settings of one install call that is equivalent to several; None if a step would run twice.

    If calls differ in a setting, the value of the first call with a step that reads it counts.
    """
    ran = [steps_run(settings, cli) for settings in calls]
    if not calls or not all(ran) or sum(map(len, ran)) != len(frozenset().union(*ran)):
        return None
    readers = [
        {name: settings[name] for name in settings if _reads(steps, name, cli)}
        for settings, steps in zip(calls, ran, strict=True)
    ]
    settings = {name: value for settings in reversed([*readers, *calls]) for name, value in settings.items()}
    settings.pop("skip_steps", None)
    known = [name for name, stage in steps_of(cli).items() if stage == INSTALL and name != WHOLE_STAGE]
    unneeded = () if "provider.name" in settings else PROVIDER_STEPS
    skipped = [name for name in known if name not in (*frozenset().union(*ran), *unneeded)]
    skipped += _skipped_of_init(calls, cli)
    return settings | ({"skip_steps": Value(",".join(skipped))} if skipped else {})


def _skipped_of_init(calls: Sequence[Mapping[str, Value]], cli: Release) -> list[str]:
    """Return the steps that all calls skip and that install lacks: they have no effect and are kept."""
    known = steps_of(cli)
    lists = [settings["skip_steps"].text.split(",") if "skip_steps" in settings else [] for settings in calls]
    return [name for name in lists[0] if name and known.get(name) != INSTALL and all(name in each for each in lists)]


def _reads(steps: frozenset[str], setting: str, cli: Release) -> bool:
    parts = parts_of(cli, GENERIC, None)
    return any(setting in part.settings and not steps.isdisjoint(part.steps) for part in parts)


def differences(calls: Sequence[Settings], cli: Release) -> Iterator[tuple[int, str]]:
    """Yield the differences between one install call and several, each with the index of the differing call."""
    latest = 0
    values: dict[str, str] = {}
    for index, settings in enumerate(calls):
        steps = steps_run(settings, cli)
        indexes = [
            number for number, part in enumerate(parts_of(cli, GENERIC, None)) if not steps.isdisjoint(part.steps)
        ]
        if min(indexes, default=latest) < latest:
            yield index, OTHER_ORDER
        latest = max([latest, *indexes])
        for name, default in DEFAULTS.items():
            if _reads(steps, name, cli):
                text = settings[name].text if name in settings else default
                if values.setdefault(name, text) != text:
                    shown = FIELD_NAMES.get(name, name)
                    yield index, f"it gets {shown} {text}, an earlier part of install {values[name]}"
