"""An ISO of a Kairosfile boots: from firmware over GRUB and a real kernel to the root in its squashfs.

AuroraBoot and kairos-init are stand-ins, the kernel is Debian's. The machine is emulated, which takes most of a minute
for each test, and QEMU is a download of its own: these tests run when they are asked for (`make boot`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import images
from tests.e2e.boot import BIOS, GREETING, INITRD, UEFI, as_cd, as_disk, push_bootable
from tests.e2e.conftest import NEWEST, Project
from tests.standin.auroraboot.releases import NEWEST as AURORABOOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.boot import Machine
    from tests.engine import Engine, Registry

pytestmark = pytest.mark.boot

CONFIG = "hostname: boot-test"
LINE = "console=ttyS0,115200 panic=10"
SECONDS = 420
WAYS = {
    "UEFI, CD": (UEFI, as_cd),
    "UEFI, disk": (UEFI, as_disk),
    "BIOS, CD": (BIOS, as_cd),
    "BIOS, disk": (BIOS, as_disk),
}


@pytest.fixture
def iso(project: Project, sid: Engine, registry: Registry, kairos_init: Callable[[str], str], nonce: str) -> Path:
    """An ISO made from a Kairosfile whose image greets with the nonce."""
    hooks = f"[{{file: {GREETING}, content: {nonce}}}, {{name: initrd, run: cp {INITRD} /boot/initrd}}]"
    (project.folder / "config.yaml").write_text(f"#cloud-config\n{CONFIG}\n")
    project.write(
        f"base: {push_bootable(registry)}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.2.3\n"
        f"hooks: {{after_init: {hooks}}}\n"
        f"artifacts:\n  auroraboot: {images.push_auroraboot(AURORABOOT)}\n"
        f"  iso: {{cloud_config: config.yaml, extend_cmdline: '{LINE}'}}\n"
    )
    project.must_build(sid, "--target", "iso", "--platform", "linux/amd64", "--output", str(project.folder / "build"))
    return next((project.folder / "build").glob("*.iso"))


@pytest.mark.parametrize("way", WAYS)
def test_an_iso_of_a_kairosfile_boots_to_the_root_in_its_squashfs(iso: Path, nonce: str, way: str) -> None:
    machine, plugged = WAYS[way]
    boots(machine, plugged(iso), iso, nonce)


def boots(machine: Machine, drive: list[str], iso: Path, nonce: str) -> None:
    console = machine.boot(drive, iso, seconds=SECONDS)
    said = [line.partition("boot test: ")[2].strip() for line in console.splitlines() if "boot test: " in line]
    assert f"root: {nonce}" in said, console
    assert 'release: KAIROS_VERSION="v1.2.3"' in said
    assert f"config: {CONFIG}" in said
    assert [line for line in said if line.startswith("line: ") and LINE in line]
