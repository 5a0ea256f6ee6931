"""Declaration of the section `matrix`: lists of values, and combinations to exclude.

A build creates one image and ignores this section; `kairosfile bake` generates a target for each combination, with the
build args of its values (`sections.matrix`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from kairosfile.language.model import StrictModel, Text
from kairosfile.sections.image.model import Provider
from kairosfile.sections.short_forms import provider_from_name

_Variant = Literal["core", "standard"]
_Provider = Annotated[Provider, BeforeValidator(provider_from_name)]


class Exclude(StrictModel):
    """Combinations to exclude: those that have all of these values."""

    base: Text | None = Field(None, description="The base.", examples=["fedora:43"])
    variant: _Variant | None = Field(None, description="The variant.", examples=["core"])
    model: Text | None = Field(None, description="The board.", examples=["rpi3"])
    provider: _Provider | None = Field(
        None, description="Provider; without a version any release of it.", examples=["k0s"]
    )
    platform: Text | None = Field(None, description="The platform.", examples=["linux/arm64"])


class Matrix(StrictModel):
    """Lists of values that replace those of the file, combined with each other.

    A field without a list has the value of the file. The variant core has no provider, so it is not combined with one.
    """

    base: tuple[Text, ...] = Field((), description="Bases.", examples=[["debian:13", "ubuntu:24.04"]])
    variant: tuple[_Variant, ...] = Field((), description="Variants.", examples=[["core", "standard"]])
    model: tuple[Text, ...] = Field((), description="Boards.", examples=[["generic", "rpi4"]])
    provider: tuple[_Provider, ...] = Field(
        (),
        description="Kubernetes distributions, with their releases.",
        examples=[[{"name": "k3s", "version": "v1.33.1+k3s1"}, {"name": "k0s", "version": "v1.33.1+k0s.0"}]],
    )
    platform: tuple[Text, ...] = Field(
        (),
        description="Platforms, each a separate image. Default: the platforms of the file.",
        examples=[["linux/amd64", "linux/arm64"]],
    )
    exclude: tuple[Exclude, ...] = Field(
        (), description="Combinations to exclude.", examples=[[{"base": "debian:13", "model": "rpi3"}]]
    )
