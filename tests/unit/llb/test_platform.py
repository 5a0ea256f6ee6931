"""Platforms are parsed, normalised and formatted as containerd does."""

from __future__ import annotations

import pytest

from kairosfile.llb import Platform


@pytest.mark.parametrize(
    ("text", "output", "normalized"),
    [
        ("linux/amd64", "linux/amd64", "linux/amd64"),
        ("linux/x86_64", "linux/amd64", "linux/amd64"),
        ("linux/x86-64/v1", "linux/amd64", "linux/amd64"),
        ("linux/amd64/v3", "linux/amd64/v3", "linux/amd64/v3"),
        ("Linux/AMD64", "linux/amd64", "linux/amd64"),
        ("linux/i386", "linux/386", "linux/386"),
        ("linux/arm64", "linux/arm64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64/v8", "linux/arm64"),
        ("linux/arm64/8", "linux/arm64/v8", "linux/arm64"),
        ("linux/aarch64/v8.0", "linux/arm64/v8", "linux/arm64"),
        ("linux/arm64/9.0", "linux/arm64/v9", "linux/arm64/v9"),
        ("linux/arm", "linux/arm", "linux/arm/v7"),
        ("linux/arm/7", "linux/arm/v7", "linux/arm/v7"),
        ("linux/arm/v6", "linux/arm/v6", "linux/arm/v6"),
        ("linux/arm/5", "linux/arm/v5", "linux/arm/v5"),
        ("linux/armhf", "linux/arm", "linux/arm/v7"),
        ("linux/armel", "linux/arm/v6", "linux/arm/v6"),
        ("linux/riscv64", "linux/riscv64", "linux/riscv64"),
        ("macos/arm64", "darwin/arm64", "darwin/arm64"),
        ("windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64"),
        ("windows(10.0+b+a+b)/amd64", "windows(10.0+a+b+b)/amd64", "windows(10.0+a+b)/amd64"),
        ("windows(+a)/amd64", "windows(+a)/amd64", "windows(+a)/amd64"),
    ],
)
def test_a_platform_is_read_and_normalised_as_in_containerd(text: str, output: str, normalized: str) -> None:
    platform = Platform.parse(text)

    assert (str(platform), str(platform.normalized())) == (output, normalized)


@pytest.mark.parametrize(
    "text", ["", "linux", "amd64", "linux/", "/amd64", "linux/a/b/c", "linux/*", "linux(x/amd64", "li nux/amd64"]
)
def test_what_names_no_system_and_architecture_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write os/architecture"):
        Platform.parse(text)


def test_a_platform_takes_no_assignment() -> None:
    with pytest.raises(AttributeError):
        Platform("linux", "amd64").os = "windows"  # type: ignore[misc]
