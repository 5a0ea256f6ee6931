"""The top level of a Kairosfile."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictStr

from kairosfile.kairos.families import FamilyName
from kairosfile.spec.model.cloud_config import CloudConfig
from kairosfile.spec.model.document import Annotations, Args, Extends, Include, Labels, Platforms
from kairosfile.spec.model.kairos_init import Binaries, Framework, KairosInit, LogLevel, tool_from_text
from kairosfile.spec.model.lint import Lint
from kairosfile.spec.model.provider import Provider, provider_from_name
from kairosfile.spec.model.record import Record, Text
from kairosfile.spec.model.sections import ArtifactsSection, MatrixSection, TestsSection
from kairosfile.spec.model.steps import Hooks

Variant = Literal["core", "standard"]


class Kairosfile(Record):
    """One Kairos image."""

    base: Text = Field(description="Linux image to start from.", examples=["ubuntu:24.04"])
    family: FamilyName | None = Field(
        None,
        description="Family of the base's distribution, which decides the package manager. "
        "Default: that of a base with a usual name, else what /etc/os-release in it says.",
        examples=["debian"],
    )
    variant: Variant | None = Field(
        None, description="core, or standard with Kubernetes. Default: standard when a provider is given."
    )
    model: Text = Field("generic", description="Board that the image is for.", examples=["generic", "rpi4"])
    provider: Annotated[Provider | None, BeforeValidator(provider_from_name)] = Field(
        None, description="Kubernetes distribution: a name, or name and version."
    )
    version: Text = Field(description="Version of the image that you make.", examples=["v1.0.0"])
    kairos_init: Annotated[KairosInit, BeforeValidator(tool_from_text)] = Field(
        default_factory=KairosInit,
        description="kairos-init to use: a release such as v0.17.3, or an image, or version, image and digest. "
        "Default: the newest release known.",
        examples=["v0.17.3"],
    )
    log_level: LogLevel = Field(
        "info",
        description="What kairos-init prints; the package manager's output shows from debug on.",
        examples=["debug"],
    )
    skip_steps: tuple[Text, ...] = Field(
        (),
        description="Steps of kairos-init to leave out (v0.5.0 and newer). Names differ between releases.",
        examples=[["branding", "workarounds"]],
    )
    stage_extensions: Text | None = Field(
        None,
        description="Folder of the build context with stage extensions, mounted for install and init "
        "(kairos-init v0.3.0 and newer).",
        examples=["stage-extensions"],
    )
    framework: Framework = Field(
        default_factory=Framework, description="Framework image and registry, for kairos-init up to v0.4.9."
    )
    binaries: Binaries = Field(
        default_factory=Binaries,
        description="Other releases of the binaries that kairos-init carries (v0.5.0 and newer).",
    )
    environment: dict[str, StrictStr] = Field(
        default_factory=dict,
        description="Environment variables that kairos-init reads; each goes to the stages that read it.",
        examples=[{"L4T_VERSION": "36.4"}],
    )
    trusted_boot: StrictBool = Field(False, description="Build for Trusted Boot (a UKI, no initrd).")
    fips: StrictBool = Field(False, description="Build with FIPS 140 modules.")
    hooks: Hooks = Field(default_factory=Hooks, description="Steps of your own between those of kairos-init.")
    cloud_config: tuple[CloudConfig, ...] = Field(
        (),
        description="Files that Kairos reads at boot, put under /system/oem after init; they change no other step.",
        examples=[[{"name": "90_custom.yaml", "from": "cloud-config.yaml"}]],
    )
    tests: TestsSection = ()
    artifacts: ArtifactsSection = None
    labels: Labels = Field(default_factory=dict)
    annotations: Annotations = Field(default_factory=dict)
    args: Args = Field(default_factory=dict)
    platforms: Platforms = Field(default_factory=dict)
    matrix: MatrixSection = None
    extends: Extends = None
    include: Include = ()
    lint: Lint = Field(default_factory=Lint, description="Which warnings are silenced, and which stop the build.")
