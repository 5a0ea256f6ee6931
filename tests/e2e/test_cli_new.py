"""What `kairosfile new` writes, built on real engines from images that can be had here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tests.e2e.conftest import NEWEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Project
    from tests.engine import DockerEngine, Registry

EXAMPLES = Path(__file__).parents[2] / "examples" / "ci"
COMMAND = str(Path(sys.executable).with_name("kairosfile"))


def test_what_is_written_builds_and_its_ci_file_pushes(
    engine: DockerEngine,
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
    environment = {**engine.env(), "IMAGE": image, "VERSION": "v1.2.3"}

    done = engine.run(["./build.sh", *given], cwd=tmp_path, env=environment, timeout=300)

    assert done.returncode == 0, done.stderr
    for tag in ("v1.2.3", "cache"):
        found = engine.run(["docker", "buildx", "imagetools", "inspect", f"{image}:{tag}"])
        assert found.returncode == 0, found.stderr


def test_the_script_for_gitlab_pushes_the_image_of_a_tag_and_a_cache(
    engine: DockerEngine, project: Project, registry: Registry, base: str, kairos_init: Callable[[str], str], nonce: str
) -> None:
    project.write(f"base: {base}\nversion: v1.0.0\nkairos_init: {{version: {NEWEST}, image: {kairos_init(NEWEST)}}}\n")
    job = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text())["image"]
    image = f"{registry.address}/test/gitlab-{nonce}"
    own = {"IMAGE": image, "CI_COMMIT_TAG": "v1.2.3", "PLATFORM": job["variables"]["PLATFORM"]}
    script = ["set -e", *job["script"]]

    done = engine.run(["sh", "-c", "\n".join(script)], cwd=project.folder, env=engine.env() | own, timeout=300)

    assert done.returncode == 0, done.stderr
    for tag in ("v1.2.3", "cache"):
        found = engine.run(["docker", "buildx", "imagetools", "inspect", f"{image}:{tag}"])
        assert found.returncode == 0, found.stderr
