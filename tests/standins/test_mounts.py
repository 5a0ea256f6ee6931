"""Cleanup and mounts: what init empties, what it must not be asked to empty, and a root that is read-only."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.standins.image import Image
from tests.support.standins.usage import (
    DEBIAN,
    NEWEST,
    VERSION,
    build,
    flags_of,
    in_own_mounts,
    make,
    require,
    succeed,
    validate_words,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("release", "cleaned"), [("v0.4.5", False), ("v0.4.9", False), ("v0.5.0", True)])
def test_init_empties_what_the_release_empties(tmp_path: Path, release: str, cleaned: bool) -> None:
    base = make(tmp_path, DEBIAN)
    succeed(base.run(release, "-s", "install", *flags_of(release)))
    leftovers = ("tmp/dir/file", "var/tmp/file", "var/lib/apt/lists/x", "var/cache/apt/archives/a")
    remaining = ("tmp/.hidden", "var/cache/apt/archives/lock", "var/cache/apt/archives/partial")
    for path in (*leftovers, "tmp/.hidden", "/etc/ssh/ssh_host_rsa_key"):
        base.write(path, "x")
    succeed(base.run(release, "-s", "init", *flags_of(release)))
    assert (base.read("/etc/machine-id"), base.read("/etc/hostname")) == ("", "")
    assert [base.has(path) for path in leftovers] == [not cleaned] * len(leftovers)
    assert all(base.has(path) for path in remaining)
    assert base.has("tmp")
    assert base.has("/etc/ssh/ssh_host_rsa_key") == (release == "v0.4.5")
    assert base.has("/usr/bin/dracut") == cleaned


@pytest.mark.parametrize("mount", ["tmp/mounted", "var/tmp/mounted"])
def test_a_mount_below_tmp_is_busy_and_fails_init(image: Image, mount: str) -> None:
    succeed(image.run(NEWEST, "-s", "install", *VERSION))
    (image.root / mount).mkdir()
    run = image.run(NEWEST, "-s", "init", *VERSION, wrap=in_own_mounts(f"mount -t tmpfs none {mount}"))
    assert (run.exit, "step cleanup failed" in run.stdout) == (1, True), run.output
    assert "busy" in run.stderr


def test_a_mount_on_tmp_itself_is_harmless(image: Image) -> None:
    succeed(image.run(NEWEST, "-s", "install", *VERSION))
    succeed(image.run(NEWEST, "-s", "init", *VERSION, wrap=in_own_mounts("mount -t tmpfs none tmp")))


@pytest.mark.parametrize("release", ["v0.4.9", NEWEST])
def test_it_works_as_mounted_read_only_in_a_root_that_has_busybox_alone(tmp_path: Path, release: str) -> None:
    require("busybox")
    base = Image.make(tmp_path / "root", DEBIAN, under="busybox")
    base.write("/kairos-init", "")
    for directory in ("bin", "dev", "proc"):
        (base.root / directory).mkdir()
    shutil.copy(str(shutil.which("busybox")), base.root / "bin/busybox")
    (base.root / "bin/sh").symlink_to("busybox")
    base.program(release).chmod(0o755)
    mount = f"mount --bind {base.program(release)} kairos-init && mount -o remount,ro,bind kairos-init"
    mount += " && mount --rbind /proc proc && mount --rbind /dev dev"
    flags = flags_of(release, kubernetes="v1.33.1+k3s1")
    for words in (("-s", "install", *flags), ("-s", "init", *flags), validate_words(release, *flags)):
        done = subprocess.run(
            [*in_own_mounts(mount), "chroot", str(base.root), "/kairos-init", *words],
            cwd=base.root,
            env={"PATH": base.environment()["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert [call["argv"][0] for call in base.calls()] == ["/kairos-init", "/kairos-init"]
    assert base.read("/kairos-init") == ""


def test_validate_works_on_a_read_only_root_with_a_writable_tmp_and_changes_nothing(image: Image) -> None:
    build(image, NEWEST, *VERSION)
    before = image.tree()
    read_only = f"mount --bind {image.root} {image.root} && cd {image.root} && mount -o remount,ro,bind {image.root}"
    succeed(image.run(NEWEST, "validate", wrap=in_own_mounts(f"{read_only} && mount -t tmpfs none tmp")))
    run = image.run(NEWEST, "validate", wrap=in_own_mounts(read_only))
    assert (run.exit, "lsinitrd cannot write to /tmp" in run.stderr) == (1, True)
    assert image.tree() == before
