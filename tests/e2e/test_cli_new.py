"""What `kairosfile new` writes, built on real engines from images that can be had here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests import images
from tests.e2e.conftest import NEWEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine import DockerEngine, Engine, Registry

COMMAND = str(Path(sys.executable).with_name("kairosfile"))


def test_what_is_written_builds_and_its_ci_file_pushes(
    engine: DockerEngine,
    sid: Engine,
    tmp_path: Path,
    registry: Registry,
    frontend: str,
    base: str,
    kairos_init: Callable[[str], str],
    nonce: str,
) -> None:
    made = engine.run([COMMAND, "new", "--provider", "k3s", "--ci", "shell", str(tmp_path)])
    assert made.returncode == 0, made.stderr
    image = f"{registry.address}/test/new-{nonce}"
    stand_ins = {"BUILDKIT_SYNTAX": frontend, "BASE_IMAGE": base, "KAIROS_INIT_IMAGE": kairos_init(NEWEST)}
    given = [word for name, value in stand_ins.items() for word in ("--build-arg", f"{name}={value}")]
    environment = {**engine.env(), "IMAGE": image, "VERSION": "v1.2.3", "SBOM": f"generator={images.push_scanner(sid)}"}

    done = engine.run(["./build.sh", *given], cwd=tmp_path, env=environment, timeout=300)

    assert done.returncode == 0, done.stderr
    for tag in ("v1.2.3", "cache"):
        found = engine.run(["docker", "buildx", "imagetools", "inspect", f"{image}:{tag}"])
        assert found.returncode == 0, found.stderr
