"""The top level of a Kairosfile as it is declared: what a file may say, field by field.

Field descriptions are what editors and the reference show. What a file says is read into the records that are generated
from here; a `Document` finds the positions by path. The rules that compare fields are checks of their
sections. Sections that few files have are marked: their records are imported where a file has one.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictStr

from kairosfile.kairos.distributions import FamilyName
from kairosfile.language.model import RARE, StrictModel, Text
from kairosfile.sections.artifacts.model import Artifacts
from kairosfile.sections.cloud_config.model import CloudConfig
from kairosfile.sections.hooks.model import Hooks
from kairosfile.sections.image.model import (
    Annotations,
    Args,
    Binaries,
    Extends,
    Framework,
    ImageFormat,
    Include,
    Init,
    Install,
    KairosInit,
    Labels,
    LogLevel,
    Platforms,
    Provider,
)
from kairosfile.sections.image_tests.model import ImageTest
from kairosfile.sections.matrix.model import Matrix
from kairosfile.sections.short_forms import provider_from_name, tool_from_text


class Lint(StrictModel):
    """Which warnings of the checker are silenced, and which stop a build; rules are named by id or by name."""

    ignore: tuple[Text, ...] = Field(
        (), description="Warnings that are not shown for this file.", examples=[["KF501", "package-cache"]]
    )
    error: tuple[Text, ...] = Field((), description="Warnings that stop a build of this file.", examples=[["KF504"]])


Variant = Literal["core", "standard"]


class Kairosfile(StrictModel):
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
        None, description="Kubernetes distribution: a name, or name and version; with a plugin of your own any one."
    )
    convert: StrictBool = Field(
        True,
        description="Whether kairos-init makes a Kairos image of the base. false for a layer on an image that is "
        "Kairos already: hooks, cloud_config, tests, artifacts and labels on it, and no step of kairos-init.",
        examples=[False],
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
    install: Install = Field(
        default_factory=Install, description="What the install stage gets beside the fields of the image."
    )
    init: Init = Field(default_factory=Init, description="What the init stage gets beside the fields of the image.")
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
    tests: Annotated[tuple[ImageTest, ...], RARE] = Field(
        (),
        description="What must be true of the finished image: commands with their results, files with what is in them. "
        "A test that fails fails the build; none changes the image.",
        examples=[[{"path": "/usr/bin/kairos-agent", "mode": "0755"}, {"run": "k3s --version", "stdout": "v1.33.1"}]],
    )
    artifacts: Annotated[Artifacts, RARE] = Field(
        default_factory=Artifacts,
        description="What is made of the image for machines to boot from: an ISO, a UKI, disks. Built with --target, "
        "never with the image.",
        examples=[{"iso": {"cloud_config": "install.yaml"}}],
    )
    image: ImageFormat = Field(default_factory=ImageFormat, description="How the image is packed.")
    labels: Labels = Field(default_factory=dict)
    annotations: Annotations = Field(default_factory=dict)
    args: Args = Field(default_factory=dict)
    platforms: Platforms = Field(default_factory=dict)
    matrix: Annotated[Matrix, RARE] = Field(
        default_factory=Matrix,
        description="Images to make of this file, as combinations of values: `kairosfile bake` makes a target of each. "
        "A build makes the one image that the other fields say.",
        examples=[{"variant": ["core", "standard"], "platform": ["linux/amd64", "linux/arm64"]}],
    )
    extends: Extends = None
    include: Include = ()
    lint: Lint = Field(default_factory=Lint, description="Which warnings are silenced, and which stop the build.")
