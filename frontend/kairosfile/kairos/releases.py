"""Releases of kairos-init and AuroraBoot, ordered by number: v0.5.29 comes before v0.6.0, whatever their dates."""

from __future__ import annotations

import re
from typing import NamedTuple

IMAGE = "quay.io/kairos/kairos-init"
NEWEST = "v0.17.3"

# What is left of each series of releases, newest first: nobody wants an older patch of the same series.
LAST_OF_SERIES = (
    *(NEWEST, "v0.16.4", "v0.15.3", "v0.14.8", "v0.13.1", "v0.12.1", "v0.11.0", "v0.10.2", "v0.9.1"),
    *("v0.8.14", "v0.7.4", "v0.6.9", "v0.5.29", "v0.4.9", "v0.3.0", "v0.2.7", "v0.1.1", "v0.0.1"),
)

_TAG = re.compile(r"v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-(rc|beta)(\d{1,9}))?", re.IGNORECASE | re.ASCII)


class Tool(NamedTuple):
    """A program of Kairos that comes as an image of its own, tagged by its releases; `newest` is the newest known."""

    name: str
    image: str
    newest: str


KAIROS_INIT = Tool("kairos-init", IMAGE, NEWEST)


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
        match = _TAG.fullmatch(tag)
        if match is None:
            return None
        major, minor, patch, stage, number = match.groups()
        return cls(int(major), int(minor), int(patch), (stage or "release").lower(), int(number or 0))

    def __str__(self) -> str:
        suffix = "" if self.stage == "release" else f"-{self.stage}{self.number}"
        return f"v{self.major}.{self.minor}.{self.patch}{suffix}"


def release(tag: str) -> Release:
    """Return the release of a tag that is known to be one; raises ValueError for any other."""
    parsed = Release.parse(tag)
    if parsed is None:
        raise ValueError(f"{tag} is not a release")
    return parsed


def image_of(
    version: str | None = None, image: str | None = None, digest: str | None = None, tool: Tool = KAIROS_INIT
) -> str:
    """Return the image that the parts of a field such as `kairos_init` mean; without any, the newest release known.

    The release is the tag wherever the image has none; a digest alone is not given a tag that may not be its
    own. A digest that the image already has counts.
    """
    name = image or tool.image
    if version is None and image is None and digest is None:
        version = tool.newest
    if version is not None and not has_tag_or_digest(name):
        name = f"{name}:{_tag(version)}"
    return f"{name}@{digest}" if digest and "@" not in name else name


def release_of(image: str, tool: Tool = KAIROS_INIT) -> Release:
    """Return the release that an image's tag names; the newest for a digest, `latest` or a private tag.

    Images numbered like Kairos itself (v4 and above) sort after all others and speak the newest dialect.
    """
    name = image.split("@", 1)[0].rsplit("/", 1)[-1]
    return Release.parse(name.partition(":")[2]) or release(tool.newest)


def release_spoken(version: str | None, image: str, tool: Tool = KAIROS_INIT) -> Release:
    """Return the release whose command line is spoken: that of `version` where it is given, else of the image's tag."""
    if version is None:
        return release_of(image, tool)
    return Release.parse(version) or release(tool.newest)


def is_official(image: str, tool: Tool = KAIROS_INIT) -> bool:
    """Tell whether an image is Kairos' own, whose tags are releases."""
    return image.partition("@")[0].removeprefix(tool.image)[:1] in ("", ":") and image.startswith(tool.image)


def has_tag_or_digest(image: str) -> bool:
    """Tell whether a reference says which image of its repository it means."""
    return "@" in image or ":" in image.rsplit("/", 1)[-1]


def _tag(version: str) -> str:
    return version if version.startswith("v") else f"v{version}"
