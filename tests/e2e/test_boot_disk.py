"""Tests that a disk of a Kairosfile boots: GRUB of its EFI partition starts the system in its recovery partition.

That is the first boot of such a disk. The next steps are kairos-agent's, which the tests do not have. GRUB's
configuration and AuroraBoot are stand-ins, after Kairos' own.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e.artifacts import built
from tests.support.e2e.boot import CONSOLES, boot
from tests.support.e2e.bootable import ARCHITECTURES, GREETING, INITRD, BootImage, push_bootable, reached
from tests.support.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.engine import Registry

pytestmark = pytest.mark.boot

KAIROSFILE = """base: {base}
kairos_init: {kairos_init}
version: v1.2.3
hooks:
  after_init:
    - {{file: {greeting}, content: {nonce}}}
    - run: cp {initrd} /boot/initrd
    - file: /etc/cos/grub.cfg
      content: |
        loopback system /cOS/recovery.img
        linux (system)/boot/vmlinuz root=LABEL=COS_RECOVERY cos-img/filename=/cOS/recovery.img console={console}
        initrd (system)/boot/initrd
        boot
artifacts:
  auroraboot: {auroraboot}
  name: disk
  raw:
"""


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_a_disk_boots_the_system_in_its_recovery_partition(
    project: Project,
    registry: Registry,
    kairos_init: Callable[[str], str],
    auroraboot: Callable[[], str],
    nonce: str,
    arch: str,
) -> None:
    images = {"base": push_bootable(registry), "kairos_init": kairos_init(NEWEST), "auroraboot": auroraboot()}
    names = {"greeting": GREETING, "initrd": INITRD, "console": CONSOLES[arch]}
    project.write(KAIROSFILE.format(nonce=nonce, **images, **names))
    with Engine("sid", name="sid-disks", data="fresh", entitled=True) as engine:
        built(project, engine, "raw", "--platform", f"linux/{arch}", "--allow", "security.insecure")

    disk = project.folder / "build/disk.raw"
    before = digest(disk)
    console = boot(arch, disk.parent, "--artifact", "raw")

    line = reached(console, BootImage(arch, project.folder, nonce), "UEFI")
    assert "root=LABEL=COS_RECOVERY cos-img/filename=/cOS/recovery.img" in line
    assert digest(disk) == before


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
