"""The records of `sections.image.model`, and the tables that they are read with.

Written by `make generate` from the models there: do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.kairos.releases import KairosInitImage, ProviderPlugin
from kairosfile.language import records as kinds
from kairosfile.language.records import FLAG, OPTIONAL_TEXT, TEXTS, Field

if TYPE_CHECKING:
    from kairosfile.sections.hooks.mount_records import Mount


class PlatformFields(kinds.Record):
    """The overrides of one platform."""

    base: str | None
    model: str | None
    packages: tuple[str, ...]
    FIELDS = (
        Field("base", OPTIONAL_TEXT, default=None),
        Field("model", OPTIONAL_TEXT, default=None),
        Field("packages", TEXTS, default=()),
    )


class Provider(ProviderPlugin, kinds.Record):
    """A Kubernetes distribution."""

    name: str
    version: str | None
    config: str | None
    plugin: str | None
    from_: str | None
    FIELDS = (
        Field("name", kinds.Text(1, "^[A-Za-z0-9][A-Za-z0-9._-]*\\Z"), example="k3s"),
        Field("version", OPTIONAL_TEXT, default=None),
        Field("config", OPTIONAL_TEXT, default=None),
        Field("plugin", OPTIONAL_TEXT, default=None),
        Field("from_", OPTIONAL_TEXT, default=None, key="from"),
    )


class KairosInit(KairosInitImage, kinds.Record):
    """The kairos-init to use."""

    version: str | None
    image: str | None
    digest: str | None
    FIELDS = (
        Field("version", OPTIONAL_TEXT, default=None),
        Field("image", OPTIONAL_TEXT, default=None),
        Field("digest", OPTIONAL_TEXT, default=None),
    )


class Install(kinds.Record):
    """Further settings of the install stage of kairos-init."""

    mounts: tuple[Mount, ...]
    fips: bool | None
    parts: bool | None
    FIELDS = (
        Field("mounts", kinds.Items(kinds.Later("kairosfile.sections.hooks.mount_records", "MOUNT_TYPE")), default=()),
        Field("fips", kinds.Optional(FLAG), default=None),
        Field("parts", kinds.Optional(FLAG), default=None),
    )


class Init(kinds.Record):
    """Further settings of the init stage of kairos-init."""

    mounts: tuple[Mount, ...]
    FIELDS = (
        Field("mounts", kinds.Items(kinds.Later("kairosfile.sections.hooks.mount_records", "MOUNT_TYPE")), default=()),
    )


class ImageFormat(kinds.Record):
    """The layers of the image."""

    layers: Literal["steps", "one"]
    FIELDS = (Field("layers", kinds.Word("steps", "one"), default="steps"),)


class Framework(kinds.Record):
    """The framework image of kairos-init up to v0.4.9, which contains the agents' binaries."""

    version: str | None
    registry: str | None
    FIELDS = (
        Field("version", OPTIONAL_TEXT, default=None),
        Field("registry", OPTIONAL_TEXT, default=None),
    )


class Binaries(kinds.Record):
    """Releases to download instead of the binaries in kairos-init (v0.5.0 and newer)."""

    agent: str | None
    immucore: str | None
    kcrypt_challenger: str | None
    provider: str | None
    edgevpn: str | None
    FIELDS = (
        Field("agent", OPTIONAL_TEXT, default=None),
        Field("immucore", OPTIONAL_TEXT, default=None),
        Field("kcrypt_challenger", OPTIONAL_TEXT, default=None),
        Field("provider", OPTIONAL_TEXT, default=None),
        Field("edgevpn", OPTIONAL_TEXT, default=None),
    )
