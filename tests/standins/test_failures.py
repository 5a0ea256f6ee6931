"""How a failed run ends: the first ERR line is the cause; from v0.5.0 on the usage stands behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.standins.usage import DEBIAN, NEWEST, VERSION, build, make, succeed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.standins.image import Image

K3S = ("-p", "k3s", "--provider-k3s-version", "nightly")


def test_a_failed_stage_is_followed_by_the_usage_of_the_program(image: Image) -> None:
    run = image.run(NEWEST, "-s", "install", *K3S, *VERSION, NO_COLOR="1")

    errors = re.findall(r"^\S+ ERR \[\d+\] (.*)$", run.stdout, re.MULTILINE)
    cause = "Failed to run k3s installer script: there is no release nightly of k3s"
    assert (run.exit, errors[0]) == (1, cause)
    assert run.stderr.startswith(f"Error: 1 error occurred:\n\t* {cause}\n")
    assert len(run.stderr.splitlines()) == 29
    assert {"Usage:", "Available Commands:", "Flags:"} <= set(run.stderr.splitlines())


def test_a_failed_validate_is_one_error_followed_by_its_own_usage(image: Image) -> None:
    run = image.run(NEWEST, "validate", NO_COLOR="1")

    assert (run.exit, " ERR " in run.stdout) == (1, False)
    assert run.stderr.startswith("Error: 12 errors occurred:\n\t* [BINARIES] could not find binary immucore\n")
    usage = run.stderr[run.stderr.index("Usage:") :].splitlines()
    assert (usage[1], len(usage)) == ("  kairos-init validate [flags]", 8)
    assert "--provider" not in run.stderr


def test_a_wrong_flag_of_validate_is_followed_by_its_own_usage(image: Image) -> None:
    run = image.run(NEWEST, "validate", "-m", "generic")

    assert run.stderr.startswith("Error: unknown shorthand flag: 'm' in -m\nUsage:\n  kairos-init validate [flags]\n")


@pytest.mark.parametrize(("release", "usage"), [("v0.4.9", False), ("v0.5.0", True)])
def test_releases_before_v0_5_0_end_with_their_errors(tmp_path: Path, release: str, usage: bool) -> None:
    base = make(tmp_path, DEBIAN)
    run = base.run(release, "-s", "init", *VERSION, NO_COLOR="1")

    assert (run.exit, " ERR " in run.stdout, "Flags:" in run.stderr) == (1, True, usage)


def test_a_validate_that_passes_names_what_it_looked_at(image: Image) -> None:
    build(image, NEWEST, *VERSION)

    output = succeed(image.run(NEWEST, "validate", NO_COLOR="1")).stdout

    assert len(re.findall("binary=immucore", output)) == 3
    assert output.rstrip().endswith("System validation passed")


def test_a_step_that_fails_does_not_stop_the_later_ones(image: Image) -> None:
    run = image.run(NEWEST, "-s", "install", *K3S, *VERSION, "--skip-step", "installKernel")

    assert (run.exit, image.has("/usr/bin/kairos"), image.has("/etc/cos/grub.cfg")) == (1, True, True)
