"""The image of the command, made by `Dockerfile.cli`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import ROOT
from tests.support.e2e.packages import command_packages
from tests.support.images import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.engine import Engine

IMAGE = "kairosfile-cli:test"
TEXT = "base: debian:13\nversion: v1.0.0\n"


@pytest.fixture(scope="module")
def image(docker28: Engine) -> Iterator[str]:
    words = [
        "docker",
        "buildx",
        "build",
        "-f",
        str(ROOT / "Dockerfile.cli"),
        "--load",
        "--provenance=false",
        "-t",
        IMAGE,
    ]
    words += [*HERE, "--build-context", f"wheels={command_packages()}", str(ROOT)]
    done = docker28.run(words)
    assert done.returncode == 0, done.stderr[-3000:]
    yield IMAGE
    docker28.run(["docker", "image", "rm", "--force", IMAGE])


def test_it_runs_commands(docker28: Engine, image: str) -> None:
    words = ["docker", "run", "--rm", "-i", image, "check", "-"]
    assert docker28.run(words, input=TEXT).returncode == 0
    assert 'unknown key "varient"' in docker28.run(words, input=TEXT + "varient: core\n").stdout
