"""The section `artifacts`: bootable files of a finished image, and their options."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool

from kairosfile.kairos.auroraboot import PRIVATE_KEYS, AuroraBootImage
from kairosfile.language.model import StrictModel, Text
from kairosfile.sections.short_forms import config_from_file, nothing_more, tool_from_text

UkiOutput = Literal["iso", "container", "uki"]
RawFormat = Literal["efi", "bios", "gce", "vhd", "maas"]

_IN_THE_ISO = "put into the ISO as /config.yaml, which Kairos reads when it boots from it"
_OVERLAY_ROOTFS = "Folder of the build context that is copied over the root file system in the artifact."
_OVERLAY_ISO = "Folder of the build context that is copied over the files of the ISO."


class AuroraBoot(AuroraBootImage, StrictModel):
    """The AuroraBoot to use. `auroraboot: v0.26.0` is short for its version, any other text for its image."""

    version: Text | None = Field(
        None,
        description="Release of AuroraBoot whose command line is used; also the tag if the image has none.",
        examples=["v0.26.0"],
    )
    image: Text | None = Field(
        None,
        description="Image that contains AuroraBoot. Default: quay.io/kairos/auroraboot.",
        examples=["registry.example.com/mirror/auroraboot:v0.26.0"],
    )
    digest: Text | None = Field(
        None,
        description="Digest that pins the image.",
        examples=["sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"],
    )


class ConfigSource(StrictModel):
    """A cloud-config for an artifact alone. `cloud_config: FILE` is short for its `from`."""

    from_: Text | None = Field(None, alias="from", description="File of the build context.", examples=["install.yaml"])
    template: StrictBool = Field(
        False,
        description="Whether args of the Kairosfile are replaced in the file: `${NAME}`, and `$$` for a dollar.",
        examples=[True],
    )
    secret: Text | None = Field(
        None,
        description="Build secret, given with `--secret id=...`. It is in the artifact and nowhere else: in no "
        "log, and in no cache that is exported.",
        examples=["install"],
    )


_Config = Annotated[ConfigSource | None, BeforeValidator(config_from_file)]


class Iso(StrictModel):
    """An ISO that installs, or runs, the image."""

    cloud_config: _Config = Field(
        None, description=f"Cloud-config that is {_IN_THE_ISO}: a file, or a secret.", examples=["install.yaml"]
    )
    overlay_rootfs: Text | None = Field(None, description=_OVERLAY_ROOTFS, examples=["overlay/rootfs"])
    overlay_iso: Text | None = Field(None, description=_OVERLAY_ISO, examples=["overlay/iso"])
    extend_cmdline: Text | None = Field(
        None,
        description="More words for the kernel when the ISO boots; the installed system does not have them "
        "(AuroraBoot v0.20.0 and newer).",
        examples=["rd.debug"],
    )
    console: Text | None = Field(
        None,
        description="Consoles of the ISO's kernel. Default: console=ttyS0 console=tty1 (AuroraBoot v0.26.0 and newer).",
        examples=["console=ttyS1,115200"],
    )


class UkiKeys(StrictModel):
    """The keys of Secure Boot and of the TPM policy. Private ones are build secrets: `--secret id=db.key`."""

    public_keys: Text = Field(
        description="Folder of the build context with PK.auth, KEK.auth and db.auth; PK.der, KEK.der and db.der too "
        "for AuroraBoot before v0.9.0. No private key may be in it.",
        examples=["keys"],
    )
    sb_key: Text = Field(
        PRIVATE_KEYS["sb_key"], description="Id of the secret that is the private key of Secure Boot, PEM."
    )
    sb_cert: Text = Field(
        PRIVATE_KEYS["sb_cert"],
        description="Id of the secret that is its certificate, PEM; not read by AuroraBoot before v0.9.0.",
    )
    tpm_pcr_private_key: Text = Field(
        PRIVATE_KEYS["tpm_pcr_private_key"],
        description="Id of the secret that is the private key which signs the policy of the TPM, PEM.",
    )


class Uki(StrictModel):
    """Unified Kernel Images, signed, for Trusted Boot."""

    keys: UkiKeys = Field(description="Keys that sign the files.")
    outputs: tuple[UkiOutput, ...] = Field(
        ("iso",),
        description="Kinds of output: an ISO that installs, an image for upgrades as an archive, the files of the EFI "
        "partition.",
        examples=[["iso", "container"]],
    )
    cloud_config: _Config = Field(
        None, description=f"Cloud-config that is {_IN_THE_ISO}; only for the output iso.", examples=["install.yaml"]
    )
    overlay_rootfs: Text | None = Field(None, description=_OVERLAY_ROOTFS, examples=["overlay/rootfs"])
    overlay_iso: Text | None = Field(
        None, description=f"{_OVERLAY_ISO} Only for the output iso.", examples=["overlay/iso"]
    )
    extra_cmdline: tuple[Text, ...] = Field(
        (),
        description="More words for the kernel; each item makes one more boot entry, with these words after the "
        "default ones. Not together with extend_cmdline.",
        examples=[["rd.debug", "selinux=0"]],
    )
    extend_cmdline: Text | None = Field(
        None, description="More words for the kernel, in the default boot entry.", examples=["console=ttyS0"]
    )
    single_efi_cmdline: tuple[Text, ...] = Field(
        (),
        description="One more boot entry each, with a title: `Title: words for the kernel`.",
        examples=[["Debug: rd.debug"]],
    )
    boot_branding: Text | None = Field(
        None, description="Title of the boot entries. Default: Kairos.", examples=["My OS"]
    )
    splash: Text | None = Field(
        None,
        description="File of the build context, BMP, that is shown while booting (AuroraBoot v0.8.0 and newer).",
        examples=["logo.bmp"],
    )
    secure_boot_enroll: Literal["off", "manual", "if-safe", "force"] | None = Field(
        None, description="When systemd-boot enrols the keys. Default: if-safe.", examples=["manual"]
    )
    efi_size_warn: Text | None = Field(
        None, description="Size of an EFI file, with k, m or g, from which on AuroraBoot warns.", examples=["512m"]
    )
    include_version_in_config: StrictBool = Field(
        False, description="Whether the boot entries name the version.", examples=[True]
    )
    include_cmdline_in_config: StrictBool = Field(
        False, description="Whether the boot entries name the words for the kernel.", examples=[True]
    )
    sdboot_in_source: StrictBool = Field(
        False,
        description="Take systemd-boot from the image instead of AuroraBoot (AuroraBoot v0.14.0 and newer).",
        examples=[True],
    )


class Netboot(StrictModel):
    """Kernel, initrd and squashfs to boot from the network, taken out of the ISO."""


class Raw(StrictModel):
    """Disks. They need `--allow security.insecure`: AuroraBoot mounts their partitions."""

    formats: tuple[RawFormat, ...] = Field(
        ("efi",),
        description="Kinds of disk: `efi` is a disk for UEFI, `bios` one for BIOS (AuroraBoot v0.6.0 and newer), `gce` "
        "is for Google Compute Engine, `vhd` for Azure, `maas` for MAAS (AuroraBoot v0.26.0 and newer).",
        examples=[["efi", "gce"]],
    )
    size: Text | None = Field(None, description="Size of the disk, with m or g.", examples=["16g"])
    state_size: Text | None = Field(
        None, description="Size of the state partition, with m or g (AuroraBoot v0.6.5 and newer).", examples=["8g"]
    )
    recovery_image_size: Text | None = Field(
        None, description="Size of the recovery image, with m or g (AuroraBoot v0.26.0 and newer).", examples=["4g"]
    )
    cloud_config: _Config = Field(
        None,
        description="Cloud-config for the OEM partition: a file. It cannot be a secret, because AuroraBoot prints it. "
        "Without one AuroraBoot adds its default, with a user of a known password.",
        examples=["install.yaml"],
    )
    default_cloud_config: StrictBool = Field(
        True,
        description="Whether AuroraBoot's default cloud-config is used if there is no other; false needs AuroraBoot "
        "v0.20.0 or newer.",
        examples=[False],
    )


class Artifacts(StrictModel):
    """Artifacts of the image: `--target iso`, `uki`, `netboot`, `raw`, or `artifacts` for all that the file has."""

    auroraboot: Annotated[AuroraBoot, BeforeValidator(tool_from_text)] = Field(
        default_factory=AuroraBoot,
        description="AuroraBoot to use: a release such as v0.26.0, or an image, or version, image and digest. "
        "Default: the newest known release.",
        examples=["v0.26.0"],
    )
    name: Text | None = Field(
        None,
        description="Name of the files, without suffix. Default: Kairos' convention, from "
        "/etc/kairos-release in the image.",
        examples=["my-os"],
    )
    iso: Annotated[Iso | None, BeforeValidator(nothing_more)] = Field(
        None, description="An ISO; `--target iso` works without this section too.", examples=[{}]
    )
    uki: Annotated[Uki | None, BeforeValidator(nothing_more)] = Field(
        None, description="Unified Kernel Images, for trusted_boot.", examples=[{"keys": {"public_keys": "keys"}}]
    )
    netboot: Annotated[Netboot | None, BeforeValidator(nothing_more)] = Field(
        None, description="The parts of the ISO that a network boots from.", examples=[{}]
    )
    raw: Annotated[Raw | None, BeforeValidator(nothing_more)] = Field(
        None, description="Disks, for boards and clouds.", examples=[{"formats": ["efi"]}]
    )
