"""Checks of the base image by its name, and of the file against the platform it is built for. Nothing is pulled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.distributions import (
    MOVING_DEBIAN,
    TRUSTED_HADRON,
    Base,
    detect_distribution,
    family_named,
    kairos_image,
    plain_base,
    why_unusable,
)
from kairosfile.kairos.releases import MODEL_ARCHITECTURE, MODELS_FOR_ANY_PLATFORM, Release, is_official
from kairosfile.language import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.sections.document import Document


REFUSES_FIPS_ON_UBUNTU = Release(0, 3, 0)
CHECKS_FIPS = frozenset({"install", "installPackages"})  # without these steps nothing checks FIPS on Ubuntu
NEEDS_VERSION_ID = Release(0, 5, 5)
# Skipping the first keeps install from creating an existing link. The field `plugin` skips it too, but then its plugin
# is the second one in the image.
BRINGS_PROVIDER = frozenset({"providerBinaries", "install"})

# The first release that detects these distributions; all releases detect the others.
FIRST_RELEASES = {
    "rhel": Release(0, 5, 0),
    "hadron": Release(0, 6, 0),
    TRUSTED_HADRON: Release(0, 6, 0),
    "centos": Release(0, 7, 2),
    "sle-micro-rancher": Release(0, 8, 0),
    "ol": Release(0, 9, 0),
}

# NVIDIA's packages are for one Ubuntu each.
UBUNTU_OF_MODEL = {
    "agx-orin": (22, 4),
    "orin-nx": (22, 4),
    "nvidia-jetson-agx-orin": (22, 4),
    "nvidia-jetson-orin-nx": (22, 4),
    "nvidia-jetson-thor": (24, 4),
    "nvidia-dgx-spark": (24, 4),
}
RASPBERRY = frozenset({"rpi3", "rpi4"})
# Hadron contains the files for a board, and kairos-init installs no packages on it.
HADRON_MODELS = frozenset({"nvidia-jetson-thor"})
FIRST_TRUSTED_UBUNTU = (24, 4)

# init downloads linux-modules-extra for trusted boot; from v0.6.0-rc1 on, and in v0.5.17, only where Ubuntu has it.
UBUNTU_WITHOUT_MODULES_EXTRA = (25, 10)
EMBEDS_BINARIES = Release(0, 5, 0, "rc", 1)
ASKS_UBUNTU_RELEASE_EARLY = Release(0, 5, 17)
ASKS_UBUNTU_RELEASE = Release(0, 6, 0, "rc", 1)
NOT_TRUSTED = {
    "alpine": "has no systemd",
    "debian": "is not tested by Kairos",
    "hadron": "has its own image for Trusted Boot",
}

RISCV = "riscv64"
FIRST_ON_RISCV = Release(0, 10, 0)
ARCHITECTURES = ("amd64", "arm64", RISCV)
PROVIDER_ARCHITECTURES = ("amd64", "arm64")
ARTIFACT_ARCHITECTURES = ("amd64", "arm64")
ARTIFACTS = ("iso", "uki", "netboot", "raw")

# Fields that only kairos-init reads.
UNUSED = (
    *("variant", "model", "provider", "kairos_init", "log_level", "skip_steps", "install", "init", "stage_extensions"),
    *("framework", "binaries", "environment", "fips"),
)


def usable(document: Document) -> Iterator[Diagnostic]:
    """kairos-init can convert the base."""
    why = why_unusable(document.model.base)
    if why:
        message = f"{document.model.base} cannot be a base: {why}"
        hint = "start from a distribution, such as ubuntu:24.04, debian:13, fedora:43 or alpine:3.21"
        yield document.diagnostic(rules.BASE_UNUSABLE, ("base",), message, hint)


def not_converted(document: Document) -> Iterator[Diagnostic]:
    """The base is not an image of Kairos: the link of a provider cannot be created twice, and old keys survive."""
    image = kairos_image(document.model.base)
    if image is None:
        return
    hint = f"start from {plain_base(image)}, or write `convert: false` for a layer on the image"
    is_linked = document.model.kairos_init.release >= EMBEDS_BINARIES and BRINGS_PROVIDER.isdisjoint(
        document.model.skip_steps
    )
    is_doubled = document.model.provider is not None and is_linked
    if image.variant == "standard" and is_doubled:
        message = "the base already has a Kubernetes, and install fails to add another"
        yield document.diagnostic(rules.BASE_STANDARD, ("base",), message, hint)
    elif image.variant == "standard" and document.model.provider is None:
        message = "the base is a standard image of Kairos: the result would be labelled core, with its Kubernetes in it"
        yield document.diagnostic(rules.BASE_CONVERTED, ("base",), message, hint)
    else:
        message = f"the base is a {image.variant} image of Kairos already: packages and recorded keys of it survive"
        yield document.diagnostic(rules.BASE_CONVERTED, ("base",), message, hint)


def known_distribution(document: Document) -> Iterator[Diagnostic]:
    """The chosen kairos-init supports the distribution."""
    base, chosen = detect_distribution(document.model.base), document.model.kairos_init.release
    if base is None:
        return
    first = FIRST_RELEASES.get(base.distribution)
    if first is not None and chosen < first:
        message = f"kairos-init {chosen} does not support {base.name}{base.guess}"
        hint = f"choose {first} or newer in kairos_init, or another base"
        yield document.diagnostic(rules.BASE_RELEASE, ("base",), message, hint)
    if base.distribution == "debian" and base.tag.split("-")[0] in MOVING_DEBIAN and chosen >= NEEDS_VERSION_ID:
        message = "this Debian has no release number yet, and kairos-init fails without one"
        yield document.diagnostic(rules.BASE_RELEASE, ("base",), message, "start from a stable one: debian:13")


def trusted_boot(document: Document) -> Iterator[Diagnostic]:
    """Trusted Boot is known to work on the base, and init finds the packages for it."""
    base, chosen = detect_distribution(document.model.base), document.model.kairos_init.release
    if not document.model.trusted_boot or base is None:
        return
    if why := _why_not_trusted(base):
        message = f"trusted boot is not known to work on {base.name}: it {why}{base.guess}"
        hint = "start from ubuntu:24.04 or newer, Fedora, or Hadron's hadron-trusted, or remove trusted_boot"
        if base.distribution == "debian":
            message = f"trusted boot on {base.name} was seen to boot live, but not installed{base.guess}"
            hint = f"installing needs libtss2: add `packages: [tpm2-tools]` to after_install; or {hint}"
        yield document.diagnostic(rules.TRUSTED_BOOT_BASE, ("trusted_boot",), message, hint)
    if base.is_ubuntu_from(UBUNTU_WITHOUT_MODULES_EXTRA) and _wants_modules_extra(chosen):
        message = f"kairos-init {chosen} does not support trusted boot on {base.name}: a package is missing there"
        hint = f"choose {ASKS_UBUNTU_RELEASE} or newer in kairos_init, or start from ubuntu:24.04"
        yield document.diagnostic(rules.TRUSTED_BOOT_MODULES, ("trusted_boot",), message, hint)


def _why_not_trusted(base: Base) -> str:
    if base.distribution == "ubuntu" and base.release and not base.is_ubuntu_from(FIRST_TRUSTED_UBUNTU):
        return "is older than Ubuntu 24.04"
    return NOT_TRUSTED.get(base.distribution, "")


def _wants_modules_extra(chosen: Release) -> bool:
    return EMBEDS_BINARIES <= chosen < ASKS_UBUNTU_RELEASE and chosen != ASKS_UBUNTU_RELEASE_EARLY


def fips(document: Document) -> Iterator[Diagnostic]:
    """kairos-init supports FIPS on the base; install refuses Ubuntu if it installs packages."""
    model, base = document.model, detect_distribution(document.model.base)
    if base is None or base.distribution != "ubuntu" or model.kairos_init.release < REFUSES_FIPS_ON_UBUNTU:
        return
    is_fips = model.fips if model.install.fips is None else model.install.fips
    if is_fips and CHECKS_FIPS.isdisjoint(model.skip_steps):
        message = f"kairos-init refuses FIPS on Ubuntu{base.guess}"
        hint = (
            "start from Debian, Fedora, Rocky Linux, openSUSE or Hadron; or install FIPS packages in a hook, and write "
            "`install: {fips: false}`"
        )
        yield document.diagnostic(rules.FIPS_BASE, ("fips",), message, hint)


def model(document: Document) -> Iterator[Diagnostic]:
    """The base has a kernel for the model."""
    name, base = document.model.model, detect_distribution(document.model.base)
    if name in RASPBERRY and _is_red_hat(document.model.family, base):
        message = f"{base.name if base else 'the Red Hat family'} has no kernel for the model {name}"
        hint = "start from Ubuntu, Debian, Alpine, openSUSE or Hadron"
        yield document.diagnostic(rules.MODEL_BASE, ("model",), message, hint)
    if base is None:
        return
    release = UBUNTU_OF_MODEL.get(name)
    on_hadron = name in HADRON_MODELS and base.distribution == "hadron"
    if release and not on_hadron and not (base.distribution == "ubuntu" and base.release[:2] in ((), release)):
        number = f"{release[0]}.{release[1]:02}"
        message = f"NVIDIA's packages for the model {name} are for Ubuntu {number}, the base is {base.name}{base.guess}"
        yield document.diagnostic(rules.MODEL_BASE, ("model",), message, f"start from ubuntu:{number}")


def _is_red_hat(family: str | None, base: Base | None) -> bool:
    """Return whether the base is of that family, by the field of the file, else by its name."""
    red_hat = family_named("redhat")
    return family == red_hat.name or (family is None and base is not None and base.distribution in red_hat.ids)


def diagnostics(document: Document, platform: str) -> list[Diagnostic]:
    """Return the diagnostics of building a document for a platform such as `linux/arm64`."""
    architecture = platform.split("/")[1]
    unreleased = [*_kairos_init(document, platform, architecture)] if document.model.convert else []
    if unreleased and architecture not in ARCHITECTURES:
        return unreleased  # all else follows from it
    return [
        *_model(document, platform, architecture),
        *unreleased,
        *_fips(document, architecture),
        *_provider(document, platform, architecture),
        *_artifacts(document, platform, architecture),
    ]


def _model(document: Document, platform: str, architecture: str) -> Iterator[Diagnostic]:
    """Boards have one architecture; kairos-init before v0.16.2 does not check it and builds images that cannot boot."""
    model = document.model.model
    if model not in MODELS_FOR_ANY_PLATFORM and architecture != MODEL_ARCHITECTURE:
        message = f"the model {model} needs linux/{MODEL_ARCHITECTURE}, this build is for {platform}"
        hint = f"build it with --platform linux/{MODEL_ARCHITECTURE}, or make the model generic"
        yield document.diagnostic(rules.MODEL_PLATFORM, ("model",), message, hint)


def _kairos_init(document: Document, platform: str, architecture: str) -> Iterator[Diagnostic]:
    """Kairos' image of kairos-init exists for a few architectures; images of others are not checked."""
    chosen = document.model.kairos_init
    if not is_official(chosen.reference):
        return
    if architecture not in ARCHITECTURES:
        message = f"kairos-init is not released for {platform}"
        hint = "build for linux/amd64, linux/arm64 or linux/riscv64"
        yield document.diagnostic(rules.KAIROS_INIT_PLATFORM, ("kairos_init",), message, hint)
    elif architecture == RISCV and chosen.release < FIRST_ON_RISCV:
        message = f"kairos-init {chosen.release} is not released for {platform}"
        hint = f"choose {FIRST_ON_RISCV} or newer in kairos_init"
        yield document.diagnostic(rules.KAIROS_INIT_PLATFORM, ("kairos_init",), message, hint)


