"""AuroraBoot: its releases and its command lines, as tables.

It creates bootable files from a finished root file system, a directory. `urfave/cli` stops at the first argument that
is not a flag, so the source is the last argument. Sources: internal/cmd, pkg/ops and deployer of AuroraBoot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.releases import Release, ReleasedTool, ToolImage
from kairosfile.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    Settings = Mapping[str, str | bool | tuple[str, ...] | None]

NEWEST = "v0.26.2"
AURORABOOT = ReleasedTool("AuroraBoot", "quay.io/kairos/auroraboot", NEWEST)

PROGRAM = "/usr/bin/auroraboot"
# The mounts of its input and output in a step.
ROOTFS = "/rootfs"
OUTPUT = "/output"
ISO_FOLDER = "/iso"

# The secrets of a UKI, by the file names of `auroraboot genkey`.
KEYS = "/keys"
PRIVATE_KEYS = {"sb_key": "db.key", "sb_cert": "db.pem", "tpm_pcr_private_key": "tpm2-pcr-private.pem"}
ENROLLED = ("PK.auth", "KEK.auth", "db.auth")
CERTIFICATES = ("PK.der", "KEK.der", "db.der")

_FIRST = Release(0, 5, 0)
_DISKS_IN_GO = Release(0, 6, 0)
_READS_RELEASE_FILE = Release(0, 6, 5)
_SPLASH = Release(0, 8, 0)
_SPLIT_KEYS = Release(0, 9, 0)
_SOURCE_BOOT = Release(0, 14, 0)
_LIVE_CMDLINE = Release(0, 20, 0)
_NO_DEFAULT_CONFIG = Release(0, 20, 0)  # known to have it; v0.14.0 ignores it, and makes a user of a known password
_LIVE_CONSOLE = Release(0, 26, 0)
_SIZED_RECOVERY = Release(0, 26, 0)

# Without these two it would serve the files afterwards, and wait for machines.
_NO_SERVERS = ("--set", "disable_http_server=true", "--set", "disable_netboot=true")

# The kinds of disk that not all releases create: before v0.6.0 a disk for BIOS is installed in QEMU, which needs more
# than a build offers. The disk for UEFI has another name there.
FIRST_WITH_DISK = {"bios": _DISKS_IN_GO, "maas": Release(0, 26, 0)}
_OLD_DISKS = {"efi": "raw"}

# For an ISO it follows the absolute link /boot/vmlinuz out of the root, and if that is dangling it uses the first
# kernel by name. A second mount, of the root's /boot, would work too, but BuildKit 0.25 then sometimes runs the step
# again.
SEES_BOOT = ("/bin/sh", "-ec", f'rm -rf /boot; ln -s {ROOTFS}/boot /boot; exec "$0" "$@"')

# The name of the ISO is only known once it exists. No text of a Kairosfile reaches this shell.
NETBOOT = ("/bin/sh", "-ec", f"exec {PROGRAM} netboot {ISO_FOLDER}/*.iso {OUTPUT} kairos")

INSECURE = "security.insecure"


class Flag(NamedTuple):
    """Arguments of a command line, with `{value}` for the setting's value, and the releases that support them.

    A flag without a setting is always present; for a setting with several values it is repeated. `until` is the first
    release without the flag.
    """

    argv: tuple[str, ...]
    setting: str = ""
    first: Release = _FIRST
    until: Release | None = None

    def is_in(self, chosen: Release) -> bool:
        """Return whether a release supports the flag; releases before the table have its first command line."""
        return max(chosen, _FIRST) >= self.first and (self.until is None or chosen < self.until)

    def render(self, settings: Settings) -> tuple[str, ...]:
        """Return the arguments, none if the setting is missing."""
        value = settings.get(self.setting) if self.setting else True
        if not value:
            return ()
        values = value if isinstance(value, tuple) else (str(value),)
        return tuple(word.replace("{value}", each) for each in values for word in self.argv)


def _flag(name: str, setting: str = "", first: Release = _FIRST, until: Release | None = None) -> Flag:
    return Flag((f"--{name}", "{value}"), setting or name.replace("-", "_"), first, until)


def _set(key: str, setting: str, first: Release = _FIRST) -> Flag:
    return Flag(("--set", f"{key}={{value}}"), setting, first)


_SOURCE = Flag((f"dir:{ROOTFS}",))

ISO: tuple[Flag, ...] = (
    Flag(("build-iso", "--output", OUTPUT)),
    # The boot files are for it; newer releases read it in /etc/kairos-release.
    _flag("arch", until=_READS_RELEASE_FILE),
    _flag("overlay-rootfs"),
    _flag("overlay-iso"),
    _flag("extend-live-cmdline", "extend_cmdline", _LIVE_CMDLINE),
    _flag("live-console", "console", _LIVE_CONSOLE),
    _SOURCE,
)
UKI: tuple[Flag, ...] = (
    Flag(("build-uki", "--output-dir", OUTPUT)),
    _flag("output-type"),
    _flag("overlay-rootfs"),
    _flag("overlay-iso"),
    _flag("boot-branding"),
    Flag(("--include-version-in-config",), "include_version_in_config"),
    Flag(("--include-cmdline-in-config",), "include_cmdline_in_config"),
    _flag("extra-cmdline"),
    _flag("extend-cmdline"),
    _flag("single-efi-cmdline"),
    _flag("efi-size-warn"),
    _flag("secure-boot-enroll"),
    _flag("splash", first=_SPLASH),
    Flag(("--sdboot-in-source",), "sdboot_in_source", _SOURCE_BOOT),
    Flag(("--keys", KEYS), until=_SPLIT_KEYS),
    Flag(("--public-keys", KEYS), first=_SPLIT_KEYS),
    Flag(("--sb-key", f"{KEYS}/{PRIVATE_KEYS['sb_key']}"), first=_SPLIT_KEYS),
    Flag(("--sb-cert", f"{KEYS}/{PRIVATE_KEYS['sb_cert']}"), first=_SPLIT_KEYS),
    Flag(("--tpm-pcr-private-key", f"{KEYS}/{PRIVATE_KEYS['tpm_pcr_private_key']}"), first=_SPLIT_KEYS),
    _SOURCE,
)
RAW: tuple[Flag, ...] = (
    _flag("cloud-config"),
    Flag(("--set", f"container_image=dir:{ROOTFS}", "--set", f"state_dir={OUTPUT}", *_NO_SERVERS)),
    Flag(("--set", "disk.{value}=true"), "format"),
    _set("disk.size", "size"),
    _set("disk.state_size", "state_size", _READS_RELEASE_FILE),
    _set("disk.recovery_image_size", "recovery_image_size", _SIZED_RECOVERY),
    Flag(("--set", "no_default_cloud_config=true"), "no_default_cloud_config", _NO_DEFAULT_CONFIG),
)
COMMANDS: dict[str, tuple[Flag, ...]] = {"iso": ISO, "uki": UKI, "raw": RAW}


class Output(NamedTuple):
    """An output file of AuroraBoot by its suffix, and the suffix that it gets after the image's name."""

    suffix: str
    called: str


