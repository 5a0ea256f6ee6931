"""Declaration of the top level of a Kairosfile.

Editors and the reference show the descriptions of the fields. Files are read into the records that are generated from
these models; a `Document` finds ranges by path. Checks of their sections compare fields. Sections that few files have
are marked: their records are imported only if a file has one.
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

Variant = Literal["core", "standard"]


class Lint(StrictModel):
    """Warnings of the checker to suppress, and warnings that stop a build; rules are named by id or by name."""

    ignore: tuple[Text, ...] = Field(
        (), description="Warnings that are not shown for this file.", examples=[["KF501", "package-cache"]]
    )
    error: tuple[Text, ...] = Field((), description="Warnings that stop a build of this file.", examples=[["KF504"]])


class Kairosfile(StrictModel):
    """One Kairos image."""

    base: Text = Field(description="Linux image to start from.", examples=["ubuntu:24.04"])
    family: FamilyName | None = Field(
        None,
        description="Family of the base's distribution, which decides the package manager. "
        "Default: by the name of a common base, else by its /etc/os-release.",
        examples=["debian"],
    )
    variant: Variant | None = Field(
        None, description="core, or standard with Kubernetes. Default: standard with a provider, else core."
    )
    model: Text = Field("generic", description="Board that the image is for.", examples=["generic", "rpi4"])
    provider: Annotated[Provider | None, BeforeValidator(provider_from_name)] = Field(
        None, description="Kubernetes distribution: a name, or name and version; with your own plugin any distribution."
    )
    convert: StrictBool = Field(
        True,
        description="Whether kairos-init converts the base to a Kairos image. false for a layer on an existing "
        "Kairos image: hooks, cloud_config, tests, artifacts and labels on it, and no step of kairos-init.",
        examples=[False],
    )
    version: Text = Field(description="Version of your image.", examples=["v1.0.0"])
    kairos_init: Annotated[KairosInit, BeforeValidator(tool_from_text)] = Field(
        default_factory=KairosInit,
        description="kairos-init to use: a release such as v0.17.3, or an image, or version, image and digest. "
        "Default: the newest known release.",
        examples=["v0.17.3"],
    )
    log_level: LogLevel = Field(
        "info",
        description="Log level of kairos-init; debug and trace include the package manager's output.",
        examples=["debug"],
    )
    skip_steps: tuple[Text, ...] = Field(
        (),
        description="Steps of kairos-init to skip (v0.5.0 and newer). Names differ between releases.",
        examples=[["branding", "workarounds"]],
    )
    install: Install = Field(default_factory=Install, description="Further settings of the install stage.")
    init: Init = Field(default_factory=Init, description="Further settings of the init stage.")
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
        description="Other releases of the binaries in kairos-init (v0.5.0 and newer).",
    )
    environment: dict[str, StrictStr] = Field(
        default_factory=dict,
        description="Environment variables for kairos-init; each is passed to the stages that read it.",
        examples=[{"L4T_VERSION": "36.4"}],
    )
    trusted_boot: StrictBool = Field(False, description="Build for Trusted Boot (a UKI, no initrd).")
    fips: StrictBool = Field(False, description="Build with FIPS 140 modules.")
    hooks: Hooks = Field(default_factory=Hooks, description="Your own steps between those of kairos-init.")
    cloud_config: Annotated[tuple[CloudConfig, ...], RARE] = Field(
        (),
        description="Files that Kairos reads at boot, written to /system/oem after init; they change no other step.",
        examples=[[{"name": "90_custom.yaml", "from": "cloud-config.yaml"}]],
    )
    tests: Annotated[tuple[ImageTest, ...], RARE] = Field(
        (),
        description="Tests of the finished image: commands with their results, files with their content. "
        "A failed test fails the build; tests do not change the image.",
        examples=[[{"path": "/usr/bin/kairos-agent", "mode": "0755"}, {"run": "k3s --version", "stdout": "v1.33.1"}]],
    )
    artifacts: Annotated[Artifacts, RARE] = Field(
        default_factory=Artifacts,
        description="Bootable files of the image: an ISO, a UKI, disks. Built with --target, never with the image.",
        examples=[{"iso": {"cloud_config": "install.yaml"}}],
    )
    image: ImageFormat = Field(default_factory=ImageFormat, description="Layers of the image.")
    labels: Labels = Field(default_factory=dict)
    annotations: Annotations = Field(default_factory=dict)
    args: Args = Field(default_factory=dict)
    platforms: Platforms = Field(default_factory=dict)
    matrix: Annotated[Matrix, RARE] = Field(
        default_factory=Matrix,
        description="Images of this file, as combinations of values: `kairosfile bake` generates a target for each. "
        "A build creates the one image of the other fields.",
        examples=[{"variant": ["core", "standard"], "platform": ["linux/amd64", "linux/arm64"]}],
    )
    extends: Extends = None
    include: Include = ()
    lint: Lint = Field(default_factory=Lint, description="Warnings to suppress, and warnings that stop the build.")
