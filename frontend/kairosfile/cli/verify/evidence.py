"""An image in a registry, as `docker buildx imagetools inspect` shows it: with docker's credentials, without a pull.

Of an image for one platform buildx shows the parts as they are, of several by platform; here it is always the latter.
"""

from __future__ import annotations

import base64
import binascii
import json
import subprocess
from typing import Any, NamedTuple

from kairosfile.cli.stop import StopError

FORMAT = (
    '{"manifest":{{json .Manifest}},"image":{{json .Image}},"provenance":{{json .Provenance}},"sbom":{{json .SBOM}}}'
)
BUILDKIT = "https://mobyproject.org/buildkit@v1#metadata"
SECONDS = 120

Parts = dict[str, Any]


class Evidence(NamedTuple):
    """What there is of one platform: the labels of its image, its provenance, its SBOM; empty for what is missing."""

    platform: str
    labels: dict[str, str]
    provenance: Parts
    sbom: Parts

    @property
    def kairosfile(self) -> str | None:
        """The text of the Kairosfile, which only full provenance holds; None where it is not known."""
        infos = self.provenance.get("metadata", {}).get(BUILDKIT, {}).get("source", {}).get("infos", [])
        try:
            return next((base64.b64decode(info["data"], validate=True).decode() for info in infos), None)
        except (KeyError, UnicodeDecodeError, binascii.Error):
            return None

    @property
    def materials(self) -> dict[str, str]:
        """The digests of what the image was made of, each with what it is called."""
        made_of = self.provenance.get("materials", [])
        return {f"sha256:{it['digest']['sha256']}": it["uri"] for it in made_of if "sha256" in it.get("digest", {})}

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
    provenance = _by_platform(shown["provenance"] or {}, "SLSA")
    sbom = _by_platform(shown["sbom"] or {}, "SPDX")
    return Pushed(shown["manifest"]["digest"], [_evidence(name, images, provenance, sbom) for name in sorted(images)])


def _evidence(name: str, images: Parts, provenance: Parts, sbom: Parts) -> Evidence:
    image = images[name]
    platform = name or f"{image.get('os')}/{image.get('architecture')}"
    labels = image.get("config", {}).get("Labels") or {}
    return Evidence(platform, labels, provenance.get(name, {}).get("SLSA", {}), sbom.get(name, {}).get("SPDX", {}))


def _by_platform(parts: Parts, *keys: str) -> Parts:
    """Return parts by platform; those of an image for one have some of the keys, and no name."""
    return {"": parts} if any(key in parts for key in keys) else parts
