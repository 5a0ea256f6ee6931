"""Tests disks as targets of real builds, on engines that let AuroraBoot mount their partitions.

AuroraBoot is the stand-in, which makes real disks: each is checked against the headers of its format.
"""

from __future__ import annotations

import gzip
import struct
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.support.e2e.artifacts import built, check_sums
from tests.support.engine import Engine
from tests.support.standins.auroraboot.releases import FIRST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.conftest import Project
    from tests.support.engine import Registry

pytestmark = pytest.mark.docker26_is_long

ALLOW = ("--allow", "security.insecure")
STEM = "kairos-debian-13-core-amd64-generic-v1.2.3"
GIB = 1 << 30
SECTOR = 512
# The types of the first partition, as a GPT writes them.
EFI = bytes.fromhex("28732ac11ff8d211ba4b00a0c93ec93b")
BIOS = b"Hah!IdontNeedEFI"


@pytest.fixture(scope="module", params=["sid", "trixie"])
def entitled(request: pytest.FixtureRequest, registry: Registry) -> Iterator[Engine]:  # noqa: ARG001 - it comes first
    """An engine that lets builds have the machine's devices."""
    with Engine(request.param, name=f"{request.param}-disks", data="fresh", entitled=True) as engine:
        yield engine


def first_partition(disk: bytes) -> bytes:
    """Return the type of the first partition of a disk, given its first sectors; fails where it has no GPT."""
    assert disk[510:512] == b"\x55\xaa"
    assert disk[SECTOR : SECTOR + 8] == b"EFI PART"
    return disk[2 * SECTOR : 2 * SECTOR + 16]


def head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(3 * SECTOR)


def check_gce(path: Path) -> None:
    """Compute Engine takes an archive in GNU's form with one file, disk.raw, of whole GiB."""
    with tarfile.open(path, "r:gz") as archive:
        (disk,) = archive.getmembers()
        file = archive.extractfile(disk)
        assert file is not None
        assert (disk.name, disk.size % GIB, disk.isreg()) == ("disk.raw", 0, True)
        assert first_partition(file.read(3 * SECTOR)) == EFI
    with gzip.open(path) as unpacked:
        assert unpacked.read(SECTOR)[257:265] == b"ustar  \0"


def check_vhd(path: Path) -> None:
    """Check a fixed VHD, as Azure takes it: a disk of whole MiB, and a footer with its size and checksum."""
    size = path.stat().st_size - SECTOR
    with path.open("rb") as file:
        file.seek(size)
        footer = file.read()
    original, current, _, kind, checksum = struct.unpack_from(">QQIII", footer, 40)
    assert footer[:8] == b"conectix"
    assert (original, current, kind, size % (1 << 20)) == (size, size, 2, 0)
    assert checksum == ~sum(footer[:64] + footer[68:]) & 0xFFFFFFFF
    assert first_partition(head(path)) == EFI


def check_maas(path: Path) -> None:
    with gzip.open(path) as disk:
        assert first_partition(disk.read(3 * SECTOR)) == EFI


def test_a_disk_is_refused_by_an_engine_that_would_grant_it_until_the_user_does(
    entitled: Engine, project: Project, system: Callable[..., str]
) -> None:
    project.write(system("  name: my-os\n  raw:\n"))

    output = project.fails(entitled, "--target", "raw")
    _, files = built(project, entitled, "raw", *ALLOW)

    assert "build with --allow security.insecure" in output
    assert list(files) == ["my-os.raw", "my-os.raw.sha256"]
    assert first_partition(head(files["my-os.raw"])) == EFI
    check_sums(project)


def test_several_formats_are_made_in_one_build_and_a_second_build_runs_nothing(
    entitled: Engine, project: Project, system: Callable[..., str]
) -> None:
    project.write(system("  raw: {formats: [efi, gce, vhd, maas], size: 200m}\n"))

    first, files = built(project, entitled, "raw", *ALLOW)
    ends = (".raw", ".raw.gce.tar.gz", ".raw.gz", ".raw.vhd")
    assert files.keys() == {f"{STEM}{end}{more}" for end in ends for more in ("", ".sha256")}
    check_sums(project)
    assert first_partition(head(files[f"{STEM}.raw"])) == EFI
    assert files[f"{STEM}.raw"].stat().st_size == 200 << 20
    check_gce(files[f"{STEM}.raw.gce.tar.gz"])
    check_vhd(files[f"{STEM}.raw.vhd"])
    check_maas(files[f"{STEM}.raw.gz"])

    second, again = built(project, entitled, "raw", *ALLOW)

    assert again.keys() == files.keys()
    result = [vertex.name for vertex in first.vertices.values() if vertex.name.startswith(("make ", "name raw"))]
    assert len(result) == 8
    assert all(first.vertex(name).ran and second.vertex(name).cached for name in result)


def test_a_disk_for_bios_has_a_partition_for_its_boot_loader(
    entitled: Engine, project: Project, system: Callable[..., str]
) -> None:
    project.write(system("  raw: {formats: [bios]}\n"))

    _, files = built(project, entitled, "raw", *ALLOW)

    assert list(files) == [f"{STEM}.raw", f"{STEM}.raw.sha256"]
    assert first_partition(head(files[f"{STEM}.raw"])) == BIOS
    check_sums(project)


def test_the_first_documented_release_gets_the_key_that_it_knows_and_leaves_only_its_disk(
    entitled: Engine, project: Project, system: Callable[..., str]
) -> None:
    project.write(system("  raw:\n", FIRST))

    _, files = built(project, entitled, "raw", *ALLOW)

    assert list(files) == [f"{STEM}.raw", f"{STEM}.raw.sha256"]
    assert first_partition(head(files[f"{STEM}.raw"])) == EFI
