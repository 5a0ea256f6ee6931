"""The image of the command, made by `Dockerfile.cli`."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests import ROOT
from tests.support.engine.cache import cache_dir
from tests.support.engine.images import DEBIAN
from tests.support.images import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.engine import Engine

IMAGE = "kairosfile-cli:test"
PYTHON = "3.13"  # Debian's
NO_WHEEL = ("www-authenticate",)  # pure Python that is published as source alone
TEXT = "base: debian:13\nversion: v1.0.0\n"


@pytest.fixture(scope="module")
def wheels() -> Path:
    """The packages that the image takes, fetched once by this machine's pip, for the Python of Debian."""
    wanted = (ROOT / "pyproject.toml").read_bytes() + (ROOT / "constraints.txt").read_bytes()
    folder = cache_dir() / f"cli-wheels-{hashlib.sha256(wanted).hexdigest()[:16]}"
    if folder.exists():
        return folder
    made = folder.with_suffix(".part")
    shutil.rmtree(made, ignore_errors=True)
    constrained = ["-c", str(ROOT / "constraints.txt"), "--quiet", "--disable-pip-version-check"]
    _pip("wheel", "--no-deps", "--wheel-dir", str(made), *constrained, *NO_WHEEL)
    words = ["download", "--dest", str(made), "--find-links", str(made), *constrained, "--only-binary=:all:"]
    words += ["--python-version", PYTHON, "--implementation", "cp"]
    words += [word for kind in ("manylinux_2_28", "manylinux2014") for word in ("--platform", f"{kind}_x86_64")]
    _pip(*words, *_requirements(), "hatchling")
    made.rename(folder)
    return folder


def _pip(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _requirements() -> list[str]:
    """Return what the command and its extra need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["web"]]


@pytest.fixture(scope="module")
def image(sid: Engine, wheels: Path) -> Iterator[str]:
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
    words += ["--build-arg", f"BASE={REGISTRY}/{DEBIAN}", "--build-context", f"wheels={wheels}", str(ROOT)]
    done = sid.run(words)
    assert done.returncode == 0, done.stderr[-3000:]
    yield IMAGE
    sid.run(["docker", "image", "rm", "--force", IMAGE])


def test_it_runs_commands(sid: Engine, image: str) -> None:
    words = ["docker", "run", "--rm", "-i", image, "check", "-"]
    assert sid.run(words, input=TEXT).returncode == 0
    assert 'unknown key "varient"' in sid.run(words, input=TEXT + "varient: core\n").stdout
