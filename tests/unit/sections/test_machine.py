"""Effects of hooks on a machine: files that it hides, kernels that it does not boot."""

from __future__ import annotations

import pytest

from kairosfile import language, sections
from kairosfile.kairos.distributions import is_kernel


def warnings(text: str, rule: str, base: str = "debian:13") -> list[str]:
    document = sections.read(language.Source("Kairosfile", f"base: {base}\nversion: v1.0.0\n{text}"))
    return [diagnostic.message for diagnostic in document.warnings if diagnostic.rule.id == rule]


def hook(step: str, stage: str = "after_install") -> str:
    return f"hooks:\n  {stage}:\n    - {step}\n"


@pytest.mark.parametrize(
    "step",
    [
        "copy: a\n      to: /usr/local/bin/a",
        "file: /oem/99.yaml\n      content: x",
        "file: /run/motd\n      content: x",
        "run: curl -fL -o /usr/local/bin/a https://example.com/a",
        "run: wget -O /usr/local/bin/a https://example.com/a",
        "run: curl --output=/usr/local/bin/a https://example.com/a",
        "run: echo x >/oem/a.yaml",
        "run: cp a b /usr/local/lib/",
        "run: install -m 0755 a /usr/local/bin/a && echo done",
        "run: [sh, -c, 'true; mv a /usr/local/bin/a']",
        "run: |\n        if true; then cp a \\\n          '/usr/local/bin/a'; fi",
    ],
)
def test_what_is_put_where_a_machine_mounts_something_is_hidden(step: str) -> None:
    (message,) = warnings(hook(step), "KF311")

    assert "is hidden on an installed machine" in message


@pytest.mark.parametrize(
    "step",
    [
        "run: |\n        if true; then cp a \\\n          /usr/bin/local/a; fi",
        "copy: a\n      to: /usr/bin/a",
        "run: /usr/local/bin/fetch",
        "run: cp /usr/local/bin/a /usr/bin/a",
        "run: ls /usr/local >/dev/null",
        "run: curl -o /usr/local/bin/a u && /usr/local/bin/a && rm /usr/local/bin/a",
        "run: echo x >/tmp/a",
        "run: PATH=/usr/local/bin:$PATH make",
    ],
)
def test_visible_or_unwanted_files_are_not_reported(step: str) -> None:
    assert warnings(hook(step), "KF311") == []


def test_the_efi_partition_is_mounted_with_trusted_boot_alone() -> None:
    step = "file: /efi/a\n      content: x"

    assert warnings(hook(step), "KF311") == []
    assert warnings(f"trusted_boot: true\n{hook(step)}", "KF311", base="ubuntu:24.04")


def test_tmp_is_hidden_after_init_and_emptied_by_it_before() -> None:
    step = "file: /tmp/a\n      content: x"

    assert warnings(hook(step, "after_init"), "KF311")
    with pytest.raises(language.KairosfileError, match="KF302"):
        warnings(hook(step), "KF311")


@pytest.mark.parametrize(
    ("name", "family", "is_one"),
    [
        ("linux-image-rt-amd64", "debian", True),
        ("linux-image-6.1.0-28-amd64=6.1.119-1", "debian", True),
        ("linux-generic-hwe-24.04", "debian", True),
        ("linux-lowlatency", "debian", True),
        ("linux-headers-amd64", "debian", False),
        ("linux-image-6.1.0-28-amd64-dbg", "debian", False),
        ("linux-libc-dev", "debian", False),
        ("linux-modules-extra-generic", "debian", False),
        ("zfs-dkms", "debian", False),
        ("kernel", "redhat", True),
        ("kernel-rt-core", "redhat", True),
        ("kernel-uek", "redhat", True),
        ("kernel-modules-extra", "redhat", False),
        ("kernel-devel", "redhat", False),
        ("kernel-default", "suse", True),
        ("kernel-default-base", "suse", True),
        ("kernel-firmware-all", "suse", False),
        ("linux-lts", "alpine", True),
        ("linux-rpi4", "alpine", True),
        ("linux-firmware", "alpine", False),
        ("linux", "arch", True),
        ("linux-zen", "arch", True),
        ("linux-firmware", "arch", False),
        ("linux-image-amd64", None, True),
        ("curl", None, False),
        ("linux-image-amd64", "suse", False),
    ],
)
def test_packages_that_bring_a_kernel_are_known_by_their_family(name: str, family: str | None, *, is_one: bool) -> None:
    assert is_kernel(name, family) is is_one  # type: ignore[arg-type]


def test_a_second_kernel_is_reported_with_the_one_that_init_takes() -> None:
    step = hook("packages: [curl, linux-image-rt-amd64]")

    (newer,) = warnings(step, "KF312")
    (older,) = warnings(f"kairos_init: v0.6.1\n{step}", "KF312")
    (after,) = warnings(hook("packages: [linux-image-rt-amd64]", "after_init"), "KF312")
    assert "the highest version" in newer
    assert "the lowest version" in older
    assert "has no initrd" in after


@pytest.mark.parametrize(
    "text",
    [
        hook("packages: {install: [linux-image-rt-amd64], remove: [linux-image-amd64]}"),
        f"skip_steps: [installKernel]\n{hook('packages: [linux-image-rt-amd64]')}",
        hook("kernel: linux-image-rt-amd64"),
        hook("packages: [linux-headers-amd64]"),
    ],
)
def test_a_kernel_that_is_the_only_one_is_not_reported(text: str) -> None:
    assert warnings(text, "KF312") == []


def test_a_long_text_is_read_in_linear_time_and_reported_in_part() -> None:
    lines = "".join(f"        cp a /usr/local/b{index}\n        cp a /oem/c{index}\n" for index in range(3_000))

    assert len(warnings(hook(f"run: |\n{lines}"), "KF311")) == 20
