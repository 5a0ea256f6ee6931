"""What /etc/kairos-release says, and which Kubernetes gets into an image."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.standins.usage import DEBIAN, NEWEST, VERSION, build, make, succeed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.standins.image import Image


def test_init_keeps_keys_of_the_base_and_writes_integers_without_quotes(image: Image) -> None:
    image.write("/etc/kairos-release", 'KAIROS_VERSION="v9"\nMY_KEY=abc\nNUMBER="07"\nTEXT="a b"\n# remark\n')
    build(image, NEWEST, *VERSION)
    text = image.release_file()
    assert (text["KAIROS_VERSION"], text["MY_KEY"]) == ('"v1.2.3"', '"abc"')
    assert (text["NUMBER"], text["TEXT"]) == ("7", '"a b"')


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("v0.2.4", '"v2.15.12"'),
        ("v0.2.5", '"v01.2"'),
        ("v0.2.6", '"1.2.0"'),
        ("v0.4.3", '"1.2.0"'),
        ("v0.4.4", '"v1.2.0"'),
        (NEWEST, '"v1.2.0"'),
    ],
)
def test_the_version_is_recorded_in_the_form_of_the_release(tmp_path: Path, release: str, expected: str) -> None:
    base = make(tmp_path, DEBIAN)
    build(base, release, *(() if release == "v0.2.4" else ("--version", "v01.2")))
    text = base.release_file()
    assert (text["KAIROS_VERSION"], text["KAIROS_RELEASE"]) == (expected, expected)


@pytest.mark.parametrize(
    ("release", "flags", "expected"),
    [
        ("v0.4.8", ("-v", "standard", "-k", "k3s", "--k8sversion", "v1.33.1+k3s1"), '"1.33.1+k3s1"'),
        ("v0.4.9", ("-v", "standard", "-k", "k3s", "--k8sversion", "v1.33.1+k3s1"), '"v1.33.1+k3s1"'),
        ("v0.4.8", ("-v", "standard", "-k", "k0s", "--k8sversion", "v1.33.1+k0s.0"), '"v1.33.1+k0s.0"'),
        ("v0.5.29", ("-k", "k0s", "--k8sversion", "v1.33.1+k0s.0"), '"v1.33.1+k0s.0"'),
        ("v0.5.29", ("-k", "k3s", "--k8sversion", "latest"), '"v1.99.0+k3s1"'),
        (NEWEST, ("-p", "k0s", "--provider-k0s-version", "v1.33.1+k0s.0"), '"v1.33.1+k0s.0"'),
        (NEWEST, ("-p", "k3s"), '"v1.99.0+k3s1"'),
    ],
)
def test_the_software_version_is_what_the_installed_program_prints(
    tmp_path: Path, release: str, flags: tuple[str, ...], expected: str
) -> None:
    base = make(tmp_path, DEBIAN)
    build(base, release, *flags, *VERSION)
    assert base.release_file()["KAIROS_SOFTWARE_VERSION"] == expected


@pytest.mark.parametrize(
    ("release", "flags"),
    [
        ("v0.5.29", ("-k", "k3s", "--k8sversion", "1.33.1+k3s1")),
        ("v0.4.9", ("-v", "standard", "--k8sversion", "v1.33.1; reboot")),
        (NEWEST, ("-p", "k3s", "--provider-k3s-version", "latest")),
        (NEWEST, ("-p", "k0s", "--provider-k0s-version", "v1.33.1+k0s0")),
    ],
)
def test_a_kubernetes_version_that_nobody_released_fails_the_install(
    tmp_path: Path, release: str, flags: tuple[str, ...]
) -> None:
    run = make(tmp_path, DEBIAN).run(release, "-s", "install", *flags, *VERSION)
    assert (run.exit, "there is no release" in run.stdout) == (1, True)


def test_an_unknown_provider_installs_nothing_and_still_labels_the_image(image: Image) -> None:
    build(image, NEWEST, "-p", "kubeadm", *VERSION)
    text = image.release_file()
    assert text["KAIROS_VARIANT"] == '"standard"'
    assert "KAIROS_SOFTWARE_VERSION" not in text


def test_kubernetes_is_a_step_of_v0_5_only(tmp_path: Path) -> None:
    for release, flags, installed in (
        ("v0.5.29", ("-k", "k3s", "--skip-step", "kubernetes"), False),
        ("v0.6.0", ("-p", "k3s", "--skip-step", "kubernetes"), True),
        ("v0.6.0", ("-p", "k3s", "--skip-step", "buildProvider"), False),
    ):
        base = make(tmp_path, DEBIAN)
        succeed(base.run(release, "-s", "install", *flags, *VERSION))
        assert base.has("/usr/bin/k3s") == installed
        shutil.rmtree(base.root)
