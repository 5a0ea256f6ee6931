"""The Kubernetes distribution of an image."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kairosfile.spec.model.record import Record, Text

ProviderName = Literal["k3s", "k0s"]


class Provider(Record):
    """A Kubernetes distribution; without a version its vendor's newest is installed."""

    name: ProviderName = Field(description="Kubernetes distribution.", examples=["k3s", "k0s"])
    version: Text | None = Field(
        None,
        description="Its release, as the vendor tags it; pin it, or `latest` is what the vendor says on that day.",
        examples=["v1.33.1+k3s1", "v1.33.1+k0s.0"],
    )
    config: Text | None = Field(
        None,
        description="File of the build context that the provider's plugin is handed, not copied into the image; "
        "the plugins for k3s and k0s that kairos-init carries do not read it (kairos-init v0.6.0 and newer).",
        examples=["provider.yaml"],
    )


def provider_from_name(value: object) -> object:
    """Read a mere name as the provider of that name."""
    return {"name": value} if isinstance(value, str) else value
