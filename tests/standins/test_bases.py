"""Which bases and environments a release works on."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.standins import releases
from tests.support.standins.image import Image, command
from tests.support.standins.usage import FEDORA, NEWEST, UBUNTU, VERSION, build, flags_of, make, succeed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("os_release", "first", "flavor"),
    [
        (UBUNTU, "v0.0.1", "ubuntu"),
        ('ID="rocky"\nVERSION_ID="9.4"\n', "v0.0.1", "rocky"),
        ('ID="opensuse-leap"\nVERSION_ID="15.6"\n', "v0.0.1", "opensuse"),
        ("ID=alpine\nVERSION_ID=3.21.3\n", "v0.0.1", "alpine"),
        ('ID="rhel"\nVERSION_ID="9.4"\n', "v0.5.0-rc1", "rhel"),
        ('ID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="9"\n', "v0.7.2", "rhel"),
        ('ID="sle-micro-rancher"\nVERSION_ID="5.4"\n', "v0.8.0", "sle-micro-rancher"),
        ('ID="ol"\nVERSION_ID="9.4"\n', "v0.9.0", "ol"),
        ('ID="distroless"\n', None, ""),
        ("", None, ""),
    ],
)
def test_a_base_is_known_from_a_release_on(tmp_path: Path, os_release: str, first: str | None, flavor: str) -> None:
    tags = releases.tags()
    before = NEWEST if first is None else tags[max(tags.index(first) - 1, 0)]
    if before != first and first != tags[0]:
        run = make(tmp_path, os_release).run(before, "-s", "install", *flags_of(before))
        assert (run.exit, f"which {before} does not support" in run.stdout) == (1, True)
        shutil.rmtree(tmp_path / "root")
    if first is not None:
        base = make(tmp_path, os_release)
        build(base, first, *flags_of(first))
        assert base.release_file()["KAIROS_FLAVOR"] == f'"{flavor}"'


@pytest.mark.parametrize(
    ("os_release", "release", "flags", "says"),
    [
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22"\n', NEWEST, (), "unknown package manager"),
        ("ID=debian\n", "v0.5.5", (), "no VERSION_ID"),
        (UBUNTU, "v0.3.0", ("--fips",), "FIPS is not supported on Ubuntu"),
        (UBUNTU, NEWEST, ("--fips",), "FIPS is not supported on Ubuntu"),
        (FEDORA, NEWEST, ("-p", "k3s"), "curl is not in the base image"),
    ],
)
def test_install_fails_on_a_base_that_cannot_work(
    tmp_path: Path, os_release: str, release: str, flags: tuple[str, ...], says: str
) -> None:
    run = make(tmp_path, os_release).run(release, "-s", "install", *flags, *VERSION)
    assert (run.exit, says in run.stdout) == (1, True), run.output


@pytest.mark.parametrize(
    ("os_release", "release", "flags"),
    [
        ("ID=debian\n", "v0.5.4", ()),
        (UBUNTU, "v0.2.7", ("--fips",)),
        (UBUNTU, NEWEST, ("--fips", "--skip-step", "installPackages")),
    ],
)
def test_install_works_on_a_base_that_an_older_release_took(
    tmp_path: Path, os_release: str, release: str, flags: tuple[str, ...]
) -> None:
    succeed(make(tmp_path, os_release).run(release, "-s", "install", *flags, *VERSION))


def test_the_red_hat_family_has_no_kernel_for_a_raspberry_pi(tmp_path: Path) -> None:
    base = make(tmp_path, FEDORA)
    flags = ("-m", "rpi4", *VERSION)
    succeed(base.run(NEWEST, "-s", "install", *flags, KAIROS_STANDIN_MACHINE="aarch64"))
    assert base.run(NEWEST, "-s", "init", *flags, KAIROS_STANDIN_MACHINE="aarch64").exit == 1


def test_the_environment_that_the_real_program_needs_is_required(image: Image) -> None:
    (image.root / "work").mkdir()
    run = subprocess.run(
        [*command(image.shell), str(image.program(NEWEST)), *VERSION],
        cwd=image.root / "work",
        env=image.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, "the working directory must be /" in run.stdout) == (1, True)


@pytest.mark.parametrize(
    ("release", "version", "lists", "code"),
    [
        ("v0.4.9", "24.04", False, 0),
        ("v0.5.16", "24.04", False, 1),
        ("v0.5.16", "24.04", True, 0),
        ("v0.5.16", "25.10", True, 1),
        ("v0.5.17", "25.10", True, 0),
        ("v0.15.2", "24.04", False, 1),
        ("v0.15.3", "24.04", False, 0),
        (NEWEST, "24.04", False, 0),
    ],
)
def test_trusted_boot_on_ubuntu_needs_the_lists_that_install_left(
    tmp_path: Path, release: str, version: str, lists: bool, code: int
) -> None:
    base = make(tmp_path, f'ID=ubuntu\nVERSION_ID="{version}"\n')
    flags = flags_of(release, trusted="true")
    succeed(base.run(release, "-s", "install", *flags))
    if not lists:
        shutil.rmtree(base.root / "var/lib/apt/lists")
    base.write("/leftover.deb", "")
    run = base.run(release, "-s", "init", *flags)
    assert run.exit == code, run.output
    assert ("linux-modules-extra" in run.stdout) == (code == 1)
