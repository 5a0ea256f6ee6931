"""Tests that UKIs of a Kairosfile boot, and that with Secure Boot and our keys only signed ones do.

The machine gets the keys in Kairos' own way: systemd-boot reads them next to the UKI and enrols them, in a virtual
machine that has none yet. They are throw-away keys, and AuroraBoot is a stand-in; firmware, boot loader and kernel are
Debian's.
"""

from __future__ import annotations

import shutil
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e.artifacts import PUBLIC, look, secrets
from tests.support.e2e.boot import CONSOLES, boot
from tests.support.e2e.bootable import ARCHITECTURES, GREETING, REPORT, BootImage, push_bootable, reached, report_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.engine import Engine, Registry

pytestmark = pytest.mark.boot

# The firmware does not take FAT32 of less than 32 MiB; the root of a real image is far larger.
WEIGHT = "dd if=/dev/urandom of=/usr/lib/boot-test/weight bs=1M count=20"
# The EFI partition as a disk, once without the signature of the boot loader and once without that of the UKI.
UNSIGNED = (
    "osirrox -indev *.iso -extract /efiboot.img /efi && for what in BOOT kairos; do "
    "cp /efi /out/$what.img && chmod u+w /out/$what.img && mkdir /tmp/$what && "
    'mcopy -i /efi "::EFI/$what/*.[eE][fF][iI]" /tmp/$what/ && sbattach --remove /tmp/$what/* && '
    "mcopy -o -i /out/$what.img /tmp/$what/* ::EFI/$what/; done"
)


@pytest.fixture(scope="module", params=ARCHITECTURES)
def boot_image(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    registry: Registry,
    docker28: Engine,
    frontend: str,
    kairos_init: Callable[[str], str],
    auroraboot: Callable[[], str],
    keys: Path,
) -> BootImage:
    """A UKI of one architecture, made by an AuroraBoot of that architecture."""
    result = BootImage(request.param, tmp_path_factory.mktemp(request.param), uuid.uuid4().hex[:12])
    project = Project(result.folder, f"# syntax={frontend}")
    (project.folder / "public").mkdir()
    for name in PUBLIC[:3]:
        shutil.copy(keys / name, project.folder / "public")
    project.write(
        f"base: {push_bootable(registry)}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.2.3\ntrusted_boot: true\n"
        "hooks:\n  after_init:\n"
        f"    - {{file: {GREETING}, content: {result.greeting}}}\n"
        f"    - run: ln -sf {REPORT} /usr/bin/immucore\n"
        f"    - run: {WEIGHT}\n"
        f"artifacts:\n  auroraboot: {auroraboot()}\n"
        "  uki:\n    keys: {public_keys: public}\n    outputs: [iso]\n"
        f"    extend_cmdline: console={CONSOLES[result.arch]}\n"
    )
    output = str(project.folder / "build")
    project.must_build(
        docker28, "--target", "uki", "--platform", f"linux/{result.arch}", "--output", output, *secrets(keys)
    )
    look(project, docker28, auroraboot(), UNSIGNED)
    return result


def test_a_uki_boots_where_secure_boot_is_off(boot_image: BootImage) -> None:
    console = boot(boot_image.arch, boot_image.file("*.iso"))

    assert reached(console, boot_image, "UEFI").endswith(f"install-mode console={CONSOLES[boot_image.arch]}")


def test_a_uki_boots_with_secure_boot_once_its_keys_are_enrolled(boot_image: BootImage) -> None:
    """Its first start enrols them and resets the machine."""
    console = boot(boot_image.arch, boot_image.file("*.iso"), "--firmware", "secure-boot")

    reached(console, boot_image, "UEFI with Secure Boot")


@pytest.mark.parametrize("what", ["BOOT", "kairos"])
def test_with_secure_boot_what_is_not_signed_is_refused(boot_image: BootImage, what: str) -> None:
    disk = boot_image.folder / f"look/{what}.img"

    console = boot(boot_image.arch, disk, "--firmware", "secure-boot", "--wait-for", "enied")

    assert not report_of(console), console
