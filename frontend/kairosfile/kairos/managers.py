"""Package managers as data: the command lines that refresh, install and remove, and what is worth keeping.

Names of packages are only ever added as words of a command line; who writes a line for a shell quotes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

Words = tuple[str, ...]


class Manager(NamedTuple):
    """A package manager.

    `caches` are directories that may outlive a build. `keep` is what `install` is told where they do and `drop` where
    they do not; `clean` is what removes downloads then. `kernels` is a shell command that prints the names of the
    installed kernel packages, nothing where there are none; `purge` removes kernels with all that they made.
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

        What is known of packages is renewed before both: apt does not remove what it has never heard of.
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
# Arch knows no partial upgrades: what is installed goes with the newest of everything else.
PACMAN = Manager(
    "pacman",
    install=("pacman", "-Syu", "--noconfirm", "--needed"),
    clean=("pacman", "-Scc", "--noconfirm"),
    remove=("pacman", "-R", "--noconfirm"),
    kernels="pacman -Qq | sed -nE '/^linux(-lts|-zen|-hardened|-rt|-rt-lts|-rpi|-rpi-16k|-aarch64)?$/p'",
    caches=("/var/cache/pacman/pkg",),
)
