"""The images that one Kairosfile is a recipe for: values to go through, and combinations to leave out.

A build makes one image and takes nothing from here; `kairosfile bake` makes a target of each combination, which gives
the build args of its values (`sections.matrix`).
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
    """Combinations to leave out: those that have all of the values that stand here."""

    base: Text | None = Field(None, description="The base.", examples=["fedora:43"])
    variant: _Variant | None = Field(None, description="The variant.", examples=["core"])
    model: Text | None = Field(None, description="The board.", examples=["rpi3"])
    provider: _Provider | None = Field(
        None, description="The provider; without a version any release of it.", examples=["k0s"]
    )
    platform: Text | None = Field(None, description="The platform.", examples=["linux/arm64"])


class Matrix(StrictModel):
    """Values in place of those of the file, each list in any combination with the others.

    A field without a list stays as the file has it. The variant core has no provider: it is combined with none.
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
        description="Platforms, each an image of its own. Default: those that the file is for.",
        examples=[["linux/amd64", "linux/arm64"]],
    )
    exclude: tuple[Exclude, ...] = Field(
        (), description="Combinations to leave out.", examples=[[{"base": "debian:13", "model": "rpi3"}]]
    )
