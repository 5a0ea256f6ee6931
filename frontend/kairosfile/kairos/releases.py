"""Releases of kairos-init and AuroraBoot, ordered by number: v0.5.29 comes before v0.6.0, whatever their dates.

Also the providers with the format of their releases, and the models with their architectures.

Also the log of kairos-init, which is written to standard output and to files of the image that it works on. The files
have a timestamp on each line, so they would make the image of every build differ. Source: kairos-sdk, types/logger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.named_tuple import NamedTuple
from kairosfile.patterns import ASCII, compile_later

if TYPE_CHECKING:
    from typing import ClassVar


IMAGE = "quay.io/kairos/kairos-init"
NEWEST = "v0.17.3"

# Latest patch release of each minor series, newest first.
LAST_OF_SERIES = (
    *(NEWEST, "v0.16.4", "v0.15.3", "v0.14.8", "v0.13.1", "v0.12.1", "v0.11.0", "v0.10.2", "v0.9.1"),
    *("v0.8.14", "v0.7.4", "v0.6.9", "v0.5.29", "v0.4.9", "v0.3.0", "v0.2.7", "v0.1.1", "v0.0.1"),
)

_TAG = compile_later(r"v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-(rc|beta)(\d{1,9}))?", ASCII)  # of a text in lower case

# From hashicorp/go-version, NewSemver: what --version of kairos-init v0.2.6 and later can parse.
# Repetitions of characters are possessive, which changes no match: no part begins as the one before it ends.
_VERSION = compile_later(
    r"v?[0-9]++(\.[0-9]++)*"
    r"(-[0-9]++[0-9A-Za-z\-~]*+(\.[0-9A-Za-z\-~]++)*|-[A-Za-z\-~]++[0-9A-Za-z\-~]*+(\.[0-9A-Za-z\-~]++)*)?"
    r"(\+[0-9A-Za-z\-~]++(\.[0-9A-Za-z\-~]++)*)?"
)

PROVIDER_VERSIONS = {
    "k3s": (compile_later(r"v[0-9]+\.[0-9]+\.[0-9]+(-rc[0-9]+)?\+k3s[0-9]+"), "v1.33.1+k3s1"),
    "k0s": (compile_later(r"v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?\+k0s\.[0-9]+"), "v1.33.1+k0s.0"),
}

# `latest` is what the generic Dockerfile calls a provider version that is not pinned.
UNPINNED = "latest"

MODELS_FOR_ANY_PLATFORM = frozenset({"generic"})
MODEL_ARCHITECTURE = "arm64"

# Names that kairos-init itself changed, at v0.7.0.
RENAMED_MODELS = {
    "agx-orin": "nvidia-jetson-agx-orin",
    "orin-nx": "nvidia-jetson-orin-nx",
}

FOLDER = "/var/log/kairos"
RUNTIME_FOLDER = "/run/kairos"

# Lines on standard output are coloured, terminal or not, unless this is set; BuildKit passes the codes on unchanged.
PLAIN = ("NO_COLOR", "1")


class ReleasedTool(NamedTuple):
    """A program of Kairos that is published as an image, tagged by its releases; `newest` is the newest known."""

    name: str
    image: str
    newest: str


KAIROS_INIT = ReleasedTool("kairos-init", IMAGE, NEWEST)


class Release(NamedTuple):
    """One release; a pre-release sorts before the release that it leads to."""

    major: int
    minor: int
    patch: int
    stage: str = "release"
    number: int = 0

    @classmethod
    def parse(cls, tag: str) -> Release | None:
        """Return the release that a tag names, or None for any other tag such as `latest`."""
        match = _TAG.fullmatch(tag.lower())
        if match is None:
            return None
        major, minor, patch, stage, number = match.groups()
        return cls(int(major), int(minor), int(patch), stage or "release", int(number or 0))

    def __str__(self) -> str:
        suffix = "" if self.stage == "release" else f"-{self.stage}{self.number}"
        return f"v{self.major}.{self.minor}.{self.patch}{suffix}"


def release(tag: str) -> Release:
    """Return the release of a tag; raises ValueError if the tag is not a release."""
    parsed = Release.parse(tag)
    if parsed is None:
        raise ValueError(f"{tag} is not a release")
    return parsed


def image_of(
    version: str | None = None, image: str | None = None, digest: str | None = None, tool: ReleasedTool = KAIROS_INIT
) -> str:
    """Return the image of the parts of a field such as `kairos_init`; without any, the newest known release.

    The release becomes the tag if the image has none; a digest alone gets no tag, because the tag may name another
    image. A digest that the image already has is used.
    """
    name = image or tool.image
    if version is None and image is None and digest is None:
        version = tool.newest
    if version is not None and not has_tag_or_digest(name):
        name = f"{name}:{_tag(version)}"
    return f"{name}@{digest}" if digest and "@" not in name else name


def release_of(image: str, tool: ReleasedTool = KAIROS_INIT) -> Release:
    """Return the release that an image's tag names; the newest for a digest, `latest` or a private tag.

    Images numbered like Kairos itself (v4 and above) sort after all others and have the newest command line.
    """
    return _tagged(image) or release(tool.newest)


def names_release(image: str) -> bool:
    """Return whether an image's tag names a release."""
    return _tagged(image) is not None


