"""Checks of the base that only warn, and errors that state that they rest on a guess."""

from __future__ import annotations

import pytest

from kairosfile import language, sections


def warnings(text: str) -> list[str]:
    document = sections.read(language.Source("Kairosfile", f"{text}\nversion: v1.0.0\n"))
    return [diagnostic.rule.id for diagnostic in document.warnings if diagnostic.rule.id.startswith("KF2")]


def test_a_base_that_kairos_made_and_a_newer_kairos_init_only_warn() -> None:
    assert warnings("base: quay.io/kairos/ubuntu:24.04-core-amd64-generic-v3.5.0") == ["KF227"]
    assert warnings("base: quay.io/kairos/ubuntu:24.04-standard-amd64-generic-v3.5.0-k3sv1.33.1-k3s1") == ["KF227"]
    assert warnings("base: debian:13\nkairos_init: v0.18.0") == ["KF212"]
    assert warnings("base: debian:13\nkairos_init: v0.17.3") == []


@pytest.mark.parametrize(
    ("kairos_init", "expected"),
    [
        ("registry.example.com/x", ["KF217"]),
        ("registry.example.com/x:latest", ["KF217"]),
        (f"registry.example.com/x@sha256:{'0' * 64}", ["KF217"]),
        (f"quay.io/kairos/kairos-init@sha256:{'0' * 64}", ["KF217"]),
        ("{image: registry.example.com/x:team, version: v0.17.3}", []),
        ("registry.example.com/x:v0.17.3", []),
        ("registry.example.com/x:v0.17.3-patched", ["KF217"]),
        (f"{{version: v0.17.3, digest: 'sha256:{'0' * 64}'}}", []),
        (f"{{digest: 'sha256:{'0' * 64}'}}", ["KF217"]),
    ],
)
def test_an_image_whose_release_is_unknown_warns_that_its_command_line_is_a_guess(
    kairos_init: str, expected: list[str]
) -> None:
    assert warnings(f"base: debian:13\nkairos_init: {kairos_init}") == expected


def errors(text: str) -> list[str]:
    with pytest.raises(language.KairosfileError) as caught:
        sections.read(language.Source("Kairosfile", f"{text}\nversion: v1.0.0\n"))
    return [diagnostic.message for diagnostic in caught.value.diagnostics]


def test_a_refusal_that_rests_on_a_name_says_that_it_is_a_guess() -> None:
    text = "model: nvidia-jetson-thor\nplatforms: [linux/arm64]\nbase: "
    (known,) = errors(f"{text}ubuntu:22.04")
    (guessed,) = errors(f"{text}registry.example.com/team/ubuntu:22.04")

    assert guessed.startswith(known)
    assert "a guess" in guessed
    assert "a guess" not in known


def test_a_patch_of_the_right_ubuntu_is_the_right_ubuntu() -> None:
    text = "model: nvidia-jetson-thor\nplatforms: [linux/arm64]\nbase: ubuntu:24.04.3"

    assert sections.read(language.Source("Kairosfile", f"{text}\nversion: v1.0.0\n")).model.base == "ubuntu:24.04.3"


@pytest.mark.parametrize(
    ("release", "needed"),
    [
        *[("v0.8.12", True), ("v0.8.13", False), ("v0.9.0", True), ("v0.14.8", False), ("v0.15.2", True)],
        *[("v0.15.3", False), ("v0.16.1", True), ("v0.16.2", False), ("v0.17.3", False)],
    ],
)
def test_apt_lists_are_kept_for_the_releases_that_fail_without_them(release: str, needed: bool) -> None:
    hooks = "hooks: {after_install: [{run: rm -rf /var/lib/apt/lists/*}]}"
    text = f"base: ubuntu:24.04\nversion: v1.0.0\ntrusted_boot: true\nkairos_init: {release}\n{hooks}\n"
    try:
        sections.read(language.Source("Kairosfile", text))
        actual = []
    except language.KairosfileError as error:
        actual = [diagnostic.rule.id for diagnostic in error.diagnostics]

    assert actual == (["KF303"] if needed else [])
