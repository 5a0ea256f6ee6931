"""`kairosfile boot` of an ISO and netboot files: from firmware over GRUB and a real kernel to a program of their root.

AuroraBoot and kairos-init are stand-ins, the kernel is Debian's. Without KVM a boot takes most of a minute, and QEMU is
a separate download: these tests run only on request (`make boot`).
"""

from __future__ import annotations

import json
import socket
import subprocess
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest

from kairosfile.cli.boot.artifacts import HOST
from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e.boot import CONSOLES, boot, boot_words, command, environment
from tests.support.e2e.bootable import ARCHITECTURES, GREETING, INITRD, BootImage, push_bootable, reached, report_of
from tests.support.servers import free_port

if TYPE_CHECKING:
    from tests.support.engine import Engine, Registry

pytestmark = pytest.mark.boot

CONFIG = "hostname: boot-test"
SECRET = "hostname: boot-secret"
LINE = "panic=10 boot-test"
Plugged = Callable[[BootImage, str], Path]
PLUGGED = [BootImage.file, BootImage.stick]


@pytest.fixture(scope="module", params=ARCHITECTURES)
def boot_image(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    registry: Registry,
    docker28: Engine,
    frontend: str,
    kairos_init: Callable[[str], str],
    auroraboot: Callable[[], str],
) -> BootImage:
    """An ISO, and netboot files, of one architecture."""
    result = BootImage(request.param, tmp_path_factory.mktemp(request.param), uuid.uuid4().hex[:12])
    project = Project(result.folder, f"# syntax={frontend}")
    hooks = f"[{{file: {GREETING}, content: {result.greeting}}}, {{name: initrd, run: cp {INITRD} /boot/initrd}}]"
    line = f"console={CONSOLES[result.arch]},115200 {LINE}"
    (project.folder / "config.yaml").write_text(f"#cloud-config\n{CONFIG}\n")
    project.write(
        f"base: {push_bootable(registry)}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.2.3\n"
        f"hooks: {{after_init: {hooks}}}\n"
        f"artifacts:\n  auroraboot: {auroraboot()}\n  netboot:\n"
        f"  iso: {{cloud_config: config.yaml, extend_cmdline: '{line}'}}\n"
    )
    output = str(project.folder / "build")
    project.must_build(docker28, "--target", "artifacts", "--platform", f"linux/{result.arch}", "--output", output)
    return result


@pytest.fixture(scope="module")
def with_secret(boot_image: BootImage, docker28: Engine, frontend: str) -> BootImage:
    """The same, with an ISO in the folder `secret` whose cloud-config is one."""
    project = Project(boot_image.folder, f"# syntax={frontend}", "with-secret.yaml")
    text = (boot_image.folder / "Kairosfile").read_text().partition("\n")[2]
    project.write(text.replace("cloud_config: config.yaml", "cloud_config: {secret: install}"), project.file)
    (boot_image.folder / "secret.yaml").write_text(f"#cloud-config\n{SECRET}\n")
    target = (
        "--target",
        "iso",
        "--platform",
        f"linux/{boot_image.arch}",
        "--output",
        str(boot_image.folder / "build/secret"),
    )
    project.must_build(docker28, *target, "--secret", f"id=install,src={boot_image.folder / 'secret.yaml'}")
    return boot_image


@pytest.mark.parametrize("plugged", PLUGGED)
def test_an_iso_boots_under_uefi_as_a_cd_and_as_a_disk(boot_image: BootImage, plugged: Plugged) -> None:
    console = boot(boot_image.arch, plugged(boot_image, "*.iso"))

    line = reached(console, boot_image, "UEFI", CONFIG)
    assert "root=live:CDLABEL=COS_LIVE rd.live.dir=/ rd.live.squashimg=rootfs.squashfs" in line
    assert line.endswith(LINE)


@pytest.mark.parametrize("boot_image", ["amd64"], indirect=True)
@pytest.mark.parametrize("plugged", PLUGGED)
def test_an_iso_for_amd64_boots_under_bios_too(boot_image: BootImage, plugged: Plugged) -> None:
    console = boot(boot_image.arch, plugged(boot_image, "*.iso"), "--firmware", "bios")

    assert reached(console, boot_image, "not UEFI", CONFIG).endswith(LINE)


@pytest.mark.parametrize("plugged", PLUGGED)
def test_an_iso_boots_though_a_secret_was_added_to_it(with_secret: BootImage, plugged: Plugged) -> None:
    """The disk for amd64 under BIOS: its first sector is rewritten with the rest."""
    bios = with_secret.arch == "amd64" and plugged is BootImage.stick
    firmware = ("--firmware", "bios") if bios else ()

    console = boot(with_secret.arch, plugged(with_secret, "secret/*.iso"), *firmware)

    assert reached(console, with_secret, "not UEFI" if bios else "UEFI", SECRET).endswith(LINE)


def test_netboot_files_boot_and_load_their_root_over_http(boot_image: BootImage) -> None:
    console = boot(boot_image.arch, boot_image.file("*-kernel"))

    line = reached(console, boot_image, "UEFI")
    assert f"root=live:http://{HOST}:" in line
    assert ".squashfs " in line


@pytest.mark.parametrize("boot_image", ["amd64"], indirect=True)
def test_a_kairosfile_is_built_and_its_machine_has_a_disk_a_config_and_a_port(
    boot_image: BootImage, docker28: Engine
) -> None:
    """A program of the root listens at port 22; it sends its greeting and switches the machine off."""
    config, port = boot_image.folder / "handed.yaml", free_port()
    config.write_text("#cloud-config\nhostname: handed-over\n")
    options = ("--disk", "64M", "--cloud-config", str(config), "--ssh-port", str(port))

    is_over = Event()
    with ThreadPoolExecutor(1) as pool:
        heard = pool.submit(hear, port, is_over)
        try:
            console = boot("amd64", boot_image.folder / "Kairosfile", *options, env=docker28.env())
        finally:
            is_over.set()

    reached(console, boot_image, "UEFI", CONFIG)
    visited = report_of(console)
    assert visited["cidata"] == "hostname: handed-over"
    assert int(visited["disk"]) * 512 == 64 << 20
    assert heard.result() == boot_image.greeting


@pytest.mark.parametrize("boot_image", ["amd64"], indirect=True)
def test_waiting_ends_with_the_text_or_fails_without_it(boot_image: BootImage) -> None:
    iso = boot_image.file("*.iso")

    assert report_of(boot("amd64", iso, "--wait-for", "boot test: root")).keys() <= {"root", "release"}
    words = boot_words("amd64", "--wait-for", "no such text", str(iso))
    missed = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
    assert missed.returncode == 1
    assert "the machine powered off or rebooted and did not print 'no such text'" in missed.stderr


def test_doctor_finds_what_booting_needs() -> None:
    words = command("doctor", "--boot", "--format", "json", "--platform", "linux/amd64,linux/arm64")
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)

    findings = [one for one in json.loads(done.stdout)["findings"] if one["check"] == "boot"]
    assert {one["status"] for one in findings} <= {"ok", "unknown"}, findings
    for arch in ARCHITECTURES:
        assert any(one["message"].startswith(f"{arch}: secure-boot firmware /usr/share/") for one in findings)


def hear(port: int, is_over: Event) -> str:
    """Return the first line that a program sends on a port; retry until the machine is off."""
    while not is_over.wait(0.5):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            if line := connection.makefile().readline():
                return line.strip()
    raise TimeoutError(f"nothing has answered at port {port}")
