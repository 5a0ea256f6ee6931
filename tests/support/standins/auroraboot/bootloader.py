"""What makes an ISO boot: GRUB for BIOS and UEFI, its configuration, and the calls of xorriso.

The real program takes shim and GRUB from the root where they are; the stand-in always takes its own, made of
Debian's GRUB when its image was made, for both architectures.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.standins.auroraboot.work import BOOT_FILES, run

LABEL = "COS_LIVE"

_CHAIN = """search --no-floppy --file --set=root /boot/kernel
set prefix=($root)/boot/grub2
configfile $prefix/grub.cfg
"""
_MENU = """search --file --set=root /boot/kernel
set default=0
set timeout=10
set timeout_style=menu
"""
_ENTRY = """
menuentry "{title}" --class os --unrestricted {{
    echo Loading kernel...
    linux ($root)/boot/kernel {line}
    echo Loading initrd...
    initrd ($root)/boot/initrd
}}
"""
_LIVE = f"cdroot root=live:CDLABEL={LABEL} rd.live.dir=/ rd.live.squashimg=rootfs.squashfs net.ifnames=1"
_ENTRIES = {
    "Kairos": "rd.cos.disable install-mode",
    "Kairos (manual)": "rd.cos.disable",
    "Kairos (remote recovery mode)": "rd.cos.disable kairos.remote_recovery_mode",
}
_ALIGN = 4 * 1024 * 1024


def add_bootloader(tree: Path, arch: str, flavor: str, added: str, scratch: Path) -> None:
    """Add GRUB and its configuration to an ISO's tree; `added` goes to the end of each kernel command line."""
    lines = {title: f"{_LIVE} {mode} selinux=0 rd.live.overlay.overlayfs {added}" for title, mode in _ENTRIES.items()}
    menu = _MENU + "".join(_ENTRY.format(title=title, line=line) for title, line in lines.items())
    _write(tree / "boot/grub2/grub.cfg", menu)
    _write(tree / "EFI/BOOT/grub.cfg", _CHAIN)
    if "ubuntu" in flavor.lower():
        _write(tree / "EFI/ubuntu/grub.cfg", _CHAIN)
    _add_efi_image(tree / "boot/uefi.img", arch, scratch / "uefi")
    if arch == "amd64":
        for name in ("eltorito.img", "boot_hybrid.img"):
            shutil.copyfile(Path(BOOT_FILES) / name, tree / "boot" / name)


def _add_efi_image(image: Path, arch: str, tree: Path) -> None:
    name = {"amd64": "bootx64.efi", "arm64": "bootaa64.efi"}[arch]
    _write(tree / "EFI/BOOT/grub.cfg", _CHAIN)
    program = Path(BOOT_FILES) / name
    shutil.copyfile(program, tree / "EFI/BOOT" / name)
    size = (program.stat().st_size // _ALIGN + 1) * _ALIGN
    with image.open("wb") as file:
        file.truncate(size)
    run("mkfs.vfat", "-n", "COS_GRUB", image)
    run("mcopy", "-s", "-i", image, tree / "EFI", "::")


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def burn(tree: Path, arch: str, iso: Path) -> None:
    """Make the ISO of a tree: hybrid, so that it boots as a CD and as a disk."""
    iso.unlink(missing_ok=True)
    command: list[str | Path] = [
        "xorriso",
        "-volid",
        LABEL,
        "-joliet",
        "on",
        "-padding",
        "0",
        "-outdev",
        iso,
        "-map",
        tree,
        "/",
    ]
    run(*command, "-chmod", "0755", "--", *(_bios(tree) if arch == "amd64" else ()), *_efi())


def _bios(tree: Path) -> list[str]:
    grub = ["bin_path=/boot/eltorito.img", f"grub2_mbr={tree}/boot/boot_hybrid.img", "grub2_boot_info=on"]
    both = ["boot_info_table=on", "platform_id=0x00", "emul_type=no_emulation", "load_size=2048", "next"]
    return [*_settings("grub", grub), *_settings("any", ["partition_offset=16", *both])]


def _efi() -> list[str]:
    catalog = ["cat_path=/boot/boot.catalog", "cat_hidden=on"]
    efi = ["platform_id=0xef", "emul_type=no_emulation", "efi_path=/boot/uefi.img", "efi_boot_part=--efi-boot-image"]
    return _settings("any", [*catalog, *efi])


def _settings(kind: str, settings: list[str]) -> list[str]:
    return [word for setting in settings for word in ("-boot_image", kind, setting)]
