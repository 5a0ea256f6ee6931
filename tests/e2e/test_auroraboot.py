"""Tests the content of the artifacts of the AuroraBoot stand-in, with the tools of its own image."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.support.e2e.auroraboot import Bench, pushed
from tests.support.standins.auroraboot.releases import FIRST, NEWEST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.engine import Engine

NAME = "kairos-debian-13-standard-amd64-generic-v1.2.3-k3sv1.33.1+k3s1"
SECRET = "token-of-nobody-5b7c"
BUILD_ISO = ("build-iso", "--output", "/out")
ROOT = "dir:/rootfs"
BOOT = "--mount=from=root,source=/boot,target=/boot,ro"


@pytest.fixture
def newest(tmp_path: Path, docker28: Engine, base: str) -> Bench:
    """The newest release."""
    return Bench(tmp_path, docker28, base, pushed(NEWEST))


@pytest.fixture
def first(tmp_path: Path, docker28: Engine, base: str) -> Bench:
    """The first documented release."""
    return Bench(tmp_path, docker28, base, pushed(FIRST))


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_an_iso_has_kernel_initrd_squashfs_and_config_where_kairos_has_them(newest: Bench) -> None:
    result = newest.run(*BUILD_ISO, ROOT)
    assert names(result / "out") == {f"{NAME}.iso", f"{NAME}.iso.sha256"}
    tree, root = result / "seen/tree", result / "seen/root"
    assert ((tree / "boot/kernel").read_text(), (tree / "boot/initrd").read_text()) == ("the kernel\n", "the initrd\n")
    assert (tree / "config.yaml").read_text() == ""
    menu = (tree / "boot/grub2/grub.cfg").read_text()
    assert "linux ($root)/boot/kernel cdroot root=live:CDLABEL=COS_LIVE" in menu
    assert "configfile $prefix/grub.cfg" in (tree / "EFI/BOOT/grub.cfg").read_text()
    assert "ID=debian" in (root / "etc/os-release").read_text()
    assert (root / "boot/vmlinuz").is_symlink()
    assert names(root / "tmp") == set()


def test_an_iso_boots_under_bios_and_uefi_and_its_checksum_is_right(newest: Bench) -> None:
    result = newest.run(*BUILD_ISO, ROOT)
    boot = (result / "seen/boot").read_text()
    assert "/boot/eltorito.img" in boot
    assert "UEFI" in boot
    assert "/boot/uefi.img" in boot
    assert "BOOTX64.EFI" in (result / "seen/efi").read_text().upper()
    digest = hashlib.sha256((result / f"out/{NAME}.iso").read_bytes()).hexdigest()
    assert (result / f"out/{NAME}.iso.sha256").read_text() == f"{digest} {NAME}.iso\n"


def test_an_iso_of_arm64_is_made_on_amd64_and_boots_under_uefi_alone(newest: Bench) -> None:
    newest.arch, newest.flavor = "arm64", "ubuntu"
    result = newest.run(*BUILD_ISO, ROOT)
    assert "kairos-ubuntu-13-standard-arm64-generic-v1.2.3-k3sv1.33.1+k3s1.iso" in names(result / "out")
    assert "BOOTAA64.EFI" in (result / "seen/efi").read_text().upper()
    assert "eltorito" not in (result / "seen/boot").read_text()
    assert (result / "seen/tree/EFI/ubuntu/grub.cfg").exists()


def test_overlays_and_command_line_end_where_they_should(newest: Bench) -> None:
    newest.write("iso/config.yaml", f"#cloud-config\n# {SECRET}\n")
    newest.write("root/etc/motd", "hello\n")
    overlays = ("--overlay-iso", "/context/iso", "--overlay-rootfs", "/context/root")
    line = ("--extend-live-cmdline", "console=ttyS0,115200 debug", "--live-console", "console=tty1")
    result = newest.run(*BUILD_ISO, "-n", "my-os", *overlays, *line, ROOT)
    assert names(result / "out") == {"my-os.iso", "my-os.iso.sha256"}
    assert SECRET in (result / "seen/tree/config.yaml").read_text()
    assert (result / "seen/root/etc/motd").read_text() == "hello\n"
    menu = (result / "seen/tree/boot/grub2/grub.cfg").read_text()
    assert all(
        each.endswith("console=tty1 console=ttyS0,115200 debug")
        for each in menu.splitlines()
        if "/boot/kernel " in each
    )
    assert SECRET not in newest.log


def test_a_cloud_config_by_flag_is_printed_unless_the_level_is_above_info(newest: Bench) -> None:
    newest.write("config.yaml", f"#cloud-config\n# {SECRET} [[[ .Template ]]]\n")
    result = newest.run(*BUILD_ISO, "-c", "/context/config.yaml", ROOT)
    assert (result / "seen/tree/config.yaml").read_text() == f"#cloud-config\n# {SECRET} \n"
    assert SECRET in newest.log
    newest.run(*BUILD_ISO, "--loglevel", "warn", "-c", "/context/config.yaml", ROOT)
    assert SECRET not in newest.log


def test_the_first_release_names_it_kairos_and_leaves_its_working_files(first: Bench) -> None:
    result = first.run(*BUILD_ISO, ROOT)
    assert names(result / "out") == {"kairos.iso", "kairos.iso.sha256", "config.yaml", "netboot", "temp-rootfs"}
    assert "BOOTX64.EFI" in (result / "seen/efi").read_text().upper()
    assert (result / "out/temp-rootfs/etc/kairos-release").exists()


def test_the_first_release_boots_what_arch_says_whatever_the_root_says(first: Bench) -> None:
    result = first.run(*BUILD_ISO, "--arch", "aarch64", "--name", "mine", ROOT)
    assert "mine.iso" in names(result / "out")
    assert "BOOTAA64.EFI" in (result / "seen/efi").read_text().upper()


def test_a_root_without_initrd_is_refused(newest: Bench) -> None:
    newest.prepare = "rm /boot/initrd"
    assert "No file found with prefixes: [initrd initramfs]" in newest.fails(*BUILD_ISO, ROOT)


@pytest.mark.parametrize(("mounts", "kernel"), [("", "older"), (BOOT, "the kernel")])
def test_a_kernel_is_chosen_by_the_link_only_where_that_leads_somewhere(
    newest: Bench, mounts: str, kernel: str
) -> None:
    newest.prepare = "echo older > /boot/vmlinuz-5"
    newest.mounts = mounts
    assert (newest.run(*BUILD_ISO, ROOT) / "seen/tree/boot/kernel").read_text() == f"{kernel}\n"


def test_netboot_takes_three_files_out_of_an_iso(newest: Bench) -> None:
    newest.look = "mkdir /seen/root && unsquashfs -quiet -force -dest /seen/root my-os.squashfs"
    newest.before = """mkdir -p kairos/boot kairos/etc
        cd kairos
        echo k > boot/vmlinuz
        echo i > boot/initrd
        auroraboot build-iso -n mine -o /ready dir:/ready/kairos"""
    result = newest.run("netboot", "/ready/mine.iso", "/out", "my-os")
    assert names(result / "out") == {"my-os.squashfs", "my-os-kernel", "my-os-initrd"}
    assert ((result / "out/my-os-kernel").read_text(), (result / "out/my-os-initrd").read_text()) == ("k\n", "i\n")
    assert "etc" in names(result / "seen/root")
