"""The steps of kairos-init that can be skipped, as a table: name, the stage that runs it, the releases that know it.

kairos-init accepts every name in every stage and ignores the ones of the other. So a stage is told only its own:
skipping a step of init leaves the install layer cached.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from kairosfile.kairos.releases import Release, release

Stage = Literal["install", "init"]


class Row(NamedTuple):
    """A name that a stage of the releases from `first` up to, without, `until` looks at."""

    name: str
    stage: Stage
    first: Release
    until: Release | None = None


_FIRST = release("v0.5.0-rc1")
_KERNEL = release("v0.5.5")  # gave the kernel a step of its own and moved initramfsConfigs to init
_PLUGINS = release("v0.6.0-rc1")  # left Kubernetes to provider plugins; `kubernetes` is accepted, but does nothing
_SSH = release("v0.17.3")

_INSTALL = ("install", "installPackages", "branding", "grub", "miscellaneous", "cloudconfigs", "kairosBinaries")
_INIT = ("init", "kairosRelease", "kernel", "initrd", "services", "workarounds", "cleanup")

TABLE: tuple[Row, ...] = (
    *(Row(name, "install", _FIRST) for name in (*_INSTALL, "providerBinaries")),
    *(Row(name, "init", _FIRST) for name in _INIT),
    Row("initramfsConfigs", "install", _FIRST, _KERNEL),
    Row("initramfsConfigs", "init", _KERNEL),
    Row("installKernel", "install", _KERNEL),
    Row("kubernetes", "install", _FIRST, _PLUGINS),
    Row("buildProvider", "install", _PLUGINS),
    Row("sshHardening", "init", _SSH),
)

# One step, two names: what the other releases call it.
RENAMED = {"kubernetes": "buildProvider", "buildProvider": "kubernetes"}

# Steps without which the provider, its Kubernetes or what is recorded of them is missing on purpose.
OF_PROVIDER = frozenset({"install", "init", "providerBinaries", "kubernetes", "buildProvider", "kairosRelease"})


def steps_of(wanted: Release) -> dict[str, Stage]:
    """Return the names that a release acts on, each with the stage that runs it."""
    rows = [row for row in TABLE if row.first <= wanted and (row.until is None or wanted < row.until)]
    return {row.name: row.stage for row in rows}


def first_release_with_step(name: str) -> Release | None:
    """Return the first release that knows a step by this name, None where none does."""
    return min((row.first for row in TABLE if row.name == name), default=None)
