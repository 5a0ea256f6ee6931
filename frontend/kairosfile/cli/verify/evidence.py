"""An image in a registry, as `docker buildx imagetools inspect` shows it: with docker's credentials, without a pull.

Of an image for one platform buildx shows the parts as they are, of several by platform; here it is always the latter.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.cli.stop import StopError
from kairosfile.cli.verify import provenance

if TYPE_CHECKING:
    from kairosfile.cli.verify.provenance import Parts, Provenance

FORMAT = (
    '{"manifest":{{json .Manifest}},"image":{{json .Image}},"provenance":{{json .Provenance}},"sbom":{{json .SBOM}}}'
)
SECONDS = 120


class Evidence(NamedTuple):
    """What there is of one platform: the labels of its image, its provenance, its SBOM; None or empty if missing."""

    platform: str
    labels: dict[str, str]
    provenance: Provenance | None
    sbom: Parts

    @property
    def packages(self) -> int:
        """How many packages the SBOM lists."""
        return len(self.sbom.get("packages", []))


class Pushed(NamedTuple):
    """An image with its digest and what there is of each platform."""

    digest: str
    platforms: list[Evidence]


def fetch(image: str) -> Pushed:
    """Return what a registry has of an image; raises StopError where it has none, or cannot be asked."""
    command = ["docker", "buildx", "imagetools", "inspect", image, "--format", FORMAT]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    except FileNotFoundError as error:
        raise StopError("docker is not installed: it is what asks the registry") from error
    except subprocess.TimeoutExpired as error:
        raise StopError(f"the registry of {image} did not answer within {SECONDS} seconds") from error
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no reason was given"]
        raise StopError(f"{image} cannot be looked up: {lines[-1].removeprefix('ERROR: ')}")
    return read(done.stdout)


def read(text: str) -> Pushed:
    """Return what buildx showed."""
    shown = json.loads(text)
    images = _by_platform(shown["image"] or {}, "config", "rootfs", "architecture")
    made = _by_platform(shown["provenance"] or {}, "SLSA")
    sbom = _by_platform(shown["sbom"] or {}, "SPDX")
    return Pushed(shown["manifest"]["digest"], [_evidence(name, images, made, sbom) for name in sorted(images)])


def _evidence(name: str, images: Parts, made: Parts, sbom: Parts) -> Evidence:
    image = images[name]
    platform = name or f"{image.get('os')}/{image.get('architecture')}"
    labels = image.get("config", {}).get("Labels") or {}
    slsa = made.get(name, {}).get("SLSA")
    return Evidence(platform, labels, provenance.read(slsa) if slsa else None, sbom.get(name, {}).get("SPDX", {}))


def _by_platform(parts: Parts, *keys: str) -> Parts:
    """Return parts by platform; those of an image for one have some of the keys, and no name."""
    return {"": parts} if any(key in parts for key in keys) else parts
