"""Builds the files that `kairosfile new` writes on real engines, from the images of the tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST
from tests.support import images
from tests.support.comments import commands_of
from tests.support.standins.auroraboot.releases import NEWEST as AURORABOOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import DockerEngine, Engine, Registry

pytestmark = pytest.mark.docker26_is_long

COMMAND = str(Path(sys.executable).with_name("kairosfile"))


def test_what_is_written_builds_and_its_ci_file_pushes(
    engine: DockerEngine,
    docker28: Engine,
    tmp_path: Path,
    registry: Registry,
    frontend: str,
    base: str,
    kairos_init: Callable[[str], str],
    nonce: str,
) -> None:
    result = engine.run([COMMAND, "new", "--provider", "k3s", "--ci", "shell", str(tmp_path)])
    assert result.returncode == 0, result.stderr
    image = f"{registry.address}/test/new-{nonce}"
    stand_ins = {"BUILDKIT_SYNTAX": frontend, "BASE_IMAGE": base, "KAIROS_INIT_IMAGE": kairos_init(NEWEST)}
    options = [word for name, value in stand_ins.items() for word in ("--build-arg", f"{name}={value}")]
    environment = {
        **engine.env(),
        "IMAGE": image,
        "VERSION": "v1.2.3",
        "SBOM": f"generator={images.push_scanner(docker28)}",
    }

    done = engine.run(["./build.sh", *options], cwd=tmp_path, env=environment, timeout=300)

    assert done.returncode == 0, done.stderr
    for tag in ("v1.2.3", "cache"):
        actual = engine.run(["docker", "buildx", "imagetools", "inspect", f"{image}:{tag}"])
        assert actual.returncode == 0, actual.stderr


def test_the_commands_in_its_comments_make_the_image_and_an_iso(
    engine: DockerEngine,
    tmp_path: Path,
    frontend: str,
    base: str,
    kairos_init: Callable[[str], str],
    auroraboot: Callable[[str], str],
) -> None:
    result = engine.run([COMMAND, "new", str(tmp_path)])
    assert result.returncode == 0, result.stderr
    path = tmp_path / "Kairosfile"
    text = path.read_text().replace("base: ubuntu:24.04", f"base: {base}")
    text = text.replace("quay.io/kairos/kairos-frontend:v1", frontend)
    text = text.replace(f"kairos_init: {NEWEST}", f"kairos_init: {kairos_init(NEWEST)}")
    path.write_text(f"{text}\nartifacts:\n  auroraboot: {auroraboot(AURORABOOT)}\n")

    for command in commands_of(text):
        done = engine.run([COMMAND, *command], cwd=tmp_path, timeout=300)
        assert done.returncode == 0, done.stderr

    files = sorted((tmp_path / "build").iterdir())
    assert [file.suffix for file in files] == [".iso", ".sha256"]
    assert engine.run(["sha256sum", "--quiet", "-c", files[1].name], cwd=tmp_path / "build").returncode == 0
