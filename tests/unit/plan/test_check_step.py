"""The check of a standard image detects the faults that validate of kairos-init v0.5.0 and newer misses."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from kairosfile import language, sections
from kairosfile.plan.kairos import PATH, SCRIPT
from kairosfile.plan.resolve import resolve

if TYPE_CHECKING:
    from pathlib import Path

RELEASE = "KAIROS_FAMILY=debian\nKAIROS_SOFTWARE_VERSION={version}\nKAIROS_SOFTWARE_VERSION_PREFIX={prefix}\n"


def checks(text: str) -> tuple[str, ...]:
    document = sections.read(language.Source("Kairosfile", f"base: debian:13\nversion: v1.0.0\n{text}\n"))
    (resolved,) = resolve(document, ["linux/amd64"])
    return resolved.checks


@pytest.mark.parametrize("provider", ["k3s", "k0s"])
def test_a_standard_image_is_checked_from_the_release_on_whose_validate_does_not(provider: str) -> None:
    assert checks(f"provider: {provider}") == ("validate", "check")
    assert checks(f"provider: {provider}\nkairos_init: v0.5.0-rc1") == ("validate", "check")
    assert checks(f"provider: {provider}\nkairos_init: v0.4.9") == ("validate",)


def test_a_core_image_and_one_without_a_step_of_its_provider_are_not_checked() -> None:
    assert checks("") == ("validate",)
    assert checks("provider: k3s\nskip_steps: [buildProvider]") == ("validate",)
    assert checks("provider: k3s\nskip_steps: [branding]") == ("validate", "check")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with the files of a standard image with k3s."""
    for program in ("system/providers/agent-provider-kairos", "usr/bin/k3s"):
        (tmp_path / program).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / program).write_text("")
        (tmp_path / program).chmod(0o755)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/kairos-release").write_text(RELEASE.format(version='"v1.33.1+k3s1"', prefix='"k3s"'))
    return tmp_path


def run(root: Path) -> list[str]:
    """Run the script with the folder as the root; return its complaints."""
    script = SCRIPT.replace("/system/", f"{root}/system/").replace("/etc/", f"{root}/etc/")
    path = ":".join(f"{root}{folder}" for folder in PATH.split(":"))
    command = ["/bin/sh", "-c", script, "check", "k3s"]
    done = subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    diagnostics = done.stderr.splitlines()
    assert (done.returncode == 0) == (not diagnostics), done.stderr
    return diagnostics


def test_a_complete_image_passes(root: Path) -> None:
    assert run(root) == []


def test_values_without_quotes_are_understood(root: Path) -> None:
    (root / "etc/kairos-release").write_text(RELEASE.format(version="v1.33.1+k3s1", prefix="k3s"))

    assert run(root) == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("system/providers/agent-provider-kairos", "the provider is missing"),
        ("usr/bin/k3s", "Kubernetes is missing: no program k3s"),
        ("etc/kairos-release", "has no KAIROS_SOFTWARE_VERSION"),
    ],
)
def test_each_part_that_is_missing_is_named(root: Path, path: str, message: str) -> None:
    (root / path).unlink()

    assert message in run(root)[0]


def test_a_program_that_cannot_be_executed_is_missing(root: Path) -> None:
    (root / "usr/bin/k3s").unlink()
    (root / "usr/bin/k3s").symlink_to("nowhere")

    assert "no program k3s" in run(root)[0]


@pytest.mark.parametrize(
    ("version", "prefix", "message"),
    [
        ('""', '"k3s"', "has no KAIROS_SOFTWARE_VERSION"),
        ('"v1.33.1+k0s.0"', '"k0s"', 'KAIROS_SOFTWARE_VERSION_PREFIX="k0s" where k3s is expected'),
        ('"v1.33.1+k3s1"', "", "KAIROS_SOFTWARE_VERSION_PREFIX= where k3s is expected"),
    ],
)
def test_what_is_recorded_must_be_that_of_the_provider(root: Path, version: str, prefix: str, message: str) -> None:
    (root / "etc/kairos-release").write_text(RELEASE.format(version=version, prefix=prefix))

    (diagnostic,) = run(root)
    assert message in diagnostic


def test_all_missing_parts_are_reported_at_once(root: Path) -> None:
    for path in ("system/providers/agent-provider-kairos", "usr/bin/k3s", "etc/kairos-release"):
        (root / path).unlink()

    assert len(run(root)) == 4