def _tagged(image: str) -> Release | None:
    name = image.split("@", 1)[0].rsplit("/", 1)[-1]
    return Release.parse(name.partition(":")[2])


class ToolImage:
    """A tool resolved from its fields: a release, an image, a digest."""

    if TYPE_CHECKING:
        TOOL: ClassVar[ReleasedTool]
        version: str | None
        image: str | None
        digest: str | None

    @property
    def reference(self) -> str:
        """The image as a reference; without any field the newest known release."""
        return image_of(self.version, self.image, self.digest, self.TOOL)

    @property
    def release(self) -> Release:
        """The release whose command line is used: `version` if it is set, otherwise that of the image's tag."""
        if self.version is None:
            return release_of(self.reference, self.TOOL)
        return Release.parse(self.version) or release(self.TOOL.newest)


def is_official(image: str, tool: ReleasedTool = KAIROS_INIT) -> bool:
    """Return whether Kairos publishes the image, so that its tags are releases."""
    return image.partition("@")[0].removeprefix(tool.image)[:1] in ("", ":") and image.startswith(tool.image)


def has_tag_or_digest(image: str) -> bool:
    """Return whether a reference has a tag or a digest."""
    return "@" in image or ":" in image.rsplit("/", 1)[-1]


def _tag(version: str) -> str:
    return version if version.startswith("v") else f"v{version}"


def is_version(text: str) -> bool:
    """Return whether kairos-init accepts a text as the version of an image."""
    return bool(plain_numbers(text)) or _VERSION.fullmatch(text) is not None


def plain_numbers(version: str) -> list[str]:
    """Return the numbers of a version that has only numbers after an optional v; no numbers for any other."""
    numbers = version.removeprefix("v").split(".")
    return numbers if all(number.isascii() and number.isdecimal() for number in numbers) else []


_ONE_FOLDER_SINCE = Release(0, 4, 8)


def log_folders(used: Release) -> tuple[str, ...]:
    """Return the folders that a release writes its log to."""
    return (FOLDER,) if used >= _ONE_FOLDER_SINCE else (RUNTIME_FOLDER, FOLDER)


class KairosInitImage(ToolImage):
    """The kairos-init of the fields of `kairos_init`."""

    TOOL = KAIROS_INIT


class ProviderPlugin:
    """The provider of the fields of `provider`."""

    if TYPE_CHECKING:
        name: str
        plugin: str | None

    @property
    def is_bundled(self) -> bool:
        """Whether kairos-init itself can install it."""
        return self.plugin is None and self.name in PROVIDER_VERSIONS
