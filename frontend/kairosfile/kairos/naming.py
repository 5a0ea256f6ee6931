"""How Kairos calls an image and the artifacts that are made of it, in both tag styles in use.

An image is `<flavor>:<release>-<variant>-<arch>-<model>-<version>`, followed by the provider and its release for a
standard one; a file is `kairos-<flavor>-` and the same. The styles differ in what stands between provider and
release: Kairos' own SDK writes nothing (versioneer/versioneer.go of kairos-sdk), images published since Kairos v3.5
have a dash (the default tag of kairos-factory-action). A tag cannot hold a plus, so it has a dash there; a file
name keeps it. Files have the SDK's style, because AuroraBoot names them by it.

Names are computed from what is known before a build. AuroraBoot makes a file's name of /etc/kairos-release in the
image, whose release of the distribution may have more numbers than the tag of the base.
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

# Where Kairos' repositories have another name than the ID in /etc/os-release, which the files have.
REPOSITORIES = {"rocky": "rockylinux"}
# Recorded as one flavor, with the kind before the number: leap-15.6 (pkg/stages of kairos-init).
_OPENSUSE = {"opensuse-leap": "leap", "opensuse-tumbleweed": "tumbleweed"}
# How many of the tag's numbers VERSION_ID has.
_NUMBERS = {"debian": 1, "fedora": 1, "alpine": 2}


class Flavor(NamedTuple):
    """A base as names have it: `ubuntu` and `24.04`; `repository` is the name that Kairos' images of it have."""

    name: str
    release: str

    @property
    def repository(self) -> str:
        """The last part of an image's repository."""
        return REPOSITORIES.get(self.name, self.name)


class Named(NamedTuple):
    """What the name of an image is made of; `provider` is empty for core, `file_name` for Kairos' convention."""

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
        """Return what image and files share, with every plus."""
        version = self.version if self.version.startswith("v") else f"v{self.version}"
        parts = [self.flavor.release, self.variant, self.architecture, self.model, version]
        if self.provider:
            parts.append(f"{self.provider}{BETWEEN[style]}{self.provider_version}")
        return "-".join(parts)

    def tag(self, style: TagStyle) -> str:
        """Return the tag; `-uki` marks Trusted Boot where images are published, the SDK has no word for it."""
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
    """Return the flavor of a base image; None where its name has no release.

    One that is no known distribution is called after its own repository and tag.
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
    """Return Tumbleweed, whose number only the image knows."""
    return Flavor("opensuse", kind) if kind == "tumbleweed" else None


def _release(base: Base) -> str:
    if base.distribution in {"hadron", TRUSTED_HADRON}:
        return base.tag  # with its v, as Kairos' own images of it
    numbers = base.release[: _NUMBERS.get(base.distribution)]
    return ".".join(
        f"{number:02}" if index and base.distribution == "ubuntu" else str(number)
        for index, number in enumerate(numbers)
    )
