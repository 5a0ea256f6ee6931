"""The distribution and version that a base image's name reveals, and names that reveal neither."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kairosfile.kairos.distributions import (
    KairosImage,
    detect_distribution,
    distribution_of,
    family_of,
    kairos_image,
    why_unusable,
)


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("ubuntu:22.04", "Ubuntu 22.04"),
        ("ubuntu:jammy-20240101", "Ubuntu 22.04"),
        ("docker.io/library/ubuntu:24.04@sha256:ab", "Ubuntu 24.04"),
        ("ubuntu@sha256:ab", "Ubuntu"),
        ("ubuntu:rolling", "Ubuntu"),
        ("debian:13.1-slim", "Debian 13.1"),
        ("localhost:5000/test/debian:bookworm-slim", "Debian 12"),
        ("registry.example.com:5000/mirror/fedora", "Fedora"),
        ("quay.io/rockylinux/rockylinux:9-ubi", "Rocky Linux 9"),
        ("quay.io/centos/centos:stream10", "CentOS 10"),
        ("registry.access.redhat.com/ubi9:9.5", "Red Hat Enterprise Linux 9.5"),
        ("opensuse/leap:15.6", "openSUSE Leap 15.6"),
        ("ghcr.io/kairos-io/hadron:v0.5.1", "Hadron 0.5.1"),
    ],
)
def test_a_usual_base_is_known_by_its_name(reference: str, name: str) -> None:
    base = detect_distribution(reference)

    assert base is not None
    assert name == base.name


@pytest.mark.parametrize(
    "reference",
    ["acme/ubuntu-hardened:1", "registry.example.com/base:22.04", "${BASE}", "", "a@b:c/d", "ubuntu/nginx:1", ":", "/"],
)
def test_other_names_give_no_family(reference: str) -> None:
    assert detect_distribution(reference) is None
    assert why_unusable(reference) == ""
    assert kairos_image(reference) is None


def test_the_hadron_image_for_trusted_boot_is_distinguished_from_the_plain_one() -> None:
    plain, trusted = (
        detect_distribution("ghcr.io/kairos-io/hadron:v1"),
        detect_distribution("ghcr.io/kairos-io/hadron-trusted:v1"),
    )

    assert plain is not None
    assert trusted is not None
    assert plain.distribution != trusted.distribution


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("quay.io/kairos/ubuntu:24.04-core-amd64-generic-v3.5.0", KairosImage("ubuntu", "core")),
        (
            "quay.io/kairos/hadron:v0.5.1-standard-amd64-generic-v4.2.0-k3s-v1.33.1-k3s1",
            KairosImage("hadron", "standard"),
        ),
        ("quay.io/kairos/ubuntu:24.04", None),
        ("quay.io/acme/ubuntu:24.04-core-amd64-generic-v3.5.0", None),
    ],
)
def test_an_image_of_kairos_is_known_by_its_tag(reference: str, expected: KairosImage | None) -> None:
    assert expected == kairos_image(reference)


@pytest.mark.parametrize(
    "reference", ["scratch", "busybox", "docker.io/library/busybox:1", "gcr.io/distroless/base", "amazonlinux:2023"]
)
def test_an_image_that_kairos_init_cannot_work_on_is_known(reference: str) -> None:
    assert why_unusable(reference)


DATA = json.loads(Path(__file__).with_name("bases.json").read_text())


@pytest.mark.parametrize(
    ("reference", "distribution"), [(image, name) for name, images in DATA["images"].items() for image in images]
)
def test_images_that_distributions_publish_are_known_and_no_guess(reference: str, distribution: str) -> None:
    base = detect_distribution(reference)

    assert base is not None
    assert base.distribution == distribution == distribution_of(reference)
    assert not base.is_guess
    assert base.guess == ""
    assert family_of(reference) is not None


@pytest.mark.parametrize("reference", DATA["tested"])
def test_a_base_that_kairos_tests_is_known_and_usable(reference: str) -> None:
    assert detect_distribution(reference) is not None
    assert why_unusable(reference) == ""


@pytest.mark.parametrize("name", DATA["unusable"])
def test_an_image_without_a_package_manager_is_no_base(name: str) -> None:
    assert why_unusable(f"registry.example.com/{name}:1")


@pytest.mark.parametrize(
    ("reference", "release"),
    [
        ("registry.access.redhat.com/ubi9-init:9.4-6", (9, 4)),
        ("registry.access.redhat.com/ubi10/ubi-init", (10,)),
        ("registry.access.redhat.com/ubi9/ubi:9.5", (9, 5)),
        ("quay.io/almalinuxorg/9-init:latest", (9,)),
        ("registry.suse.com/suse/sle-micro-rancher/5.4:latest", (5, 4)),
        ("registry.suse.com/bci/bci-base:15.6.47.5.2", (15, 6, 47, 5, 2)),
        ("rockylinux/rockylinux:10.1.20251126", (10, 1)),
        ("ubuntu:24.04.3", (24, 4, 3)),
        ("ubuntu:noble-20251013", (24, 4)),
        ("debian:13.1-20251117-slim", (13, 1)),
        ("opensuse/tumbleweed:20251126", (20251126,)),
        ("ghcr.io/kairos-io/hadron:v0.5.1", (0, 5, 1)),
        ("ghcr.io/kairos-io/hadron:main", ()),
    ],
)
def test_a_release_is_read_from_the_tag_or_the_path_without_dates(reference: str, release: tuple[int, ...]) -> None:
    base = detect_distribution(reference)

    assert base is not None
    assert base.release == release


def test_the_name_on_another_registry_is_a_guess() -> None:
    base = detect_distribution("registry.example.com/team/ubuntu:24.04")

    assert base is not None
    assert base.is_guess
    assert base.guess == " (a guess: Ubuntu 24.04 is what its name tells)"
