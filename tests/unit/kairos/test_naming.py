"""The names of images and artifacts, against Kairos' published names and those that its SDK computes."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING

import pytest

from kairosfile.cli.commands.name import Flavor, Named, flavor_of
from tests.unit.cli.test_command import run

if TYPE_CHECKING:
    from pathlib import Path

CORE = Named(Flavor("ubuntu", "24.04"), "core", "amd64", "generic", "v3.5.0")
LEAP = Named(Flavor("opensuse", "leap-15.5"), "standard", "amd64", "generic", "v2.4.2", "k3s", "v1.26.9+k3s1")
K3S = Named(Flavor("ubuntu", "24.04"), "standard", "amd64", "generic", "v3.5.0", "k3s", "v1.33.2+k3s1")
K0S = Named(Flavor("ubuntu", "24.04"), "standard", "amd64", "generic", "v3.5.0", "k0s", "v1.33.4+k0s.0")


def test_images_are_called_as_kairos_publishes_them() -> None:
    assert CORE.image("published", "quay.io/kairos") == "quay.io/kairos/ubuntu:24.04-core-amd64-generic-v3.5.0"
    assert (
        K3S.image("published", "quay.io/kairos/")
        == "quay.io/kairos/ubuntu:24.04-standard-amd64-generic-v3.5.0-k3s-v1.33.2-k3s1"
    )
    assert K0S.tag("published").endswith("-k0s-v1.33.4-k0s.0")


def test_images_are_called_as_the_sdk_computes_it() -> None:
    assert CORE.tag("sdk") == CORE.tag("published")
    assert (
        LEAP.image("sdk", "quay.io/kairos")
        == "quay.io/kairos/opensuse:leap-15.5-standard-amd64-generic-v2.4.2-k3sv1.26.9-k3s1"
    )
    assert K0S.tag("sdk").endswith("-k0sv1.33.4-k0s.0")


def test_files_keep_the_plus_and_the_spelling_of_the_sdk() -> None:
    stem = "kairos-opensuse-leap-15.5-standard-amd64-generic-v2.4.2-k3sv1.26.9+k3s1"

    assert LEAP.files() == (f"{stem}.iso", f"{stem}.raw")


def test_a_board_has_no_iso_and_trusted_boot_nothing_else() -> None:
    flavor = Flavor("ubuntu", "24.04")

    board = Named(flavor, "core", "arm64", "rpi4", "v1.0.0")
    assert board.files() == ("kairos-ubuntu-24.04-core-arm64-rpi4-v1.0.0.raw",)
    trusted = Named(flavor, "core", "amd64", "generic", "v1.0.0", trusted_boot=True)
    assert trusted.files() == ("kairos-ubuntu-24.04-core-amd64-generic-v1.0.0-uki.iso",)
    assert trusted.tag("published") == "24.04-core-amd64-generic-v1.0.0-uki"


def test_a_tag_always_has_the_v_that_upgrades_look_for_and_no_plus() -> None:
    assert Named(Flavor("debian", "13"), "core", "amd64", "generic", "1.2.0+b7").tag("sdk") == (
        "13-core-amd64-generic-v1.2.0-b7"
    )


@pytest.mark.parametrize(
    ("base", "name", "release", "repository"),
    [
        ("ubuntu:24.04", "ubuntu", "24.04", "ubuntu"),
        ("ubuntu:noble-20250910", "ubuntu", "24.04", "ubuntu"),
        ("docker.io/library/debian:13.1-slim@sha256:" + "a" * 64, "debian", "13", "debian"),
        ("debian:bookworm", "debian", "12", "debian"),
        ("alpine:3.21.3", "alpine", "3.21", "alpine"),
        ("fedora:43", "fedora", "43", "fedora"),
        ("rockylinux/rockylinux:9", "rocky", "9", "rockylinux"),
        ("opensuse/leap:15.6", "opensuse", "leap-15.6", "opensuse"),
        ("opensuse/tumbleweed", "opensuse", "tumbleweed", "opensuse"),
        ("ghcr.io/kairos-io/hadron:v0.5.1", "hadron", "v0.5.1", "hadron"),
        ("ghcr.io/kairos-io/hadron-trusted:v0.5.1", "hadron", "v0.5.1", "hadron"),
        ("registry.example.com:5000/acme/golden:2026-1", "golden", "2026-1", "golden"),
    ],
)
def test_a_flavor_is_detected_from_the_name_of_the_base(base: str, name: str, release: str, repository: str) -> None:
    flavor = flavor_of(base)

    assert flavor == Flavor(name, release)
    assert flavor.repository == repository


@pytest.mark.parametrize("base", ["debian", "debian:latest", "registry.example.com:5000/golden", "archlinux:latest"])
def test_a_base_without_a_release_has_no_flavor(base: str) -> None:
    assert flavor_of(base) is None


STANDARD = "base: ubuntu:24.04\nversion: v1.0.0\nprovider: {name: k3s, version: v1.33.1+k3s1}\n"


def test_name_prints_both_spellings_and_the_artifacts_of_each_platform(tmp_path: Path) -> None:
    (tmp_path / "Kairosfile").write_text(STANDARD + "platforms: {linux/amd64: , linux/arm64: {model: rpi4}}\n")

    text = run("name", "--registry", "quay.io/acme", folder=tmp_path).stdout

    assert text == (
        "linux/amd64\n"
        "  image      quay.io/acme/ubuntu:24.04-standard-amd64-generic-v1.0.0-k3s-v1.33.1-k3s1\n"
        "  image, sdk quay.io/acme/ubuntu:24.04-standard-amd64-generic-v1.0.0-k3sv1.33.1-k3s1\n"
        "  artifact   kairos-ubuntu-24.04-standard-amd64-generic-v1.0.0-k3sv1.33.1+k3s1.iso\n"
        "  artifact   kairos-ubuntu-24.04-standard-amd64-generic-v1.0.0-k3sv1.33.1+k3s1.raw\n"
        "\n"
        "linux/arm64\n"
        "  image      quay.io/acme/ubuntu:24.04-standard-arm64-rpi4-v1.0.0-k3s-v1.33.1-k3s1\n"
        "  image, sdk quay.io/acme/ubuntu:24.04-standard-arm64-rpi4-v1.0.0-k3sv1.33.1-k3s1\n"
        "  artifact   kairos-ubuntu-24.04-standard-arm64-rpi4-v1.0.0-k3sv1.33.1+k3s1.raw\n"
    )


def test_name_as_json_has_a_versioned_schema(tmp_path: Path) -> None:
    (tmp_path / "Kairosfile").write_text(STANDARD)

    data = json.loads(run("name", "--format", "json", "--platform", "linux/amd64", folder=tmp_path).stdout)

    assert data["schema"] == "kairosfile.name/1"
    assert data["platforms"][0]["tags"]["sdk"] == "24.04-standard-amd64-generic-v1.0.0-k3sv1.33.1-k3s1"


@pytest.mark.parametrize(
    ("text", "expected"), [("model: rpi4\n", "linux/arm64"), ("", f"linux/{platform.machine()}")], ids=["board", "here"]
)
def test_without_a_platform_the_name_is_for_the_board_or_for_here(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "Kairosfile").write_text(STANDARD + text)

    result = run("name", folder=tmp_path).stdout.splitlines()[0]

    assert result == expected.replace("x86_64", "amd64").replace("aarch64", "arm64")


@pytest.mark.parametrize(
    ("text", "status", "why"),
    [
        ("base: ubuntu:24.04\nversion: v1.0.0\nprovider: k3s\n", 2, "pin it: `provider: {name: k3s, version: ...}`"),
        ("base: debian\nversion: v1.0.0\n", 2, "the base debian does not say its release"),
        (f"base: debian:13\nversion: v1.0.0-{'9' * 120}\n", 2, "more than 128 characters"),
        ("base: debian:13\n", 1, "[KF005]"),
        ("base: debian:13\nversion: v1.0.0\nplatforms: [linux/riscv64]\nmodel: rpi4\n", 1, "[KF203]"),
    ],
)
def test_a_file_without_a_name_says_why(tmp_path: Path, text: str, status: int, why: str) -> None:
    (tmp_path / "Kairosfile").write_text(text)

    done = run("name", folder=tmp_path)

    assert (done.returncode, done.stdout) == (status, "")
    assert why in done.stderr
