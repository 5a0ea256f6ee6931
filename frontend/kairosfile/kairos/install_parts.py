"""The install stage of kairos-init in parts: runs that skip each other's steps, and the settings that each reads.

The settings come from the sources of each range of releases. Runs of parts create the same files as one run: seen with
kairos-init v0.17.3 on Debian 13; this table assumes the same of older releases with the same steps. Every run starts
the stage extensions again, so a file with stage extensions is installed in one run.

Combinations that were tested (`_TRIED`) are installed in parts by default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.commands import PROVIDER_BINARIES
from kairosfile.kairos.releases import Release
from kairosfile.named_tuple import NamedTuple

if TYPE_CHECKING:
    from kairosfile.kairos.distributions import Base, FamilyName

GROUP = "install"
PACKAGES, KERNEL, KAIROS, PROVIDER = "packages", "kernel", "kairos", "provider"
IDS = (PACKAGES, KERNEL, KAIROS, PROVIDER)

# The names of all steps of a stage, of the step that adds the kernel, and of the one that adds Kairos' programs.
WHOLE_STAGE = "install"
INSTALL_KERNEL = "installKernel"
KAIROS_BINARIES = "kairosBinaries"

# The steps that do nothing without a provider.
PROVIDER_STEPS = (PROVIDER_BINARIES, "buildProvider")

# Boards edit the repositories of apt in runs with the flag for the model, or in the step of the packages.
GENERIC = "generic"

_OF_EVERY_RUN = frozenset({"log_level", "skip_steps.install"})


class Part(NamedTuple):
    """A run of the install stage.

    `steps` are the steps of kairos-init that it does not skip. These steps read the `settings` of the command table and
    the `variables` (a name that ends in `_` is a prefix), in addition to those that every run reads.
    """

    id: str
    steps: tuple[str, ...]
    settings: frozenset[str]
    variables: tuple[str, ...] = ()
    has_network: bool = True

    def reads_variable(self, name: str) -> bool:
        """Return whether a step of this part reads a variable; those for the log are read by every run."""
        own = any(name == each or (each.endswith("_") and name.startswith(each)) for each in self.variables)
        return own or name.startswith("KAIROS-INIT_")

    def reads_setting(self, setting: str) -> bool:
        """Return whether a step of this part reads a setting of the command table."""
        return setting in self.settings or setting in _OF_EVERY_RUN


_PACKAGES = Part(
    PACKAGES,
    ("installPackages",),
    frozenset({"model", "trusted", "fips"}),
    ("L4T_VERSION", "BOARD_MODEL", "NVIDIA_RELEASE", "NVIDIA_VERSION"),
)
_KERNEL = Part(KERNEL, (INSTALL_KERNEL,), frozenset({"model", "trusted"}))
_BOARD = _PACKAGES._replace(steps=(*_PACKAGES.steps, *_KERNEL.steps))
_KAIROS = Part(
    KAIROS,
    ("branding", "grub", "miscellaneous", "cloudconfigs", KAIROS_BINARIES),
    frozenset({"trusted", "fips"}),
    has_network=False,
)
# On Alpine a step at the end of a run reverts a change that the step of the packages makes for the whole run.
_SYSTEM = _BOARD._replace(steps=(*_BOARD.steps, *_KAIROS.steps))
_PROVIDER = Part(
    PROVIDER,
    PROVIDER_STEPS,
    frozenset({"fips", "provider.name", "provider.version", "provider.config"}),
    ("INSTALL_K3S_", "K0S_VERSION", "TMPDIR"),
)


class _Row(NamedTuple):
    """The parts of the releases from `first` on: for the generic model, for a board, and for any model on Alpine."""

    first: Release
    generic: tuple[Part, ...]
    board: tuple[Part, ...]
    alpine: tuple[Part, ...]


_ROWS = (
    _Row(
        Release(0, 6, 0),
        generic=(_PACKAGES, _KERNEL, _KAIROS, _PROVIDER),
        board=(_BOARD, _KAIROS, _PROVIDER),
        alpine=(_SYSTEM, _PROVIDER),
    ),
)


FIRST = _ROWS[0].first


def parts_of(used: Release, model: str, family: FamilyName | None) -> tuple[Part, ...]:
    """Return the parts of a release for a model, in their order; none if it can only install in one run."""
    row = next((row for row in reversed(_ROWS) if row.first <= used), None)
    if row is None:
        return ()
    if family == "alpine":
        return row.alpine
    return row.generic if model == GENERIC else row.board


class _Tried(NamedTuple):
    """A distribution on which parts create the same files as one run, and the range of these releases, inclusive.

    The steps of all these releases read the same settings as the tested one. Boards were not tested.
    """

    distribution: str
    first: Release
    last: Release


_TRIED = (_Tried("debian", Release(0, 14, 7), Release(0, 17, 3)),)


def is_tried(used: Release, model: str, base: Base | None) -> bool:
    """Return whether parts are known to equal one run; False for a base whose distribution is a guess."""
    if base is None or model != GENERIC:
        return False
    tried = any(base.distribution == row.distribution and row.first <= used <= row.last for row in _TRIED)
    return tried and not base.is_guess
