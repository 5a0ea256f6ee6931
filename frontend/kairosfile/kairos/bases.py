"""What can be told of a base image from its name alone: its distribution, and whether it can be a base at all.

Nothing is pulled. A name that says nothing is no fault: rules that need the distribution are silent then.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kairosfile.kairos.families import distribution_of

Numbers = tuple[int, ...]


class Base(NamedTuple):
    """A distribution by its ID of /etc/os-release; `release` is empty where the tag has no numbers."""

    distribution: str
    release: Numbers
    tag: str

    @property
    def name(self) -> str:
        """What people call it: `Ubuntu 22.04`."""
        number = ".".join(
            f"{part:02}" if index and self.distribution == "ubuntu" else str(part)
            for index, part in enumerate(self.release)
        )
        return " ".join(filter(None, (NAMES.get(self.distribution, self.distribution), number)))

    def is_ubuntu_from(self, first: Numbers) -> bool:
        """Tell whether it is a release of Ubuntu that is known and at least this one."""
        return self.distribution == "ubuntu" and self.release >= first


NAMES = {
    "alpine": "Alpine",
    "almalinux": "AlmaLinux",
    "arch": "Arch Linux",
    "centos": "CentOS",
    "debian": "Debian",
    "fedora": "Fedora",
    "hadron": "Hadron",
    "ol": "Oracle Linux",
    "opensuse-leap": "openSUSE Leap",
    "opensuse-tumbleweed": "openSUSE Tumbleweed",
    "rhel": "Red Hat Enterprise Linux",
    "rocky": "Rocky Linux",
    "sle-micro-rancher": "SLE Micro",
    "ubuntu": "Ubuntu",
}

# Told apart from plain Hadron, whose ID it has: it is the one that Trusted Boot can start.
TRUSTED_HADRON = "hadron-trusted"

_CODENAMES: dict[str, Numbers] = {
    "focal": (20, 4),
    "jammy": (22, 4),
    "noble": (24, 4),
    "plucky": (25, 4),
    "questing": (25, 10),
    "bullseye": (11,),
    "bookworm": (12,),
    "trixie": (13,),
}
_NUMBERS = re.compile(r"(?:stream|v)?(\d{1,4}(?:\.\d{1,4})*)", re.ASCII)

# Tags of Debian without VERSION_ID in /etc/os-release.
MOVING_DEBIAN = frozenset({"testing", "sid", "unstable", "forky"})

# Images without a package manager or a shell that kairos-init could use.
_UNUSABLE: tuple[tuple[str, str], ...] = (
    (r"(.*/)?scratch", "it is empty"),
    (r"(.*/)?busybox", "it has no package manager"),
    (r"gcr\.io/distroless/.*", "it has no shell and no package manager"),
    (r"(.*/)?hello-world", "it has no shell and no package manager"),
    (r"quay\.io/kairos/kairos-init", "it holds nothing but kairos-init"),
    (r"cgr\.dev/.*", "kairos-init knows no Wolfi"),
    (r"(.*/)?amazonlinux", "kairos-init knows no Amazon Linux"),
    (r"(.*/)?(linuxmint|pop-os)(/.*)?", "kairos-init finds no package manager on derivatives of Ubuntu"),
)


class KairosImage(NamedTuple):
    """An image that Kairos publishes, already converted."""

    flavor: str
    variant: str


_KAIROS = re.compile(r"quay\.io/kairos/([a-z0-9._-]+)")
_KAIROS_TAG = re.compile(r"(?:.*-)?(core|standard)-.+")
_FLAVORS = {
    "ubuntu": "ubuntu",
    "debian": "debian",
    "fedora": "fedora",
    "alpine": "alpine",
    "rockylinux": "rockylinux",
    "opensuse": "opensuse/leap",
    "hadron": "ghcr.io/kairos-io/hadron",
}


def recognise(reference: str) -> Base | None:
    """Return the distribution of a base, None where its name does not tell."""
    path, tag = _parts(reference)
    found = None if kairos_image(reference) else distribution_of(reference)
    if found is None:
        return None
    return Base(TRUSTED_HADRON if path.endswith(TRUSTED_HADRON) else found, _release(tag), tag)


def why_unusable(reference: str) -> str:
    """Return why an image cannot be a base, nothing for one of which that is not known."""
    path, _ = _parts(reference)
    return next((why for pattern, why in _UNUSABLE if re.fullmatch(pattern, path)), "")


def kairos_image(reference: str) -> KairosImage | None:
    """Return what an image of Kairos holds, None for any other."""
    path, tag = _parts(reference)
    flavor, variant = _KAIROS.fullmatch(path), _KAIROS_TAG.fullmatch(tag)
    return KairosImage(flavor.group(1), variant.group(1)) if flavor and variant else None


def plain_base(image: KairosImage) -> str:
    """Return the image to start from instead of one that Kairos made of it."""
    return _FLAVORS.get(image.flavor, "the distribution's own image")


def _parts(reference: str) -> tuple[str, str]:
    """Return the repository and the tag of a reference; Docker Hub's name is left out."""
    path = reference.partition("@")[0]
    tag = ""
    if ":" in path.rsplit("/", 1)[-1]:
        path, _, tag = path.rpartition(":")
    return path.removeprefix("docker.io/").removeprefix("library/"), tag


def _release(tag: str) -> Numbers:
    word = tag.split("-", 1)[0]
    match = _NUMBERS.fullmatch(word)
    return tuple(map(int, match.group(1).split("."))) if match else _CODENAMES.get(word, ())
