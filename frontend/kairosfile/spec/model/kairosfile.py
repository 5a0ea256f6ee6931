"""The top level of a Kairosfile."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool

from kairosfile.spec.model.provider import Provider, provider_from_name
from kairosfile.spec.model.record import Record, Text
from kairosfile.spec.model.steps import Hooks

Variant = Literal["core", "standard"]


class Kairosfile(Record):
    """One Kairos image."""

    base: Text = Field(description="Linux image to start from.", examples=["ubuntu:24.04"])
    variant: Variant | None = Field(
        None, description="core, or standard with Kubernetes. Default: standard when a provider is given."
    )
    model: Text = Field("generic", description="Board that the image is for.", examples=["generic", "rpi4"])
    provider: Annotated[Provider | None, BeforeValidator(provider_from_name)] = Field(
        None, description="Kubernetes distribution: a name, or name and version."
    )
    version: Text = Field(description="Version of the image that you make.", examples=["v1.0.0"])
    kairos_init: Text | None = Field(
        None, description="kairos-init to use: a release such as v0.17.3, or an image. Default: the newest known."
    )
    trusted_boot: StrictBool = Field(False, description="Build for Trusted Boot (a UKI, no initrd).")
    fips: StrictBool = Field(False, description="Build with FIPS 140 modules.")
    hooks: Hooks = Field(default_factory=Hooks, description="Steps of your own between those of kairos-init.")
