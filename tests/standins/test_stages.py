"""What install and init of each release write, and what is wrong with an image that got only part of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.standins import releases
from tests.support.standins.features import release_keys
from tests.support.standins.image import Image
from tests.support.standins.usage import DEBIAN, NEWEST, VERSION, build, flags_of, make, succeed, validate_words

if TYPE_CHECKING:
    from pathlib import Path

BOUNDARIES = [
    *(dialect["first"] for dialect in releases.facts()["ranges"]),
    *("v0.4.0", "v0.4.1", "v0.4.4", "v0.4.6", "v0.4.8", "v0.4.9"),
    *("v0.5.0", "v0.5.1", "v0.5.2", "v0.5.16", "v0.7.2", "v0.14.7", "v0.15.2"),
]


@pytest.mark.parametrize("release", dict.fromkeys(BOUNDARIES))
def test_an_image_built_in_two_stages_is_valid_and_says_what_it_is(tmp_path: Path, release: str) -> None:
    base = make(tmp_path, DEBIAN)
    kubernetes = "v1.33.1+k3s1" if releases.order(release) >= releases.order("v0.2.0") else ""
    flags = flags_of(release, kubernetes=kubernetes)

    assert base.run(release, *validate_words(release, *flags)).exit == 1
    build(base, release, *flags)
    succeed(base.run(release, *validate_words(release, *flags)))

    text = base.release_file()
    expected = set(release_keys(release))
    assert set(text) == expected
    assert list(text) == sorted(text)
    assert text["KAIROS_VARIANT"] == ('"standard"' if kubernetes else '"core"')
    assert text["KAIROS_FLAVOR_RELEASE"] == "12"


def test_the_stand_in_says_so_in_its_first_line_and_in_its_files(image: Image) -> None:
    run = succeed(image.run(NEWEST, "-s", "install", "-l", "error", *flags_of(NEWEST, kubernetes="v1.33.1+k3s1")))
    assert run.stdout == f"INF kairos-init stand-in {NEWEST} (not the real kairos-init)\n"
    assert image.read("/var/log/kairos/kairos-init.log").partition(" ")[2] == run.stdout
    for path in ("/usr/bin/kairos-agent", "/usr/bin/k3s", "/boot/vmlinuz-6.12.0-stand-in", "/etc/cos/grub.cfg"):
        assert "kairos-init stand-in" in image.read(path)


def test_equal_calls_make_trees_that_differ_in_the_log_alone(image: Image, tmp_path: Path) -> None:
    trees = []
    for number in ("1", "2"):
        (tmp_path / number).mkdir()
        one = Image.make(tmp_path / number / "root", DEBIAN, under=image.shell)
        build(one, NEWEST, *flags_of(NEWEST, kubernetes="v1.33.1+k3s1"))
        tree = one.tree()
        mode, calls = tree.pop("etc/kairos/stand-in-calls")
        tree["calls"] = (mode, calls.replace(str(tmp_path / number), ""))
        assert "INF" in tree.pop("var/log/kairos/kairos-init.log")[1]
        trees.append(tree)
    assert trees[0] == trees[1]


def test_init_without_install_fails_at_the_missing_kernel(image: Image) -> None:
    run = image.run(NEWEST, "-s", "init", *VERSION)
    assert (run.exit, "latest kernel: open /lib/modules: no such file" in run.stdout) == (1, True)
    assert not image.has("/etc/kairos-release")


@pytest.mark.parametrize("release", ["v0.2.0", "v0.4.9", "v0.5.0", NEWEST])
def test_installing_twice_over_a_standard_image_fails(tmp_path: Path, release: str) -> None:
    base = make(tmp_path, DEBIAN)
    flags = flags_of(release, kubernetes="v1.33.1+k3s1")
    succeed(base.run(release, "-s", "install", *flags))
    run = base.run(release, "-s", "install", *flags)
    assert (run.exit, "/usr/bin/kairos" in run.output) == (1, True)


def test_installing_twice_over_a_core_image_works(image: Image) -> None:
    build(image, NEWEST, *VERSION)
    build(image, NEWEST, *VERSION)


def test_stage_all_installs_and_initialises_in_one_call(image: Image) -> None:
    succeed(image.run(NEWEST, *VERSION))
    succeed(image.run(NEWEST, "validate"))
    assert [call["stage"] for call in image.calls()] == ["all"]
    assert image.has("/etc/kairos/kairos-init-all-stage.yaml")


def test_what_is_forgotten_on_init_has_the_documented_consequence(tmp_path: Path) -> None:
    base = make(tmp_path, DEBIAN)
    flags = ("-m", "rpi4", "--fips", *flags_of(NEWEST, kubernetes="v1.33.1+k3s1"))
    succeed(base.run(NEWEST, "-s", "install", *flags, KAIROS_STANDIN_MACHINE="aarch64"))
    succeed(base.run(NEWEST, "-s", "init", *VERSION))
    text = base.release_file()
    assert (text["KAIROS_VARIANT"], text["KAIROS_FIPS"], text["KAIROS_MODEL"]) == (
        '"core"',
        '"false"',
        '"generic"',
    )
    assert "fips" not in base.read("/boot/initrd")


def test_trusted_boot_forgotten_on_init_fails_at_the_missing_dracut(image: Image) -> None:
    succeed(image.run(NEWEST, "-s", "install", "-t", "true", *VERSION))
    run = image.run(NEWEST, "-s", "init", *VERSION)
    assert (run.exit, "dracut: not found" in run.stdout) == (1, True)


@pytest.mark.parametrize(
    ("release", "model", "linked"),
    [
        (NEWEST, "rpi4", "6.12.0-stand-in-raspi"),
        (NEWEST, "generic", "7.0.0-hook"),
        ("v0.6.2", "generic", "7.0.0-hook"),
        ("v0.6.1", "generic", "6.12.0-stand-in"),
        ("v0.2.6", "generic", "6.12.0-stand-in"),
    ],
)
def test_init_links_the_highest_kernel_up_to_v0_6_1_the_lowest_and_prefers_the_raspberry_pi_one(
    tmp_path: Path, release: str, model: str, linked: str
) -> None:
    base = make(tmp_path, DEBIAN)
    succeed(base.run(release, "-s", "install", "-m", model, *VERSION, KAIROS_STANDIN_MACHINE="aarch64"))
    base.write("/boot/vmlinuz-7.0.0-hook", "kernel")
    base.write("/lib/modules/7.0.0-hook/modules.builtin", "")
    succeed(base.run(release, "-s", "init", "-m", model, *VERSION, KAIROS_STANDIN_MACHINE="aarch64"))
    assert str((base.root / "boot/vmlinuz").readlink()) == f"/boot/vmlinuz-{linked}"
    assert f"kernel {linked}" in base.read("/boot/initrd")


def test_a_skipped_step_is_left_out_and_a_skipped_stage_does_nothing(image: Image) -> None:
    build(image, NEWEST, "--skip-step", "branding,cleanup", *VERSION)
    assert not image.has("/etc/kairos/branding")
    assert "name: grub" in image.read("/etc/kairos/kairos-init-install-stage.yaml")
    assert "name: branding" not in image.read("/etc/kairos/kairos-init-install-stage.yaml")
    assert image.read("/etc/machine-id") != ""
    succeed(image.run(NEWEST, "-s", "init", "--skip-step", "init", *VERSION))


def test_an_override_file_changes_the_version_of_a_binary(image: Image) -> None:
    image.write("/etc/kairos/.init_versions.yaml", 'agent: v9.9.9\nimmucore: "v8.8.8"\n')
    succeed(image.run(NEWEST, "-s", "install", *VERSION))
    assert "kairos-agent v9.9.9" in image.read("/usr/bin/kairos-agent")
    assert "immucore v8.8.8" in image.read("/usr/bin/immucore")
    assert "v0.13.4" in image.read("/system/discovery/kcrypt-discovery-challenger")
