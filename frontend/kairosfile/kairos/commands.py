"""The command lines of kairos-init, release range by release range, as a table.

A `Flag` says which setting it carries and to which stages it goes. A stage gets what it reads and no more: above
all the image version goes to init, and install gets a constant where the flag is required, so that a new version
leaves the install layer cached. Which stage reads what was taken from the sources of each range.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from kairosfile.kairos.releases import Release, release

Stage = Literal["install", "init", "validate"]
Settings = Mapping[str, str | bool | None]

PLACEHOLDER_VERSION = "v0.0.0"
RUNS: tuple[Stage, ...] = ("install", "init")
ALL: tuple[Stage, ...] = ("install", "init", "validate")


class Flag(NamedTuple):
    """Words of a command line and the setting that fills them.

    In the words `{value}` is the setting's value and `{provider}` the provider's name. A flag whose setting is
    None or False is left out; one without a setting is constant.
    """

    words: tuple[str, ...]
    setting: str | None = None
    stages: tuple[Stage, ...] = ALL

    def render(self, settings: Settings) -> tuple[str, ...]:
        """Return the words, none where the setting is not given."""
        value = settings.get(self.setting) if self.setting else ""
        if value is None or value is False:
            return ()
        fill = {"value": value, "provider": settings.get("provider.name")}
        return tuple(word.format_map(fill) for word in self.words)


class Command(NamedTuple):
    """A command line, and the settings that it was made of: the fields that the step depends on."""

    argv: tuple[str, ...]
    settings: tuple[str, ...]


class Dialect(NamedTuple):
    """The command line of the releases from `first` up to the first of the next dialect."""

    first: Release
    flags: tuple[Flag, ...]
    validate: tuple[Flag, ...]
    models: tuple[str, ...]
    providers: tuple[str, ...] = ("k3s", "k0s")
    init_network: bool = False
    has_version: bool = True

    def command(self, program: str, stage: Stage, settings: Settings) -> Command:
        """Return the command line of one stage."""
        flags = [flag for flag in self.flags_of(stage) if stage in flag.stages]
        words = [word for flag in flags for word in flag.render(settings)]
        return Command((program, *words), tuple(dict.fromkeys(flag.setting for flag in flags if flag.setting)))

    def flags_of(self, stage: Stage) -> tuple[Flag, ...]:
        """Return the flags that a stage can have, in the order of the command line."""
        return self.validate if stage == "validate" else self.flags

    def knows(self, setting: str) -> bool:
        """Tell whether any stage can be told this setting."""
        return any(flag.setting == setting for flag in (*self.flags, *self.validate))


_LEVEL = Flag(("-l", "{value}"), "log_level")
_INSTALL = Flag(("-s", "install"), stages=("install",))
_INIT = Flag(("-s", "init"), stages=("init",))
_VALIDATE = Flag(("--validate",))
_MODEL = Flag(("-m", "{value}"), "model", RUNS)
_VARIANT = Flag(("-v", "{value}"), "variant")
_TRUSTED = Flag(("-t", "{value}"), "trusted")
_FIPS = Flag(("--fips",), "fips", RUNS)
_FIPS_INSTALL = Flag(("--fips",), "fips", ("install",))
_PLACEHOLDER = Flag(("--version", PLACEHOLDER_VERSION), stages=("install",))
_PLACEHOLDER_VALIDATE = Flag(("--version", PLACEHOLDER_VERSION))
_VERSION = Flag(("--version", "{value}"), "version", ("init",))
_K8S = Flag(("-k", "{value}"), "provider.name")
_K8S_VERSION = Flag(("--k8sversion", "{value}"), "provider.version", ("install",))
_PROVIDER = Flag(("-p", "{value}"), "provider.name", RUNS)
_PROVIDER_VERSION = Flag(("--provider-{provider}-version", "{value}"), "provider.version", ("install",))
_PROVIDER_CONFIG = Flag(("--provider-{provider}-config", "{value}"), "provider.config", ("install",))
_EXTENSIONS = Flag(("--stage-extensions",), "stage_extensions", RUNS)
_EXTENSIONS_5 = Flag(("-x",), "stage_extensions", RUNS)

# Install pulls the framework image; init records its version, and alone records the registry.
_FRAMEWORK = (
    Flag(("-f", "{value}"), "framework.version", RUNS),
    Flag(("-r", "{value}"), "framework.registry", ("init",)),
)

# Each stage is told only the steps that it runs, so that skipping one of init leaves install cached. One list with
# commas: of several flags the last would win.
_SKIP = (
    Flag(("--skip-step", "{value}"), "skip_steps.install", ("install",)),
    Flag(("--skip-step", "{value}"), "skip_steps.init", ("init",)),
)

_STAGES = (_LEVEL, _INSTALL, _INIT, _MODEL)
_RECORDED = (_PLACEHOLDER, _VERSION)
_PINNED_K8S = (_K8S, _K8S_VERSION)
_PLUGIN = (_PROVIDER, _PROVIDER_VERSION, _PROVIDER_CONFIG)
_FLAGS_0 = (*_STAGES, _VARIANT, _TRUSTED, *_FRAMEWORK)
_FLAGS_1 = (*_STAGES, _VARIANT, *_PINNED_K8S, _TRUSTED, _FIPS_INSTALL, *_FRAMEWORK)
_FLAGS_2 = (*_FLAGS_1, *_RECORDED)
_FLAGS_4 = (*_STAGES, _VARIANT, *_PINNED_K8S, _TRUSTED, _FIPS, *_FRAMEWORK, _EXTENSIONS, *_RECORDED)
_FLAGS_5 = (*_STAGES, _TRUSTED, _FIPS, *_PINNED_K8S, *_SKIP, _EXTENSIONS_5, *_RECORDED)
_FLAGS_8 = (*_STAGES, _TRUSTED, _FIPS, *_PLUGIN, *_SKIP, _EXTENSIONS_5, *_RECORDED)

_VALIDATE_0 = (_VALIDATE, _VARIANT, _TRUSTED)
_VALIDATE_1 = (_VALIDATE, _VARIANT, _K8S, _TRUSTED)
_VALIDATE_2 = (*_VALIDATE_1, _PLACEHOLDER_VALIDATE)
_VALIDATE_5 = (Flag(("validate",)), _TRUSTED)

_BOARDS = ("generic", "rpi3", "rpi4")
_JETSON = ("nvidia-jetson-agx-orin", "nvidia-jetson-orin-nx")
_THOR = (*_BOARDS, *_JETSON, "nvidia-jetson-thor")
_SPARK = (*_THOR, "nvidia-dgx-spark")

DIALECTS: tuple[Dialect, ...] = (
    Dialect(release("v0.0.1"), _FLAGS_0, _VALIDATE_0, _BOARDS, (), init_network=True, has_version=False),
    Dialect(release("v0.2.0"), _FLAGS_1, _VALIDATE_1, _BOARDS, init_network=True, has_version=False),
    Dialect(release("v0.2.1"), _FLAGS_1, _VALIDATE_1, (*_BOARDS, "agx-orin"), init_network=True, has_version=False),
    Dialect(release("v0.2.5"), _FLAGS_2, _VALIDATE_2, (*_BOARDS, "agx-orin"), init_network=True),
    Dialect(release("v0.3.0"), _FLAGS_4, _VALIDATE_2, (*_BOARDS, "agx-orin"), init_network=True),
    Dialect(release("v0.5.0-rc1"), _FLAGS_5, _VALIDATE_5, (*_BOARDS, "agx-orin")),
    Dialect(release("v0.6.0-rc1"), _FLAGS_8, _VALIDATE_5, (*_BOARDS, "agx-orin")),
    Dialect(release("v0.6.0"), _FLAGS_8, _VALIDATE_5, (*_BOARDS, "agx-orin", "orin-nx")),
    Dialect(release("v0.7.0"), _FLAGS_8, _VALIDATE_5, (*_BOARDS, *_JETSON)),
    Dialect(release("v0.9.0"), _FLAGS_8, _VALIDATE_5, _THOR),
    Dialect(release("v0.17.0"), _FLAGS_8, _VALIDATE_5, _SPARK),
)


def dialect_of(wanted: Release) -> Dialect:
    """Return the dialect that a release speaks; releases newer than the table speak the newest one."""
    return next((row for row in reversed(DIALECTS) if row.first <= wanted), DIALECTS[0])


def first_release_with(setting: str) -> Release | None:
    """Return the first release that can be told a setting, None where no release can."""
    return _first(row.first for row in DIALECTS if row.knows(setting))


def first_release_without(setting: str) -> Release | None:
    """Return the release that a setting is gone from, None where the newest one still has it."""
    known = [index for index, row in enumerate(DIALECTS) if row.knows(setting)]
    return _first(row.first for row in DIALECTS[known[-1] + 1 :]) if known else None


def first_release_with_model(model: str) -> Release | None:
    """Return the first release that knows a model by this name."""
    return _first(row.first for row in DIALECTS if model in row.models)


def _first(releases: Iterable[Release]) -> Release | None:
    return next(iter(releases), None)
