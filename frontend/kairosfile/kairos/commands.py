"""The steps of kairos-init that can be skipped, as a table: name, stage, and the releases that have it.

kairos-init accepts every name in every stage and ignores those of other stages. So each stage gets only the names of
its steps: skipping a step of init leaves the install layer cached.

The environment variables that kairos-init and the scripts of the providers' vendors read, as a table.

Proxies are missing on purpose: the builder passes them to every command, and they are not part of a cache key.

The command lines of kairos-init, release range by release range, as a table.

A `Flag` has the setting that it passes and the stages that get it. A stage gets only the settings that it reads: above
all, only init gets the image version, and install gets a constant if the flag is required, so that a new version
leaves the install layer cached. The settings that each stage reads come from the sources of each range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.kairos.releases import Release
from kairosfile.named_tuple import NamedTuple
from kairosfile.patterns import compile_later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Settings = Mapping[str, str | bool | None]

RunStage = Literal["install", "init"]

_FIRST = Release(0, 5, 0, "rc", 1)
_KERNEL = Release(0, 5, 5)  # gave the kernel a separate step and moved initramfsConfigs to init
_PLUGINS = Release(0, 6, 0, "rc", 1)  # left Kubernetes to provider plugins; `kubernetes` is accepted, but does nothing
_SSH = Release(0, 17, 3)

# The step that adds the plugin for k3s and k0s; together with a plugin of the file, install would wait forever.
PROVIDER_BINARIES = "providerBinaries"

_INSTALL_STEPS = ("install", "installPackages", "branding", "grub", "miscellaneous", "cloudconfigs", "kairosBinaries")
_INIT_STEPS = ("init", "kairosRelease", "kernel", "initrd", "services", "workarounds", "cleanup")

# The other name of a step that has two names in different releases.
RENAMED = {"kubernetes": "buildProvider", "buildProvider": "kubernetes"}

# Steps that are skipped on purpose to omit the provider, its Kubernetes or their records.
OF_PROVIDER = frozenset({"install", "init", PROVIDER_BINARIES, "kubernetes", "buildProvider", "kairosRelease"})

_ALWAYS = Release(0, 0, 1)
_KUBERNETES = Release(0, 2, 0)

_REST = compile_later(r"[A-Za-z0-9_]+")  # of the name of a variable, behind that of its family
PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"})
STAGE_EXTENSIONS = "KAIROS_INIT_STAGE_EXTENSIONS_DIR"

# A version of Kubernetes given here is overridden by the provider's.
VERSIONS = frozenset({"INSTALL_K3S_VERSION", "K0S_VERSION"})

Stage = Literal["install", "init", "validate"]

PLACEHOLDER_VERSION = "v0.0.0"
RUNS: tuple[Stage, ...] = ("install", "init")
ALL: tuple[Stage, ...] = ("install", "init", "validate")

# Releases whose init omits the kernel modules of Trusted Boot if apt's lists lack them: from the first of each pair up
# to the second. The others fail without the lists.
_LEAVES_OUT_MODULES = (
    (Release(0, 8, 13), Release(0, 9, 0, "rc", 1)),
    (Release(0, 14, 8), Release(0, 15, 0, "rc", 1)),
    (Release(0, 15, 3), Release(0, 16, 0, "rc", 1)),
    (Release(0, 16, 2), None),
)

_BOARDS = ("generic", "rpi3", "rpi4")
_JETSON = ("nvidia-jetson-agx-orin", "nvidia-jetson-orin-nx")
_THOR = (*_BOARDS, *_JETSON, "nvidia-jetson-thor")
_SPARK = (*_THOR, "nvidia-dgx-spark")


class SkipStep(NamedTuple):
    """A step name that a stage reads in the releases from `first` up to, but not including, `until`."""

    name: str
    stage: RunStage
    first: Release
    until: Release | None = None


TABLE: tuple[SkipStep, ...] = (
    *(SkipStep(name, "install", _FIRST) for name in (*_INSTALL_STEPS, PROVIDER_BINARIES)),
    *(SkipStep(name, "init", _FIRST) for name in _INIT_STEPS),
    SkipStep("initramfsConfigs", "install", _FIRST, _KERNEL),
    SkipStep("initramfsConfigs", "init", _KERNEL),
    SkipStep("installKernel", "install", _KERNEL),
    SkipStep("kubernetes", "install", _FIRST, _PLUGINS),
    SkipStep("buildProvider", "install", _PLUGINS),
    SkipStep("sshHardening", "init", _SSH),
)


def steps_of(version: Release) -> dict[str, RunStage]:
    """Return the names that a release acts on, each with the stage that runs it."""
    rows = [row for row in TABLE if row.first <= version and (row.until is None or version < row.until)]
    return {row.name: row.stage for row in rows}


def first_release_with_step(name: str) -> Release | None:
    """Return the first release that has a step with this name, None if no release has it."""
    return min((row.first for row in TABLE if row.name == name), default=None)


class Variable(NamedTuple):
    """A variable, or a prefix ending in `_` of several; `provider` names the only provider that reads it."""

    name: str
    first: Release
    stages: tuple[str, ...] = ("install",)
    provider: str | None = None

    def is_named(self, name: str) -> bool:
        """Return whether a name is this variable's or, for a family of them, begins with it."""
        rest = name.removeprefix(self.name)
        return name == self.name or (self.name.endswith("_") and rest != name and _REST.fullmatch(rest) is not None)


