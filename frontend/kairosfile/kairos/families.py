"""Families of distributions: how a base is told apart, and with what its packages are managed.

A family is known from the base's name where that is one of the usual ones, and else only inside the image. Nothing is
pulled to find it out.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from kairosfile.kairos.managers import APK, APT, DNF, PACMAN, ZYPPER, Manager

FamilyName = Literal["debian", "redhat", "suse", "alpine", "arch", "hadron"]


class Family(NamedTuple):
    """One family, named as KAIROS_FAMILY names it.

    `ids` are the values of ID and ID_LIKE in /etc/os-release that mean it. Without a manager the base has no packages.
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

# By the last part of a repository's name, whatever registry or mirror it is on: the ID in its /etc/os-release.
BASES: dict[str, str] = {
    "debian": "debian",
    "ubuntu": "ubuntu",
    "fedora": "fedora",
    "rockylinux": "rocky",
    "almalinux": "almalinux",
    "oraclelinux": "ol",
    "centos": "centos",
    "ubi": "rhel",
    "ubi8": "rhel",
    "ubi9": "rhel",
    "ubi10": "rhel",
    "openeuler": "openEuler",
    "leap": "opensuse-leap",
    "tumbleweed": "opensuse-tumbleweed",
    "sle-micro-rancher": "sle-micro-rancher",
    "alpine": "alpine",
    "archlinux": "arch",
    "hadron": "hadron",
    "hadron-trusted": "hadron",
}


def family_named(name: FamilyName) -> Family:
    """Return a family by its name."""
    return next(family for family in FAMILIES if family.name == name)


def family_for(name: FamilyName | None, base: str) -> Family | None:
    """Return the family that a file names, else the one that its base's name tells; None where only the image knows."""
    return family_named(name) if name else family_of(base)


def family_of(base: str) -> Family | None:
    """Return the family of a base image, None where its name does not tell."""
    distribution = distribution_of(base)
    return next((family for family in FAMILIES if distribution in family.ids), None)


def distribution_of(base: str) -> str | None:
    """Return the os-release ID of a base image such as `ubuntu`, None where its name does not tell."""
    path = base.split("@", 1)[0].rsplit("/", 1)[-1]
    return BASES.get(path.partition(":")[0])
