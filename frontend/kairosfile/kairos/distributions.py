"""Families of distributions, and their package managers.

A family is known from the base's name if that is a common one, otherwise only inside the image. Nothing is pulled to
detect it. Names of packages are only added as separate arguments; code that writes a shell command line quotes them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from kairosfile.kairos.bases import distribution_of
from kairosfile.named_tuple import NamedTuple
from kairosfile.patterns import compile_later

if TYPE_CHECKING:
    from collections.abc import Sequence


Words = tuple[str, ...]


class Manager(NamedTuple):
    """A package manager.

    `caches` are directories that can be kept between builds. `keep` are the arguments of `install` if they are kept and
    `drop` if they are not; `clean` removes downloads in that case. `kernels` is a shell command that prints the names
    of the installed kernel packages, or nothing; `purge` removes kernels with all their generated files.
    """

    name: str
    install: Words
    remove: Words
    kernels: str
    caches: Words
    keep: Words = ()
    drop: Words = ()
    clean: Words = ()
    refresh: Words = ()
    purge: Words = ()
    env: tuple[tuple[str, str], ...] = ()

    def commands(self, install: Sequence[str], remove: Sequence[str], *, cached: bool) -> list[Words]:
        """Return the command lines that remove some packages and then install others.

        The package lists are updated before both: apt does not remove packages that it does not know.
        """
        removing = [(*self.remove, *remove)] if remove else []
        if not install:
            return removing
        refreshing = [self.refresh] if self.refresh else []
        cleaning = [self.clean] if self.clean and not cached else []
        return [*refreshing, *removing, (*self.install, *(self.keep if cached else self.drop), *install), *cleaning]


# The base images of Debian and Ubuntu delete downloads from /var/cache/apt/archives after each run of dpkg; in another
# folder of the same cache they stay.
_APT_DOWNLOADS = "Dir::Cache::archives=/var/cache/apt/kairosfile"

# With it, kernel packages of Debian and Ubuntu generate no initrd, which takes minutes and which init generates again.
# Seen with dracut; the hook of initramfs-tools reads the same variable.
NO_INITRD = ("INITRD", "No")

APT = Manager(
    "apt",
    install=("apt-get", "install", "-y", "--no-install-recommends"),
    keep=("-o", _APT_DOWNLOADS),
    clean=("apt-get", "clean"),
    remove=("apt-get", "remove", "-y"),
    purge=("apt-get", "purge", "-y"),
    kernels=r"dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'linux-image-*' 'linux-modules-*' 2>/dev/null"
    " | sed -n 's/^installed //p'",
    caches=("/var/cache/apt", "/var/lib/apt/lists"),
    refresh=("apt-get", "update"),
    env=(("DEBIAN_FRONTEND", "noninteractive"),),
)
DNF = Manager(
    "dnf",
    install=("dnf", "install", "-y"),
    keep=("--setopt=keepcache=1",),
    clean=("dnf", "clean", "all"),
    remove=("dnf", "remove", "-y"),
    kernels=r"rpm -qa --qf '%{NAME}\n' kernel kernel-core 'kernel-modules*' 'kernel-rt*' 'kernel-uek*' | sort -u",
    caches=("/var/cache/dnf", "/var/cache/libdnf5"),
)
ZYPPER = Manager(
    "zypper",
    install=("zypper", "--non-interactive", "install"),
    clean=("zypper", "clean", "--all"),
    remove=("zypper", "--non-interactive", "remove"),
    kernels=r"rpm -qa --qf '%{NAME}\n' 'kernel-default*' 'kernel-rt*' 'kernel-64kb*' 'kernel-longterm*' | sort -u",
    caches=("/var/cache/zypp",),
)
APK = Manager(
    "apk",
    install=("apk", "add"),
    keep=("--update-cache", "--cache-dir", "/var/cache/apk"),
    drop=("--no-cache",),
    remove=("apk", "del"),
    kernels="apk info 2>/dev/null | sed -nE '/^linux-(lts|virt|stable|edge|rpi[0-9]*)$/p'",
    caches=("/var/cache/apk",),
)
# Arch does not support partial upgrades: a new package needs the newest version of all others.
PACMAN = Manager(
    "pacman",
    install=("pacman", "-Syu", "--noconfirm", "--needed"),
    clean=("pacman", "-Scc", "--noconfirm"),
    remove=("pacman", "-R", "--noconfirm"),
    kernels="pacman -Qq | sed -nE '/^linux(-lts|-zen|-hardened|-rt|-rt-lts|-rpi|-rpi-16k|-aarch64)?$/p'",
    caches=("/var/cache/pacman/pkg",),
)


FamilyName = Literal["debian", "redhat", "suse", "alpine", "arch", "hadron"]


class Family(NamedTuple):
    """One family, named as KAIROS_FAMILY names it.

    `ids` are its values of ID and ID_LIKE in /etc/os-release. Without a manager the base has no packages.
    """

    name: FamilyName
    ids: tuple[str, ...]
    manager: Manager | None
    has_systemd: bool = True


FAMILIES: tuple[Family, ...] = (
    Family("debian", ("debian", "ubuntu"), APT),
    Family("redhat", ("fedora", "rhel", "rocky", "almalinux", "centos", "ol", "openEuler"), DNF),
    Family(
        "suse",
        ("opensuse-leap", "opensuse-tumbleweed", "opensuse", "sles", "sle-micro-rancher", "suse"),
        ZYPPER,
    ),
    Family("alpine", ("alpine",), APK, has_systemd=False),
    Family("arch", ("arch",), PACMAN),
    Family("hadron", ("hadron",), None),
)


# Names of packages that contain a kernel image; headers, tools and modules are not kernels.
_NO_KERNEL = compile_later(r".*(?:headers|tools|modules|source|doc|dbg|dbgsym|devel)(?:-.*)?", re.DOTALL)
_KERNELS: dict[FamilyName, str] = {
    "debian": r"linux-image-.+|linux-(?:generic|lowlatency|virtual|realtime|aws|azure|gcp|gke|ibm|kvm|nvidia|oem|oracle"
    r"|raspi)(?:-.+)?",
    "redhat": r"kernel(?:-(?:rt|64k|uek|lt|ml|longterm|debug))?(?:-core)?",
    "suse": r"kernel-(?:default|rt|64kb|longterm|azure|kvmsmall|vanilla)(?:-base)?",
    "alpine": r"linux-(?:lts|virt|stable|edge|rpi[0-9]*)",
    "arch": r"linux(?:-(?:lts|zen|hardened|rt|rt-lts|rpi|rpi-16k|aarch64))?",
}


def is_kernel(package: str, family: FamilyName | None) -> bool:
    """Return whether a package of a family, or of any family if it is unknown, contains a kernel."""
    name = re.split(r"[=<>~@:]", package, maxsplit=1)[0]
    patterns = [_KERNELS.get(family, "")] if family else _KERNELS.values()
    return not _NO_KERNEL.fullmatch(name) and any(re.fullmatch(pattern, name) for pattern in patterns)


def family_named(name: FamilyName) -> Family:
    """Return a family by its name."""
    return next(family for family in FAMILIES if family.name == name)


def family_for(name: FamilyName | None, base: str) -> Family | None:
    """Return the family that a file names, otherwise the one of its base's name; None if only the image has it."""
    return family_named(name) if name else family_of(base)


def family_of(base: str) -> Family | None:
    """Return the family of a base image, None if its name is unknown."""
    distribution = distribution_of(base)
    return next((family for family in FAMILIES if distribution in family.ids), None)