VARIABLES: tuple[Variable, ...] = (
    Variable("L4T_VERSION", Release(0, 7, 0)),
    Variable("BOARD_MODEL", Release(0, 7, 0)),
    Variable("NVIDIA_RELEASE", Release(0, 6, 0)),
    Variable("NVIDIA_VERSION", Release(0, 6, 0)),
    Variable("INSTALL_K3S_", _KUBERNETES, provider="k3s"),
    Variable("K0S_VERSION", _KUBERNETES, provider="k0s"),
    Variable("KAIROS-INIT_DEBUG", _ALWAYS, ("install", "init")),
    Variable("KAIROS-INIT_TRACE", _ALWAYS, ("install", "init")),
    Variable("TMPDIR", Release(0, 6, 0)),
)


def variable(name: str) -> Variable | None:
    """Return the entry of a variable, None for one that no program reads."""
    return next((row for row in VARIABLES if row.is_named(name)), None)


def init_needs_lists(version: Release) -> bool:
    """Return whether init of Trusted Boot on Ubuntu fails without the package lists that install leaves."""
    return not any(first <= version and (until is None or version < until) for first, until in _LEAVES_OUT_MODULES)


class Flag(NamedTuple):
    """Arguments of a command line and their setting.

    In the arguments `{value}` is the setting's value and `{provider}` the provider's name. A flag whose setting is
    None or False is omitted; one without a setting is constant.
    """

    argv: tuple[str, ...]
    setting: str | None = None
    stages: tuple[Stage, ...] = ALL

    def render(self, settings: Settings) -> tuple[str, ...]:
        """Return the arguments, none if the setting is missing."""
        value = settings.get(self.setting) if self.setting else ""
        if value is None or value is False:
            return ()
        fill = {"value": value, "provider": settings.get("provider.name")}
        return tuple(word.format_map(fill) for word in self.argv)


class Command(NamedTuple):
    """A command line, and its settings: the fields that the step depends on."""

    argv: tuple[str, ...]
    settings: tuple[str, ...]


class CommandLineSchema(NamedTuple):
    """The command line of the releases from `first` up to the first of the next schema."""

    first: Release
    flags: tuple[Flag, ...]
    validate: tuple[Flag, ...]
    models: tuple[str, ...]
    providers: tuple[str, ...] = ("k3s", "k0s")
    init_network: bool = False
    has_version: bool = True

    def command(
        self, program: str, stage: Stage, settings: Settings, reads: Callable[[str], bool] | None = None
    ) -> Command:
        """Return the command line of one stage; of a run that `reads` only some settings, with the flags of these."""
        flags = [flag for flag in self.flags_of(stage) if stage in flag.stages]
        if reads is not None:
            flags = [flag for flag in flags if flag.setting is None or reads(flag.setting)]
        args = [word for flag in flags for word in flag.render(settings)]
        return Command((program, *args), tuple(dict.fromkeys(flag.setting for flag in flags if flag.setting)))

    def flags_of(self, stage: Stage) -> tuple[Flag, ...]:
        """Return the flags that a stage can have, in the order of the command line."""
        return self.validate if stage == "validate" else self.flags

    def knows(self, setting: str) -> bool:
        """Return whether any stage has a flag for this setting."""
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

# Each stage gets only the names of its steps, so that skipping one of init leaves install cached. One list with
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


SCHEMAS: tuple[CommandLineSchema, ...] = (
    CommandLineSchema(Release(0, 0, 1), _FLAGS_0, _VALIDATE_0, _BOARDS, (), init_network=True, has_version=False),
    CommandLineSchema(Release(0, 2, 0), _FLAGS_1, _VALIDATE_1, _BOARDS, init_network=True, has_version=False),
    CommandLineSchema(
        Release(0, 2, 1), _FLAGS_1, _VALIDATE_1, (*_BOARDS, "agx-orin"), init_network=True, has_version=False
    ),
    CommandLineSchema(Release(0, 2, 5), _FLAGS_2, _VALIDATE_2, (*_BOARDS, "agx-orin"), init_network=True),
    CommandLineSchema(Release(0, 3, 0), _FLAGS_4, _VALIDATE_2, (*_BOARDS, "agx-orin"), init_network=True),
    CommandLineSchema(Release(0, 5, 0, "rc", 1), _FLAGS_5, _VALIDATE_5, (*_BOARDS, "agx-orin")),
    CommandLineSchema(Release(0, 6, 0, "rc", 1), _FLAGS_8, _VALIDATE_5, (*_BOARDS, "agx-orin")),
    CommandLineSchema(Release(0, 6, 0), _FLAGS_8, _VALIDATE_5, (*_BOARDS, "agx-orin", "orin-nx")),
    CommandLineSchema(Release(0, 7, 0), _FLAGS_8, _VALIDATE_5, (*_BOARDS, *_JETSON)),
    CommandLineSchema(Release(0, 9, 0), _FLAGS_8, _VALIDATE_5, _THOR),
    CommandLineSchema(Release(0, 17, 0), _FLAGS_8, _VALIDATE_5, _SPARK),
)


def schema_for(version: Release) -> CommandLineSchema:
    """Return the command-line schema of a release; for releases newer than the table, the newest one."""
    return next((row for row in reversed(SCHEMAS) if row.first <= version), SCHEMAS[0])


def first_release_with(setting: str) -> Release | None:
    """Return the first release that supports a setting, None if no release does."""
    return _first(row.first for row in SCHEMAS if row.knows(setting))


def first_release_without(setting: str) -> Release | None:
    """Return the first release without a setting, None if the newest one still has it."""
    known = [index for index, row in enumerate(SCHEMAS) if row.knows(setting)]
    return _first(row.first for row in SCHEMAS[known[-1] + 1 :]) if known else None


def first_release_with_model(model: str) -> Release | None:
    """Return the first release that has a model with this name."""
    return _first(row.first for row in SCHEMAS if model in row.models)


def _first(releases: Iterable[Release]) -> Release | None:
    return next(iter(releases), None)
