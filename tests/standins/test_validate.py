"""What validate of a release notices, and what it does not."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.standins.usage import DEBIAN, NEWEST, VERSION, build, flags_of, make, succeed, validate_words

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.standins.image import Image


def test_validate_refuses_what_was_installed_only(image: Image) -> None:
    succeed(image.run(NEWEST, "-s", "install", *VERSION))
    run = image.run(NEWEST, "validate")
    assert run.exit == 1
    assert "* [RELEASE] could not open kairos-release file\n" in run.stderr
    assert "file missing /boot/initrd" in run.stderr


@pytest.mark.parametrize("release", ["v0.1.1", "v0.4.9", "v0.5.0", NEWEST])
def test_a_trusted_image_has_no_initrd_and_is_valid_only_as_trusted(tmp_path: Path, release: str) -> None:
    base = make(tmp_path, DEBIAN)
    flags = flags_of(release, trusted="1")
    build(base, release, *flags)
    assert not base.has("/boot/initrd")
    assert not base.has("/etc/cos")
    succeed(base.run(release, *validate_words(release, *flags)))
    assert base.run(release, *validate_words(release, *flags_of(release, trusted="yes"))).exit == 1


def test_from_v0_5_0_on_validate_does_not_miss_kubernetes(tmp_path: Path) -> None:
    base = make(tmp_path, DEBIAN)
    for release, code in (("v0.4.9", 1), (NEWEST, 0)):
        flags = flags_of(release, kubernetes="v1.33.1+k3s1")
        build(base, release, *flags)
        (base.root / "usr/bin/k3s").unlink()
        assert base.run(release, *validate_words(release, *flags)).exit == code
        (base.root / "usr/bin/kairos").unlink()


def _touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def _mask(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("/dev/null")


BREAKAGES: dict[str, tuple[str, Any]] = {
    "could not find binary sudo": ("v0.17.3", lambda root: (root / "usr/bin/sudo").unlink()),
    "binary less is not executable": ("v0.17.3", lambda root: (root / "usr/bin/less").chmod(0o644)),
    "could not find binary mount.nfs": ("v0.5.2", lambda root: (root / "usr/sbin/mount.nfs").unlink()),
    "points to a non-existent file": ("v0.5.1", lambda root: (root / "boot/vmlinuz-6.12.0-stand-in").unlink()),
    "file missing /boot/initrd": ("v0.17.3", lambda root: (root / "boot/initrd").unlink()),
    "did not find immucore in the initrd": ("v0.17.3", lambda root: (root / "boot/initrd").write_text("")),
    "found SSH host keys": ("v0.4.6", lambda root: _touch(root / "etc/ssh/ssh_host_rsa_key")),
    "service getty.target is masked": ("v0.5.16", lambda root: _mask(root / "etc/systemd/system/getty.target")),
    "[KERNEL] open /lib/modules: no such file or directory": (
        "v0.15.2",
        lambda root: shutil.rmtree(root / "lib/modules"),
    ),
    "directory /var/lock does not exist": ("v0.2.5", lambda root: (root / "var/lock").rmdir()),
    "service kairos-agent does not exist": (
        "v0.4.9",
        lambda root: (root / "etc/systemd/system/kairos-agent.service").unlink(),
    ),
    "key KAIROS_MODEL not found or empty": (
        "v0.17.3",
        lambda root: (root / "etc/kairos-release").write_text('KAIROS_MODEL=""\n'),
    ),
}


@pytest.mark.parametrize("message", BREAKAGES)
def test_validate_detects_an_error_that_the_release_checks(tmp_path: Path, message: str) -> None:
    release, damage = BREAKAGES[message]
    base = make(tmp_path, DEBIAN)
    flags = flags_of(release)
    build(base, release, *flags)
    damage(base.root)
    run = base.run(release, *validate_words(release, *flags))
    assert (run.exit, message in run.output) == (1, True), run.output
