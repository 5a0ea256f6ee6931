"""What install leaves in an image, as the packages' own scripts do, and what of it init takes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from tests.support.standins.image import DEBIAN_SOURCES, Image
from tests.support.standins.usage import DEBIAN, FEDORA, NEWEST, VERSION, build, make, succeed

if TYPE_CHECKING:
    from pathlib import Path

KERNEL = "6.12.0-stand-in"
INITRD = f"/boot/initrd.img-{KERNEL}"
ARM64 = {"KAIROS_STANDIN_MACHINE": "aarch64"}
IDENTITY = (
    "/etc/ssh/ssh_host_rsa_key",
    "/etc/ssh/ssh_host_ecdsa_key.pub",
    "/etc/ssh/ssh_host_ed25519_key",
    "/var/lib/dbus/machine-id",
)


def test_packages_give_an_identity_that_init_takes_away(image: Image) -> None:
    image.write("/etc/machine-id", "")
    succeed(image.run(NEWEST, "-s", "install", *VERSION))
    assert all(image.has(path) for path in IDENTITY)
    assert (image.root / "etc/ssh/ssh_host_rsa_key").stat().st_mode & 0o777 == 0o600
    assert image.read("/etc/machine-id") != ""

    succeed(image.run(NEWEST, "-s", "init", *VERSION))
    assert not any(image.has(path) for path in IDENTITY)
    assert image.read("/etc/machine-id") == ""


def test_the_package_of_a_kernel_makes_an_initrd_that_init_replaces(image: Image) -> None:
    succeed(image.run(NEWEST, "-s", "install", *VERSION))
    assert (image.root / INITRD.lstrip("/")).stat().st_mode & 0o777 == 0o600
    links = {name: str((image.root / name).readlink()) for name in ("vmlinuz", "vmlinuz.old", "initrd.img")}
    assert links["vmlinuz.old"] == links["vmlinuz"] == f"boot/vmlinuz-{KERNEL}"
    assert links["initrd.img"] == INITRD.lstrip("/")
    assert all(image.has(f"/boot/{name}-{KERNEL}") for name in ("config", "System.map", "vmlinuz"))

    succeed(image.run(NEWEST, "-s", "init", *VERSION))
    assert (image.has(INITRD), image.has("/boot/initrd"), image.has("/initrd.img")) == (False, True, True)


def test_a_variable_leaves_the_initrd_of_the_package_out_and_the_two_links_to_it(tmp_path: Path) -> None:
    trees = []
    for name, environment in (("with", {}), ("without", {"INITRD": "No"})):
        image = Image.make(tmp_path / name, DEBIAN)
        succeed(image.run(NEWEST, "-s", "install", *VERSION, **environment))
        assert image.has(INITRD) == (name == "with")
        succeed(image.run(NEWEST, "-s", "init", *VERSION))
        assert image.calls()[0]["env"] == environment
        trees.append(set(image.tree()))
    assert trees[0] ^ trees[1] == {"initrd.img", "initrd.img.old"}


def test_other_families_have_no_such_hook_and_trusted_boot_no_initrd(tmp_path: Path) -> None:
    for name, os_release, flags in (("a", FEDORA, ()), ("b", DEBIAN, ("-t", "true"))):
        image = Image.make(tmp_path / name, os_release)
        succeed(image.run(NEWEST, "-s", "install", *flags, *VERSION))
        assert not image.has(INITRD)


def test_files_of_the_newest_release_are_where_the_real_one_was_seen_to_put_them(image: Image) -> None:
    build(image, NEWEST, *VERSION)

    for path in (
        "/etc/dracut.conf.d/99-immucore.conf",
        "/etc/dracut.conf.d/kairos-sysext.conf",
        "/usr/lib/dracut/modules.d/28immucore/module-setup.sh",
        "/etc/ssh/sshd_config.d/05-kairos-hardening.conf",
        "/etc/issue.d/01-KAIROS",
        "/etc/logrotate.d/kairos",
        "/usr/sbin/suc-upgrade",
        "/usr/bin/grub2-editenv",
        "/snap",
        "/etc/systemd/system/systemd-networkd-wait-online.service.d/override-yip.conf",
        "/etc/systemd/system/multi-user.target.wants/ssh.service",
    ):
        assert image.has(path), path
    assert str((image.root / "etc/systemd/system/systemd-firstboot.service").readlink()) == "/dev/null"
    assert not image.has("/etc/systemd/system/kairos-agent.service")


def test_each_embedded_cloud_config_loads_and_has_stages(image: Image) -> None:
    succeed(image.run(NEWEST, "-s", "install", *VERSION))

    text = sorted((image.root / "system/oem").iterdir())
    assert len(text) == 31
    for file in text:
        assert set(yaml.safe_load(file.read_text("utf-8"))) == {"name", "stages"}


def test_every_run_with_a_raspberry_pi_changes_the_repositories_again(tmp_path: Path) -> None:
    base = make(tmp_path, DEBIAN)
    for skipped in ("installKernel", "installPackages"):
        succeed(base.run(NEWEST, "-s", "install", "-m", "rpi4", "--skip-step", skipped, *VERSION, **ARM64))
    assert base.read(DEBIAN_SOURCES).count("non-free-firmware") == 2


@pytest.mark.parametrize(("release", "code"), [("v0.4.9", 0), ("v0.5.0", 1), (NEWEST, 1)])
def test_a_raspberry_pi_needs_repositories_in_the_newer_form(tmp_path: Path, release: str, code: int) -> None:
    base = make(tmp_path, DEBIAN)
    (base.root / DEBIAN_SOURCES.lstrip("/")).unlink()
    run = base.run(release, "-s", "install", "-m", "rpi4", *VERSION, **ARM64)
    assert (run.exit, "debian.sources: No such file" in run.stdout) == (code, code == 1), run.output