def _artifacts(document: Document, platform: str, architecture: str) -> Iterator[Diagnostic]:
    """AuroraBoot supports amd64 and arm64; a BIOS boots amd64 only."""
    artifacts = document.model.artifacts
    if artifacts is None:
        return
    if architecture not in ARTIFACT_ARCHITECTURES and any(getattr(artifacts, kind) is not None for kind in ARTIFACTS):
        message = f"AuroraBoot does not support {platform}"
        hint = "build for linux/amd64 or linux/arm64, or remove the artifacts"
        yield document.diagnostic(rules.ARTIFACT_PLATFORM, ("artifacts",), message, hint)
    elif artifacts.raw is not None and "bios" in artifacts.raw.formats and architecture != "amd64":
        path = ("artifacts", "raw", "formats", artifacts.raw.formats.index("bios"))
        message = f"no machine of {platform} starts from a BIOS disk"
        yield document.diagnostic(rules.ARTIFACT_PLATFORM, path, message, "write efi, or build for linux/amd64")


def _fips(document: Document, architecture: str) -> Iterator[Diagnostic]:
    if document.model.fips and architecture == RISCV:
        hint = "build for linux/amd64 or linux/arm64, or remove fips"
        yield document.diagnostic(rules.FIPS_PLATFORM, ("fips",), "kairos-init refuses FIPS on riscv64", hint)


def _provider(document: Document, platform: str, architecture: str) -> Iterator[Diagnostic]:
    provider = document.model.provider
    if provider is not None and provider.is_bundled and architecture not in PROVIDER_ARCHITECTURES:
        message = f"{provider.name} is not released for {platform}"
        hint = "build for linux/amd64 or linux/arm64, or make the image core"
        yield document.diagnostic(rules.PROVIDER_PLATFORM, ("provider",), message, hint)


def conversion(document: Document) -> Iterator[Diagnostic]:
    """Yield diagnostics of a base that kairos-init converts, or of fields without effect if it does not."""
    if document.model.convert:
        for check in (not_converted, known_distribution, trusted_boot, fips, model):
            yield from check(document)
        return
    for field in UNUSED:
        if document.has(field):
            message = f"{field} has no effect with `convert: false`: only kairos-init reads it"
            hint = f"remove {field}, or remove `convert: false` and start from a plain distribution"
            yield document.diagnostic(rules.NOT_CONVERTED, (field,), message, hint)


RULES = (usable, conversion)
