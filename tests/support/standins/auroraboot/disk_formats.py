"""Converts a raw disk into the formats of clouds; that of MAAS keeps the raw disk, the others do not."""

from __future__ import annotations

import gzip
import shutil
import struct
import tarfile
from typing import TYPE_CHECKING

from tests.support.standins.auroraboot.work import MIB

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_GIB = 1024 * MIB
_FIXED = 2


def _to_gce(raw: Path) -> None:
    """Google wants whole GiB, and the file called disk.raw in an archive; a disk of whole GiB gets one more."""
    with raw.open("ab") as file:
        file.truncate((raw.stat().st_size // _GIB + 1) * _GIB)
    with tarfile.open(f"{raw}.gce.tar.gz", "w:gz", compresslevel=1, format=tarfile.GNU_FORMAT) as archive:
        archive.add(raw, "disk.raw")
    raw.unlink()


def _to_vhd(raw: Path) -> None:
    """Azure wants whole MiB and the footer of a fixed disk."""
    vhd = raw.rename(raw.with_name(f"{raw.name}.vhd"))
    size = -(-vhd.stat().st_size // MIB) * MIB
    with vhd.open("ab") as file:
        file.truncate(size)
        file.seek(0, 2)
        file.write(_footer(size))


def _footer(size: int) -> bytes:
    """Return the 512 bytes that end a fixed VHD; the checksum is the complement of the sum of the others."""
    sectors = size // 512
    geometry = struct.pack(">HBB", min(sectors // (16 * 63), 65535), 16, 63)
    head = b"conectix" + struct.pack(">IIQI4sI4sQQ", 2, 0x10000, 2**64 - 1, 0, b"aur ", 0x10000, b"Wi2k", size, size)
    head += geometry + struct.pack(">I", _FIXED)
    body = head + bytes(4) + bytes(16) + bytes(1)
    return (head + struct.pack(">I", ~sum(body) & 0xFFFFFFFF) + bytes(17)).ljust(512, b"\0")


def _to_maas(raw: Path) -> None:
    with raw.open("rb") as source, gzip.open(f"{raw}.gz", "wb", compresslevel=1) as target:
        shutil.copyfileobj(source, target, MIB)


CONVERTERS: dict[str, Callable[[Path], None]] = {
    "efi": lambda _: None,
    "bios": lambda _: None,
    "gce": _to_gce,
    "vhd": _to_vhd,
    "maas": _to_maas,
}
