"""The records of `sections.artifacts.model`, and the tables that they are read with.

Written by `make generate` from the models there: do not edit.
"""

from __future__ import annotations

from typing import Literal

from kairosfile.kairos.auroraboot import AuroraBootImage
from kairosfile.language import records as kinds
from kairosfile.language.records import FLAG, FRESH, OPTIONAL_TEXT, TEXT, TEXTS, Field
from kairosfile.sections import short_forms


class AuroraBoot(AuroraBootImage, kinds.Record):
    """The AuroraBoot to use."""

    version: str | None
    image: str | None
    digest: str | None
    FIELDS = (
        Field("version", OPTIONAL_TEXT, default=None),
        Field("image", OPTIONAL_TEXT, default=None),
        Field("digest", OPTIONAL_TEXT, default=None),
    )


class ConfigSource(kinds.Record):
    """A cloud-config for an artifact alone."""

    from_: str | None
    template: bool
    secret: str | None
    FIELDS = (
        Field("from_", OPTIONAL_TEXT, default=None, key="from"),
        Field("template", FLAG, default=False),
        Field("secret", OPTIONAL_TEXT, default=None),
    )


class Iso(kinds.Record):
    """An ISO that installs, or runs, the image."""

    cloud_config: ConfigSource | None
    overlay_rootfs: str | None
    overlay_iso: str | None
    extend_cmdline: str | None
    console: str | None
    FIELDS = (
        Field(
            "cloud_config",
            kinds.Short(short_forms.config_from_file, kinds.Optional(kinds.Of(ConfigSource))),
            default=None,
        ),
        Field("overlay_rootfs", OPTIONAL_TEXT, default=None),
        Field("overlay_iso", OPTIONAL_TEXT, default=None),
        Field("extend_cmdline", OPTIONAL_TEXT, default=None),
        Field("console", OPTIONAL_TEXT, default=None),
    )


class UkiKeys(kinds.Record):
    """The keys of Secure Boot and of the TPM policy."""

    public_keys: str
    sb_key: str
    sb_cert: str
    tpm_pcr_private_key: str
    FIELDS = (
        Field("public_keys", TEXT, example="keys"),
        Field("sb_key", TEXT, default="db.key"),
        Field("sb_cert", TEXT, default="db.pem"),
        Field("tpm_pcr_private_key", TEXT, default="tpm2-pcr-private.pem"),
    )


class Uki(kinds.Record):
    """Unified Kernel Images, signed, for Trusted Boot."""

    keys: UkiKeys
    outputs: tuple[Literal["iso", "container", "uki"], ...]
    cloud_config: ConfigSource | None
    overlay_rootfs: str | None
    overlay_iso: str | None
    extra_cmdline: tuple[str, ...]
    extend_cmdline: str | None
    single_efi_cmdline: tuple[str, ...]
    boot_branding: str | None
    splash: str | None
    secure_boot_enroll: Literal["off", "manual", "if-safe", "force"] | None
    efi_size_warn: str | None
    include_version_in_config: bool
    include_cmdline_in_config: bool
    sdboot_in_source: bool
    FIELDS = (
        Field("keys", kinds.Of(UkiKeys)),
        Field("outputs", kinds.Items(kinds.Word("iso", "container", "uki")), default=("iso",)),
        Field(
            "cloud_config",
            kinds.Short(short_forms.config_from_file, kinds.Optional(kinds.Of(ConfigSource))),
            default=None,
        ),
        Field("overlay_rootfs", OPTIONAL_TEXT, default=None),
        Field("overlay_iso", OPTIONAL_TEXT, default=None),
        Field("extra_cmdline", TEXTS, default=()),
        Field("extend_cmdline", OPTIONAL_TEXT, default=None),
        Field("single_efi_cmdline", TEXTS, default=()),
        Field("boot_branding", OPTIONAL_TEXT, default=None),
        Field("splash", OPTIONAL_TEXT, default=None),
        Field("secure_boot_enroll", kinds.Optional(kinds.Word("off", "manual", "if-safe", "force")), default=None),
        Field("efi_size_warn", OPTIONAL_TEXT, default=None),
        Field("include_version_in_config", FLAG, default=False),
        Field("include_cmdline_in_config", FLAG, default=False),
        Field("sdboot_in_source", FLAG, default=False),
    )


class Netboot(kinds.Record):
    """Kernel, initrd and squashfs to boot from the network, taken out of the ISO."""


class Raw(kinds.Record):
    """Disks."""

    formats: tuple[Literal["efi", "bios", "gce", "vhd", "maas"], ...]
    size: str | None
    state_size: str | None
    recovery_image_size: str | None
    cloud_config: ConfigSource | None
    default_cloud_config: bool
    FIELDS = (
        Field("formats", kinds.Items(kinds.Word("efi", "bios", "gce", "vhd", "maas")), default=("efi",)),
        Field("size", OPTIONAL_TEXT, default=None),
        Field("state_size", OPTIONAL_TEXT, default=None),
        Field("recovery_image_size", OPTIONAL_TEXT, default=None),
        Field(
            "cloud_config",
            kinds.Short(short_forms.config_from_file, kinds.Optional(kinds.Of(ConfigSource))),
            default=None,
        ),
        Field("default_cloud_config", FLAG, default=True),
    )


class Artifacts(kinds.Record):
    """Artifacts of the image."""

    auroraboot: AuroraBoot
    name: str | None
    iso: Iso | None
    uki: Uki | None
    netboot: Netboot | None
    raw: Raw | None
    FIELDS = (
        Field("auroraboot", kinds.Short(short_forms.tool_from_text, kinds.Of(AuroraBoot)), default=FRESH),
        Field("name", OPTIONAL_TEXT, default=None),
        Field("iso", kinds.Short(short_forms.nothing_more, kinds.Optional(kinds.Of(Iso))), default=None),
        Field("uki", kinds.Short(short_forms.nothing_more, kinds.Optional(kinds.Of(Uki))), default=None),
        Field("netboot", kinds.Short(short_forms.nothing_more, kinds.Optional(kinds.Of(Netboot))), default=None),
        Field("raw", kinds.Short(short_forms.nothing_more, kinds.Optional(kinds.Of(Raw))), default=None),
    )
