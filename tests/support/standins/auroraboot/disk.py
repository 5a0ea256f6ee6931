"""AuroraBoot without a command: a disk image whose first boot sets the machine up from its recovery partition.

File systems are made and filled while they are mounted through loop devices, as the real one does it: without the
privilege to mount, this fails. (EFI's is filled without a mount: not every kernel knows vfat.) A disk for BIOS gets
its partitions but no boot loader: it does not boot.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.standins.auroraboot import root as roots
from tests.support.standins.auroraboot import settings as keys
from tests.support.standins.auroraboot.disk_formats import CONVERTERS
from tests.support.standins.auroraboot.partitions import Partition, assemble
from tests.support.standins.auroraboot.releases import at_least, names_by_release_file
from tests.support.standins.auroraboot.work import BOOT_FILES, MIB, Failed, Log, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.standins.auroraboot.commandline import Call

_DEFAULT = """#cloud-config
stages:
  initramfs:
    - name: "Set user and password"
      users:
        kairos:
          passwd: "kairos"
          groups: ["admin"]
"""
_RESET = """name: Expand disk layout
stages:
  rootfs.before:
    - name: Add state partition
      layout: {{device: {{label: COS_RECOVERY}}, add_partitions: [{{fsLabel: COS_STATE, pLabel: state, size: {size}}}]}}
  network:
    - name: Run auto reset
      if: '[ -f "/run/cos/recovery_mode" ]'
      commands: [kairos-agent --debug reset --unattended --reboot]
"""
_GRUB = """search --no-floppy --label --set=root COS_RECOVERY
set prefix=($root)/grub2
configfile ($root)/etc/cos/grub.cfg
"""
_OEM_SIZE = 64 * MIB
_SLACK = 20 * MIB


def run_deployer(call: Call, release: str) -> None:
    """Make the disk that the settings ask for; raises Failed."""
    if call.words:
        raise Failed("stand-in: no configuration file is read, only --set")
    settings = keys.read(call.texts("set"), release)
    kind = keys.kind_of_disk(settings)
    log = Log("debug" if call.switch("debug") else "info")
    output = Path(settings.get("state_dir") or "/tmp/auroraboot")  # noqa: S108 - the real default
    output.mkdir(parents=True, exist_ok=True)
    config = _cloud_config(call, settings)
    with tempfile.TemporaryDirectory(prefix="auroraboot-") as scratch:
        tree = Path(scratch) / "rootfs"
        roots.copy(settings.get("container_image", ""), tree, log)
        partitions = _partitions(tree, config, settings, Path(scratch), log)
        if kind == "partitions":
            for partition in partitions:
                shutil.copyfile(partition.image, output / partition.image.name)
            return
        name = f"kairos-{roots.artifact_name(tree)}" if names_by_release_file(release) else "disk"
        folder = output if at_least(release, "v0.6.0") else output / "build"
        folder.mkdir(exist_ok=True)
        raw = folder / f"{name}.raw"
        assemble(partitions, raw, bios=kind == "bios", size=keys.megabytes(settings, "disk.size") * MIB)
        CONVERTERS[kind](raw)


def _cloud_config(call: Call, settings: keys.Settings) -> str:
    place = call.text("cloud-config")
    if place:
        if not Path(place).is_file():
            raise Failed(f"reading cloud config: stat {place}: no such file or directory")
        return Path(place).read_text("utf-8")
    return "" if settings.get("no_default_cloud_config") == "true" else _DEFAULT


def _partitions(tree: Path, config: str, settings: keys.Settings, scratch: Path, log: Log) -> list[Partition]:
    if not (tree / "etc/cos/grub.cfg").is_file():
        raise Failed(f"failed to stat grub.cfg: stat {tree}/etc/cos/grub.cfg: no such file or directory")
    log.info("Creating recovery image")
    recovery = _recovery(tree, keys.megabytes(settings, "disk.recovery_image_size") * MIB, scratch)
    state = keys.megabytes(settings, "disk.state_size") or recovery.stat().st_size * 3 // MIB + 100
    log.info("Creating EFI, OEM and recovery partitions")
    oem = {"90_custom.yaml": config, "01_reset.yaml": _RESET.format(size=state), "grubenv": _grub_environment()}
    return [
        Partition("efi", _efi(tree, scratch)),
        Partition("oem", _file_system(scratch / "oem.img", "COS_OEM", _OEM_SIZE, _tree(scratch / "oem", oem))),
        Partition("recovery", recovery),
    ]


def _recovery(tree: Path, size: int, scratch: Path) -> Path:
    """Return the recovery partition: the root as a file system in a file, and GRUB's configuration."""
    inside = scratch / "recovery"
    shutil.copytree(tree / "etc/cos", inside / "etc/cos")
    (inside / "cOS").mkdir()
    roots.with_mount_points(tree)
    _file_system(inside / "cOS/recovery.img", "COS_SYSTEM", size or _size(tree) + _SLACK, tree)
    return _file_system(scratch / "recovery_partition.img", "COS_RECOVERY", _size(inside) + _SLACK, inside)


def _efi(tree: Path, scratch: Path) -> Path:
    arm = roots.release_file(tree).get("KAIROS_ARCH") == "arm64"
    name = "bootaa64.efi" if arm else "bootx64.efi"
    inside = _tree(scratch / "efi", {"EFI/BOOT/grub.cfg": _GRUB})
    shutil.copyfile(Path(BOOT_FILES) / name, inside / "EFI/BOOT" / name)
    image = scratch / "efi.img"
    with image.open("wb") as file:
        file.truncate(_SLACK)
    run("mkfs.vfat", "-n", "COS_GRUB", image)
    run("mcopy", "-s", "-i", image, inside / "EFI", "::")
    return image


def _file_system(image: Path, label: str, size: int, content: Path) -> Path:
    with image.open("wb") as file:
        file.truncate(-(-size // MIB) * MIB)
    run("mkfs.ext2", "-q", "-F", "-L", label, image)
    with _mounted(image) as mount:
        run("rsync", "--archive", "--acls", "--sparse", f"{content}/", f"{mount}/")
    return image


@contextmanager
def _mounted(image: Path) -> Iterator[Path]:
    mount = Path(f"{image}.mount")
    mount.mkdir()
    run("mount", "-o", "loop", image, mount)
    try:
        yield mount
    finally:
        run("umount", mount)


def _tree(directory: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        if text:
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_text(text, "utf-8")
    return directory


def _grub_environment() -> str:
    """Return GRUB's environment block, 1024 bytes, that has the next boot go to recovery."""
    return "# GRUB Environment Block\nnext_entry=recovery\n".ljust(1024, "#")


def _size(directory: Path) -> int:
    """Return the size of a file system for a directory: a block is 4 KiB, and holes count."""
    return sum(-(-path.lstat().st_size // 4096) * 4096 + 4096 for path in directory.rglob("*"))
