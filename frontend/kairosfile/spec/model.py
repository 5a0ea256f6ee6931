"""The Kairosfile as typed, frozen data: what a file may say, field by field.

Field descriptions are what editors and the reference show. Positions are not part of the model; a
`Document` finds them by path. The rules that hold fields against each other live in `spec.checks`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, StrictBool, StrictStr, Tag

Text = Annotated[StrictStr, Field(min_length=1)]
Variant = Literal["core", "standard"]
ProviderName = Literal["k3s", "k0s"]


class Record(BaseModel):
    """What all parts of the language share: no unknown keys, never changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Provider(Record):
    """A Kubernetes distribution; without a version its vendor's newest is installed."""

    name: ProviderName = Field(description="Kubernetes distribution.")
    version: Text | None = Field(None, description="Its release, for example v1.33.1+k3s1; pin it.")


def _provider_from_name(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class RunStep(Record):
    """Run a command in the image: a text goes to `/bin/sh -ec`, a list is executed as it is."""

    name: Text | None = Field(None, description="What the progress output calls the step.")
    run: Text | Annotated[list[StrictStr], Field(min_length=1)] = Field(description="Shell text, or a list of words.")


class CopyStep(Record):
    """Copy files or folders of the build context into the image."""

    name: Text | None = Field(None, description="What the progress output calls the step.")
    copy_: Text | Annotated[list[Text], Field(min_length=1)] = Field(
        alias="copy", description="Path in the build context, or several; wildcards as in a Dockerfile's COPY."
    )
    to: Text = Field(description="Absolute path in the image; ends with / when it is a folder.")

    @property
    def sources(self) -> tuple[str, ...]:
        """The paths in the build context."""
        return (self.copy_,) if isinstance(self.copy_, str) else tuple(self.copy_)


STEP_KINDS: dict[str, type[Record]] = {"run": RunStep, "copy": CopyStep}


def _verb(step: object) -> str | None:
    verbs = [verb for verb in STEP_KINDS if isinstance(step, dict) and verb in step]
    return f"<{verbs[0]}>" if len(verbs) == 1 else None


Step = Annotated[
    Annotated[RunStep, Tag("<run>")] | Annotated[CopyStep, Tag("<copy>")],
    Discriminator(_verb, custom_error_type="step_verb", custom_error_message="step_verb"),
]


class Hooks(Record):
    """Steps of your own between those of kairos-init."""

    before_install: tuple[Step, ...] = Field((), description="On the base image, before kairos-init install.")
    after_install: tuple[Step, ...] = Field(
        (), description="After install, before init: packages, kernels and drivers that the initrd must hold."
    )
    after_init: tuple[Step, ...] = Field((), description="After init; the initrd no longer changes.")


class Kairosfile(Record):
    """One Kairos image."""

    base: Text = Field(description="Linux image to start from.", examples=["ubuntu:24.04"])
    variant: Variant | None = Field(
        None, description="core, or standard with Kubernetes. Default: standard when a provider is given."
    )
    model: Text = Field("generic", description="Board that the image is for.", examples=["generic", "rpi4"])
    provider: Annotated[Provider | None, BeforeValidator(_provider_from_name)] = Field(
        None, description="Kubernetes distribution: a name, or name and version."
    )
    version: Text = Field(description="Version of the image that you make.", examples=["v1.0.0"])
    kairos_init: Text | None = Field(
        None, description="kairos-init to use: a release such as v0.17.3, or an image. Default: the newest known."
    )
    trusted_boot: StrictBool = Field(False, description="Build for Trusted Boot (a UKI, no initrd).")
    fips: StrictBool = Field(False, description="Build with FIPS 140 modules.")
    hooks: Hooks = Field(default_factory=Hooks, description="Steps of your own between those of kairos-init.")
