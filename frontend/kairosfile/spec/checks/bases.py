"""The base image held against what is asked of it, where its name tells what it is. Nothing is pulled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.bases import (
    MOVING_DEBIAN,
    TRUSTED_HADRON,
    Base,
    kairos_image,
    plain_base,
    recognise,
    why_unusable,
)
from kairosfile.kairos.families import family_named
from kairosfile.kairos.releases import Release, release
from kairosfile.spec import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.document import Document

REFUSES_FIPS_ON_UBUNTU = release("v0.3.0")
NEEDS_VERSION_ID = release("v0.5.5")

# The first release whose detection of distributions knows them; the others are known to all.
FIRST_RELEASES = {
    "rhel": release("v0.5.0"),
    "hadron": release("v0.6.0"),
    TRUSTED_HADRON: release("v0.6.0"),
    "centos": release("v0.7.2"),
    "sle-micro-rancher": release("v0.8.0"),
    "ol": release("v0.9.0"),
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
FIRST_TRUSTED_UBUNTU = (24, 4)

# init downloads linux-modules-extra for trusted boot; from v0.6.0-rc1 on, and in v0.5.17, only where Ubuntu has it.
UBUNTU_WITHOUT_MODULES_EXTRA = (25, 10)
EMBEDS_BINARIES = release("v0.5.0-rc1")
ASKED_ONCE_BEFORE = release("v0.5.17")
ASKS_UBUNTU_RELEASE = release("v0.6.0-rc1")
NOT_TRUSTED = {
    "alpine": "has no systemd",
    "debian": "has no systemd-boot that kairos-init knows",
    "hadron": "has its own image for Trusted Boot",
}


def usable(document: Document) -> Iterator[Diagnostic]:
    """The base has what kairos-init works with."""
    why = why_unusable(document.model.base)
    if why:
        message = f"{document.model.base} cannot be a base: {why}"
        hint = "start from a distribution, such as ubuntu:24.04, debian:13, fedora:43 or alpine:3.21"
        yield document.fault(rules.BASE_UNUSABLE, ("base",), message, hint)


def not_converted(document: Document) -> Iterator[Diagnostic]:
    """The base was not made by Kairos already: the link of a provider cannot be made twice, and keys survive."""
    image = kairos_image(document.model.base)
    if image is None:
        return
    hint = f"start from {plain_base(image)}, and let kairos-init do the rest"
    if image.variant == "standard" and document.model.provider is not None:
        message = "the base holds a Kubernetes already, and install fails over another"
        yield document.fault(rules.BASE_STANDARD, ("base",), message, hint)
    else:
        message = f"the base is a {image.variant} image of Kairos already: packages and recorded keys of it survive"
        yield document.fault(rules.BASE_CONVERTED, ("base",), message, hint)


def known_distribution(document: Document) -> Iterator[Diagnostic]:
    """The chosen kairos-init knows the distribution."""
    base, chosen = recognise(document.model.base), document.model.kairos_init.release
    if base is None:
        return
    first = FIRST_RELEASES.get(base.distribution)
    if first is not None and chosen < first:
        message = f"kairos-init {chosen} does not know {base.name}"
        hint = f"choose {first} or newer in kairos_init, or another base"
        yield document.fault(rules.BASE_RELEASE, ("base",), message, hint)
    if base.distribution == "debian" and base.tag.split("-")[0] in MOVING_DEBIAN and chosen >= NEEDS_VERSION_ID:
        message = "this Debian has no release number yet, and kairos-init fails without one"
        yield document.fault(rules.BASE_RELEASE, ("base",), message, "start from a stable one: debian:13")


def trusted_boot(document: Document) -> Iterator[Diagnostic]:
    """The base can be booted by Trusted Boot."""
    base, chosen = recognise(document.model.base), document.model.kairos_init.release
    if not document.model.trusted_boot or base is None:
        return
    if why := _why_not_trusted(base):
        message = f"trusted boot does not work on {base.name}: it {why}"
        hint = "start from ubuntu:24.04 or newer, Fedora, or Hadron's hadron-trusted, or remove trusted_boot"
        yield document.fault(rules.TRUSTED_BOOT_BASE, ("trusted_boot",), message, hint)
    if base.is_ubuntu_from(UBUNTU_WITHOUT_MODULES_EXTRA) and _wants_modules_extra(chosen):
        message = f"kairos-init {chosen} makes no trusted boot on {base.name}: it wants a package that is gone there"
        hint = f"choose {ASKS_UBUNTU_RELEASE} or newer in kairos_init, or start from ubuntu:24.04"
        yield document.fault(rules.TRUSTED_BOOT_BASE, ("trusted_boot",), message, hint)


def _why_not_trusted(base: Base) -> str:
    if base.distribution == "ubuntu" and base.release and not base.is_ubuntu_from(FIRST_TRUSTED_UBUNTU):
        return "is older than Ubuntu 24.04"
    return NOT_TRUSTED.get(base.distribution, "")


def _wants_modules_extra(chosen: Release) -> bool:
    return EMBEDS_BINARIES <= chosen < ASKS_UBUNTU_RELEASE and chosen != ASKED_ONCE_BEFORE


def fips(document: Document) -> Iterator[Diagnostic]:
    """kairos-init makes FIPS images of the base; it refuses Ubuntu."""
    base = recognise(document.model.base)
    refuses = document.model.kairos_init.release >= REFUSES_FIPS_ON_UBUNTU
    if document.model.fips and base and base.distribution == "ubuntu" and refuses:
        hint = "start from Debian, Fedora, Rocky Linux, openSUSE or Hadron, or remove fips"
        yield document.fault(rules.FIPS_BASE, ("fips",), "kairos-init refuses FIPS on Ubuntu", hint)


def model(document: Document) -> Iterator[Diagnostic]:
    """The base has a kernel for the model."""
    name, base = document.model.model, recognise(document.model.base)
    if name in RASPBERRY and _is_red_hat(document.model.family, base):
        message = f"{base.name if base else 'the Red Hat family'} has no kernel for the model {name}"
        hint = "start from Ubuntu, Debian, Alpine, openSUSE or Hadron"
        yield document.fault(rules.MODEL_BASE, ("model",), message, hint)
    if base is None:
        return
    wanted = UBUNTU_OF_MODEL.get(name)
    if wanted and (base.distribution != "ubuntu" or base.release not in ((), wanted)):
        number = f"{wanted[0]}.{wanted[1]:02}"
        message = f"NVIDIA's packages for the model {name} are for Ubuntu {number}, the base is {base.name}"
        yield document.fault(rules.MODEL_BASE, ("model",), message, f"start from ubuntu:{number}")


def _is_red_hat(family: str | None, base: Base | None) -> bool:
    """Tell whether the base is of that family: as the file says, else by its name."""
    red_hat = family_named("redhat")
    return family == red_hat.name or (family is None and base is not None and base.distribution in red_hat.ids)