# By artifact and, of a UKI or a disk, its kind. The two disks of `raw` have one name: a machine boots from one of them.
FILES: dict[str, tuple[Output, ...]] = {
    "iso": (Output(".iso", ".iso"),),
    "netboot": (
        Output(".squashfs", ".squashfs"),
        Output("-kernel", "-kernel"),
        Output("-initrd", "-initrd"),
    ),
    "uki-iso": (Output(".iso", "-uki.iso"),),
    "uki-container": (Output(".tar", "-uki.tar"),),
    "uki-uki": (Output("/", "-uki"),),
    "raw-efi": (Output(".raw", ".raw"),),
    "raw-bios": (Output(".raw", ".raw"),),
    "raw-gce": (Output(".gce.tar.gz", ".raw.gce.tar.gz"),),
    "raw-vhd": (Output(".vhd", ".raw.vhd"),),
    "raw-maas": (Output(".gz", ".raw.gz"),),
}


def command(kind: str, chosen: Release, settings: Settings) -> tuple[str, ...]:
    """Return the command line of a release for `iso`, `uki` or `raw`."""
    flags = [flag for flag in COMMANDS[kind] if flag.is_in(chosen)]
    argv = (PROGRAM, *(word for flag in flags for word in flag.render(settings)))
    return (*SEES_BOOT, *argv) if kind == "iso" else argv


def first_release_with(kind: str, setting: str) -> Release:
    """Return the first release that supports a setting; raises StopIteration for one that is in no table."""
    return next(flag.first for flag in COMMANDS[kind] if flag.setting == setting)


def disk_key(disk: str, chosen: Release) -> str:
    """Return the name of a kind of disk in a release, as used after `disk.`."""
    return disk if chosen >= _DISKS_IN_GO else _OLD_DISKS.get(disk, disk)


def secrets(chosen: Release) -> tuple[str, ...]:
    """Return the fields of the secrets that a release reads for a UKI: before v0.9.0 the certificate was public."""
    return tuple(name for name in PRIVATE_KEYS if name != "sb_cert" or chosen >= _SPLIT_KEYS)


def public_keys(chosen: Release) -> tuple[str, ...]:
    """Return the files of the folder of public keys that a release reads."""
    return ENROLLED if chosen >= _SPLIT_KEYS else (*ENROLLED, *CERTIFICATES)


class AuroraBootImage(ToolImage):
    """The AuroraBoot of the fields of `auroraboot`."""

    TOOL = AURORABOOT
