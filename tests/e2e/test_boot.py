"""An ISO and netboot files of a Kairosfile boot: from firmware over GRUB and a real kernel to a program of their root.

AuroraBoot and kairos-init are stand-ins, the kernel is Debian's. The machines are emulated, which takes most of a
minute for each boot, and QEMU is a separate download: these tests run when they are asked for (`make boot`).
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e.boot import BIOS, UEFI, WITHOUT_FIRMWARE, cd, disk
from tests.support.e2e.bootable import ARCHITECTURES, GREETING, INITRD, Made, push_bootable, reached

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import Engine, Registry

pytestmark = pytest.mark.boot

CONFIG = "hostname: boot-test"
SECRET = "hostname: boot-secret"
LINE = "panic=10 boot-test"


@pytest.fixture(scope="module", params=ARCHITECTURES)
def made(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    registry: Registry,
    sid: Engine,
    frontend: str,
    kairos_init: Callable[[str], str],
    auroraboot: Callable[[], str],
) -> Made:
    """An ISO, and netboot files, of one architecture."""
    made = Made(request.param, tmp_path_factory.mktemp(request.param), uuid.uuid4().hex[:12])
    project = Project(made.folder, f"# syntax={frontend}")
    hooks = f"[{{file: {GREETING}, content: {made.greeting}}}, {{name: initrd, run: cp {INITRD} /boot/initrd}}]"
    line = f"console={UEFI[made.arch].console},115200 {LINE}"
    (project.folder / "config.yaml").write_text(f"#cloud-config\n{CONFIG}\n")
    project.write(
        f"base: {push_bootable(registry)}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.2.3\n"
        f"hooks: {{after_init: {hooks}}}\n"
        f"artifacts:\n  auroraboot: {auroraboot()}\n  netboot:\n"
        f"  iso: {{cloud_config: config.yaml, extend_cmdline: '{line}'}}\n"
    )
    output = str(project.folder / "build")
    project.must_build(sid, "--target", "artifacts", "--platform", f"linux/{made.arch}", "--output", output)
    return made


@pytest.fixture(scope="module")
def with_secret(made: Made, sid: Engine, frontend: str) -> Made:
    """The same, with an ISO in the folder `secret` whose cloud-config is one."""
    project = Project(made.folder, f"# syntax={frontend}")
    text = (made.folder / "Kairosfile").read_text().partition("\n")[2]
    project.write(text.replace("cloud_config: config.yaml", "cloud_config: {secret: install}"))
    (made.folder / "secret.yaml").write_text(f"#cloud-config\n{SECRET}\n")
    target = ("--target", "iso", "--platform", f"linux/{made.arch}", "--output", str(made.folder / "build/secret"))
    project.must_build(sid, *target, "--secret", f"id=install,src={made.folder / 'secret.yaml'}")
    return made


@pytest.mark.parametrize("plugged", [cd, disk])
def test_an_iso_boots_under_uefi_as_a_cd_and_as_a_disk(made: Made, plugged: Callable[[str], list[str]]) -> None:
    console = UEFI[made.arch].boot(made.folder, *plugged(made.file("*.iso")))

    line = reached(console, made, "UEFI", CONFIG)
    assert "root=live:CDLABEL=COS_LIVE rd.live.dir=/ rd.live.squashimg=rootfs.squashfs" in line
    assert line.endswith(LINE)


@pytest.mark.parametrize("made", ["amd64"], indirect=True)
@pytest.mark.parametrize("plugged", [cd, disk])
def test_an_iso_for_amd64_boots_under_bios_too(made: Made, plugged: Callable[[str], list[str]]) -> None:
    console = BIOS.boot(made.folder, *plugged(made.file("*.iso")))

    assert reached(console, made, "not UEFI", CONFIG).endswith(LINE)


@pytest.mark.parametrize("plugged", [cd, disk])
def test_an_iso_boots_though_a_secret_was_added_to_it(with_secret: Made, plugged: Callable[[str], list[str]]) -> None:
    """The disk for amd64 under BIOS: what is in the first sector was made anew with the rest."""
    bios = with_secret.arch == "amd64" and plugged is disk
    machine = BIOS if bios else UEFI[with_secret.arch]

    console = machine.boot(with_secret.folder, *plugged(with_secret.file("secret/*.iso")))

    assert reached(console, with_secret, "not UEFI" if bios else "UEFI", SECRET).endswith(LINE)


def test_kernel_initrd_and_squashfs_of_netboot_boot_without_a_boot_loader(made: Made) -> None:
    machine = WITHOUT_FIRMWARE[made.arch]
    parts = ["-kernel", f"/mnt/{made.file('*-kernel')}", "-initrd", f"/mnt/{made.file('*-initrd')}"]
    line = f"root=/dev/vda console={machine.console}"

    console = machine.boot(made.folder, *parts, "-append", line, *disk(made.file("*.squashfs")))

    assert reached(console, made, "not UEFI") == line
