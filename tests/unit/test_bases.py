"""What the name of a base tells, and that it tells no more."""

from __future__ import annotations

import pytest

from kairosfile import spec
from kairosfile.kairos.bases import KairosImage, kairos_image, recognise, why_unusable


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
    base = recognise(reference)

    assert base is not None
    assert name == base.name


@pytest.mark.parametrize(
    "reference",
    ["acme/ubuntu-hardened:1", "registry.example.com/base:22.04", "${BASE}", "", "a@b:c/d", "ubuntu/nginx:1", ":", "/"],
)
def test_other_names_tell_nothing(reference: str) -> None:
    assert recognise(reference) is None
    assert why_unusable(reference) == ""
    assert kairos_image(reference) is None


def test_hadrons_image_for_trusted_boot_is_told_from_the_plain_one() -> None:
    plain, trusted = recognise("ghcr.io/kairos-io/hadron:v1"), recognise("ghcr.io/kairos-io/hadron-trusted:v1")

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


def warnings(text: str) -> list[str]:
    document = spec.read(spec.Source("Kairosfile", f"{text}\nversion: v1.0.0\n"))
    return [fault.rule.id for fault in document.warnings if fault.rule.id.startswith("KF2")]


def test_a_base_that_kairos_made_and_a_newer_kairos_init_only_warn() -> None:
    assert warnings("base: quay.io/kairos/ubuntu:24.04-core-amd64-generic-v3.5.0") == ["KF227"]
    assert warnings("base: quay.io/kairos/ubuntu:24.04-standard-amd64-generic-v3.5.0-k3sv1.33.1-k3s1") == ["KF227"]
    assert warnings("base: debian:13\nkairos_init: v0.18.0") == ["KF212"]
    assert warnings("base: debian:13\nkairos_init: v0.17.3") == []
