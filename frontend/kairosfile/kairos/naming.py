"""Kairos' names of an image and its artifacts, in both tag styles in use.

An image is `<flavor>:<release>-<variant>-<arch>-<model>-<version>`, followed by the provider and its release for a
standard one; a file is `kairos-<flavor>-` and the same. The styles differ in the separator between provider and
release: Kairos' SDK uses none (versioneer/versioneer.go of kairos-sdk), images published since Kairos v3.5 use a dash
(the default tag of kairos-factory-action). A tag cannot contain a plus, which becomes a dash; a file name keeps it.
Files have the SDK's style, because AuroraBoot uses it.

Names are computed from the data before a build. AuroraBoot derives a file's name from /etc/kairos-release in the image,
where the release of the distribution may have more numbers than the tag of the base.
"""

from __future__ import annotations

from typing import Literal

from kairosfile.kairos.bases import TRUSTED_HADRON, Base, detect_distribution
from kairosfile.kairos.releases import MODELS_FOR_ANY_PLATFORM
from kairosfile.named_tuple import NamedTuple

TagStyle = Literal["published", "sdk"]
BETWEEN: dict[TagStyle, str] = {"published": "-", "sdk": ""}

UKI = "-uki"
LONGEST_TAG = 128

# Names of Kairos' repositories that differ from the ID in /etc/os-release; files are named by the ID.
REPOSITORIES = {"rocky": "rockylinux"}
# Recorded as one flavor, with the kind before the number: leap-15.6 (pkg/stages of kairos-init).
_OPENSUSE = {"opensuse-leap": "leap", "opensuse-tumbleweed": "tumbleweed"}
# How many of the tag's numbers VERSION_ID has.
_NUMBERS = {"debian": 1, "fedora": 1, "alpine": 2}


class Flavor(NamedTuple):
    """The part of a name for the base: `ubuntu` and `24.04`; `repository` is the repository of Kairos' images."""

    name: str
    release: str

    @property
    def repository(self) -> str:
        """The last part of an image's repository."""
        return REPOSITORIES.get(self.name, self.name)


class Named(NamedTuple):
    """The parts of an image's name; `provider` is empty for core, `file_name` for Kairos' convention."""

    flavor: Flavor
    variant: str
    architecture: str
    model: str
    version: str
    provider: str = ""
    provider_version: str = ""
    trusted_boot: bool = False
    file_name: str = ""

    def common(self, style: TagStyle) -> str:
        """Return the common part of the names of image and files, with every plus."""
        version = self.version if self.version.startswith("v") else f"v{self.version}"
        parts = [self.flavor.release, self.variant, self.architecture, self.model, version]
        if self.provider:
            parts.append(f"{self.provider}{BETWEEN[style]}{self.provider_version}")
        return "-".join(parts)

    def tag(self, style: TagStyle) -> str:
        """Return the tag; `-uki` marks Trusted Boot in the style of published images, the SDK does not mark it."""
        mark = UKI if self.trusted_boot and style == "published" else ""
        return self.common(style).replace("+", "-") + mark

    def image(self, style: TagStyle, registry: str = "") -> str:
        """Return the image in a registry and organisation such as `quay.io/kairos`; without one, its name alone."""
        name = f"{self.flavor.repository}:{self.tag(style)}"
        return f"{registry.rstrip('/')}/{name}" if registry else name

    def files(self) -> tuple[str, ...]:
        """Return the artifacts of AuroraBoot: an ISO for Trusted Boot, disks for boards, both else."""
        stem = self.file_name or f"kairos-{self.flavor.name}-{self.common('sdk')}"
        if self.trusted_boot:
            return (f"{stem}{UKI}.iso",)
        return (f"{stem}.iso", f"{stem}.raw") if self.model in MODELS_FOR_ANY_PLATFORM else (f"{stem}.raw",)


def flavor_of(base: str) -> Flavor | None:
    """Return the flavor of a base image; None if its name has no release.

    An unknown distribution is named after its repository and tag.
    """
    known = detect_distribution(base)
    if known is None:
        path, colon, tag = base.partition("@")[0].rpartition("/")[2].partition(":")
        return Flavor(path, tag) if colon else None
    release = _release(known)
    if known.distribution in _OPENSUSE:
        kind = _OPENSUSE[known.distribution]
        return Flavor("opensuse", f"{kind}-{release}") if release else _moving(kind)
    name = "hadron" if known.distribution == TRUSTED_HADRON else known.distribution
    return Flavor(name, release) if release else None


def _moving(kind: str) -> Flavor | None:
    """Return Tumbleweed, whose number is only in the image."""
    return Flavor("opensuse", kind) if kind == "tumbleweed" else None


def _release(base: Base) -> str:
    if base.distribution in {"hadron", TRUSTED_HADRON}:
        return base.tag  # with its v, as Kairos' own images of it
    numbers = base.release[: _NUMBERS.get(base.distribution)]
    return ".".join(
        f"{number:02}" if index and base.distribution == "ubuntu" else str(number)
        for index, number in enumerate(numbers)
    )
