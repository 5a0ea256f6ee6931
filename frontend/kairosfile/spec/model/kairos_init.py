"""Which kairos-init is used, and what it is told beside the image's own fields."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kairosfile.kairos.releases import Release, image_of, release_spoken
from kairosfile.spec.model.record import Record, Text

LogLevel = Literal["debug", "info", "warn", "error", "trace"]


class KairosInit(Record):
    """The kairos-init to use. `kairos_init: v0.17.3` is short for its version, any other text for its image.

    The release decides which command line is spoken: that of `version`, else of the image's tag, else the newest
    known.
    """

    version: Text | None = Field(
        None,
        description="Release of kairos-init whose command line is spoken; also the tag where the image has none.",
        examples=["v0.17.3", "v0.6.0"],
    )
    image: Text | None = Field(
        None,
        description="Image that holds kairos-init. Default: quay.io/kairos/kairos-init.",
        examples=["registry.example.com/mirror/kairos-init:v0.17.3"],
    )
    digest: Text | None = Field(
        None,
        description="Digest that pins the image.",
        examples=["sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"],
    )

    @property
    def reference(self) -> str:
        """The image as a reference; without any field the newest release known."""
        return image_of(self.version, self.image, self.digest)

    @property
    def release(self) -> Release:
        """The release whose command line is spoken."""
        return release_spoken(self.version, self.reference)


class Framework(Record):
    """The framework image of kairos-init up to v0.4.9, which brings the agents' binaries."""

    version: Text | None = Field(
        None, description="Tag of the framework image. Default: the one of the release.", examples=["v2.18.3"]
    )
    registry: Text | None = Field(
        None,
        description="Registry and organisation that the image records for upgrades; nothing is pulled from it.",
        examples=["registry.example.com/acme"],
    )


class Binaries(Record):
    """Releases to download instead of the binaries that kairos-init carries (v0.5.0 and newer)."""

    agent: Text | None = Field(None, description="Release of kairos-agent.", examples=["v2.25.0"])
    immucore: Text | None = Field(None, description="Release of immucore.", examples=["v0.11.3"])
    kcrypt_challenger: Text | None = Field(
        None, description="Release of kcrypt-discovery-challenger.", examples=["v0.11.2"]
    )
    provider: Text | None = Field(None, description="Release of provider-kairos.", examples=["v2.13.1"])
    edgevpn: Text | None = Field(None, description="Release of edgevpn.", examples=["v0.30.2"])


def tool_from_text(value: object) -> object:
    """Read a mere text as a release where it looks like one, else as an image; nothing as the default."""
    if isinstance(value, str):
        return {"version" if Release.parse(value) else "image": value}
    return {} if value is None else value
