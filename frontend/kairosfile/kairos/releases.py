"""Releases of kairos-init, ordered by number: v0.5.29 comes before v0.6.0, whatever their dates."""

from __future__ import annotations

import re
from dataclasses import dataclass

IMAGE = "quay.io/kairos/kairos-init"
NEWEST = "v0.17.3"

_TAG = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-(rc|beta)(\d+))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Release:
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
        raise ValueError(f"{tag} is not a release of kairos-init")
    return parsed


def image_of(setting: str | None) -> str:
    """Return the image that the field `kairos_init` means: a release, an image, or nothing for the newest."""
    if setting is None:
        return f"{IMAGE}:{NEWEST}"
    if (parsed := Release.parse(setting)) is not None:
        return f"{IMAGE}:{setting if setting.startswith('v') else parsed}"
    return setting


def release_of(image: str) -> Release:
    """Return the release that an image's tag names; the newest for a digest, `latest` or a private tag.

    Images numbered like Kairos itself (v4 and above) sort after all others and speak the newest dialect.
    """
    name = image.split("@", 1)[0].rsplit("/", 1)[-1]
    return Release.parse(name.partition(":")[2]) or release(NEWEST)
