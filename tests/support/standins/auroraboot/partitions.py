"""A disk of partitions: images of file systems behind each other under a GPT."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.standins.auroraboot.work import MIB, Failed, run

if TYPE_CHECKING:
    from pathlib import Path

_EFI = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
_BIOS = "21686148-6449-6E6F-744E-656564454649"
_LINUX = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
_SECTOR = 512


@dataclass(frozen=True)
class Partition:
    """A partition: its name, and the image of its file system (of whole MiB)."""

    name: str
    image: Path


def assemble(partitions: list[Partition], disk: Path, *, bios: bool, size: int) -> None:
    """Write the disk, at least `size` bytes of it; with `bios` the first partition is GRUB's, not EFI's."""
    start, table = MIB, ["label: gpt"]
    places = []
    for partition in partitions:
        length = partition.image.stat().st_size
        kind = _LINUX if partition.name != "efi" else _BIOS if bios else _EFI
        name = "bios" if kind == _BIOS else partition.name
        table.append(f"start={start // _SECTOR}, size={length // _SECTOR}, type={kind}, name={name}")
        places.append(start)
        start += length
    if size and size < start + MIB:
        raise Failed(f"disk.size is too small: the partitions need {start // MIB + 1} MB")
    with disk.open("wb") as file:
        file.truncate(max(size, start + MIB))
    _partition(disk, "\n".join(table) + "\n")
    for partition, place in zip(partitions, places, strict=True):
        where = (f"if={partition.image}", f"of={disk}", "bs=1M", f"seek={place // MIB}")
        run("dd", *where, "conv=notrunc,sparse", "status=none")
    disk.chmod(0o777)


def _partition(disk: Path, table: str) -> None:
    command = ["/usr/sbin/sfdisk", "--quiet", str(disk)]
    done = subprocess.run(command, input=table, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"sfdisk: exit status {done.returncode}\n{done.stderr}")
