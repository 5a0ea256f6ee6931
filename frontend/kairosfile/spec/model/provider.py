"""The Kubernetes distribution of an image."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kairosfile.spec.model.record import Record, Text

ProviderName = Literal["k3s", "k0s"]


class Provider(Record):
    """A Kubernetes distribution; without a version its vendor's newest is installed."""

    name: ProviderName = Field(description="Kubernetes distribution.")
    version: Text | None = Field(None, description="Its release, for example v1.33.1+k3s1; pin it.")


def provider_from_name(value: object) -> object:
    """Read a mere name as the provider of that name."""
    return {"name": value} if isinstance(value, str) else value
