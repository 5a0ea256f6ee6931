"""The records of `sections.kairosfile`, and the tables that they are read with.

Written by `make generate` from the models there: do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.language import records as kinds
from kairosfile.language.records import FLAG, FRESH, OPTIONAL_TEXT, STRING, TEXT, TEXTS, Field
from kairosfile.sections import short_forms
from kairosfile.sections.hooks.records import Hooks
from kairosfile.sections.image.records import (
    Binaries,
    Framework,
    ImageFormat,
    Init,
    Install,
    KairosInit,
    PlatformFields,
    Provider,
)

if TYPE_CHECKING:
    from kairosfile.sections.artifacts.records import Artifacts
    from kairosfile.sections.cloud_config.records import CloudConfig
    from kairosfile.sections.image_tests.records import ImageTest
    from kairosfile.sections.matrix.records import Matrix


class Lint(kinds.Record):
    """Warnings of the checker to suppress, and warnings that stop a build."""

    ignore: tuple[str, ...]
    error: tuple[str, ...]
    FIELDS = (
        Field("ignore", TEXTS, default=()),
        Field("error", TEXTS, default=()),
    )


class Kairosfile(kinds.Record):
    """One Kairos image."""

    base: str
    family: Literal["debian", "redhat", "suse", "alpine", "arch", "hadron"] | None
    variant: Literal["core", "standard"] | None
    model: str
    provider: Provider | None
    convert: bool
    version: str
    kairos_init: KairosInit
    log_level: Literal["debug", "info", "warn", "error", "trace"]
    skip_steps: tuple[str, ...]
    install: Install
    init: Init
    stage_extensions: str | None
    framework: Framework
    binaries: Binaries
    environment: dict[str, str]
    trusted_boot: bool
    fips: bool
    hooks: Hooks
    cloud_config: tuple[CloudConfig, ...]
    tests: tuple[ImageTest, ...]
    artifacts: Artifacts | None
    image: ImageFormat
    labels: dict[str, str]
    annotations: dict[str, str]
    args: dict[str, str | None]
    platforms: dict[str, PlatformFields]
    matrix: Matrix | None
    extends: str | None
    include: tuple[str, ...]
    lint: Lint
    FIELDS = (
        Field("base", TEXT, example="ubuntu:24.04"),
        Field(
            "family", kinds.Optional(kinds.Word("debian", "redhat", "suse", "alpine", "arch", "hadron")), default=None
        ),
        Field("variant", kinds.Optional(kinds.Word("core", "standard")), default=None),
        Field("model", TEXT, default="generic"),
        Field(
            "provider", kinds.Short(short_forms.provider_from_name, kinds.Optional(kinds.Of(Provider))), default=None
        ),
        Field("convert", FLAG, default=True),
        Field("version", TEXT, example="v1.0.0"),
        Field("kairos_init", kinds.Short(short_forms.tool_from_text, kinds.Of(KairosInit)), default=FRESH),
        Field("log_level", kinds.Word("debug", "info", "warn", "error", "trace"), default="info"),
        Field("skip_steps", TEXTS, default=()),
        Field("install", kinds.Of(Install), default=FRESH),
        Field("init", kinds.Of(Init), default=FRESH),
        Field("stage_extensions", OPTIONAL_TEXT, default=None),
        Field("framework", kinds.Of(Framework), default=FRESH),
        Field("binaries", kinds.Of(Binaries), default=FRESH),
        Field("environment", kinds.Named(STRING), default=FRESH),
        Field("trusted_boot", FLAG, default=False),
        Field("fips", FLAG, default=False),
        Field("hooks", kinds.Of(Hooks), default=FRESH),
        Field(
            "cloud_config",
            kinds.Items(kinds.Later("kairosfile.sections.cloud_config.records", "CloudConfig")),
            default=(),
        ),
        Field("tests", kinds.Items(kinds.Later("kairosfile.sections.image_tests.records", "TEST_KIND")), default=()),
        Field("artifacts", kinds.Later("kairosfile.sections.artifacts.records", "Artifacts"), default=None),
        Field("image", kinds.Of(ImageFormat), default=FRESH),
        Field("labels", kinds.Named(STRING), default=FRESH),
        Field("annotations", kinds.Named(STRING), default=FRESH),
        Field("args", kinds.Named(kinds.Optional(STRING)), default=FRESH),
        Field(
            "platforms",
            kinds.Short(
                short_forms.platforms_from_list,
                kinds.Named(kinds.Short(short_forms.nothing_more, kinds.Of(PlatformFields))),
            ),
            default=FRESH,
        ),
        Field("matrix", kinds.Later("kairosfile.sections.matrix.records", "Matrix"), default=None),
        Field("extends", OPTIONAL_TEXT, default=None),
        Field("include", TEXTS, default=()),
        Field("lint", kinds.Of(Lint), default=FRESH),
    )


# Descriptions of the build args that set fields.
BUILD_ARG_TEXTS = {
    "BASE_IMAGE": "Linux image to start from",
    "VARIANT": "core, or standard with Kubernetes",
    "MODEL": "Board that the image is for",
    "KUBERNETES_DISTRO": "Kubernetes distribution: k3s, k0s, or the name that a plugin answers to",
    "KUBERNETES_VERSION": "Its release, as the vendor tags it",
    "VERSION": "Version of your image",
    "KAIROS_INIT": "kairos-init to use: a release such as v0.17.3, or an image, or version, image and digest",
    "TRUSTED_BOOT": "Build for Trusted Boot (a UKI, no initrd)",
    "FIPS": "Build with FIPS 140 modules",
}
