"""`kairosfile bake` with `docker buildx bake`: its targets are read, built, and share their caches, on real engines."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import ROOT
from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e import builds, oci

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.support.engine import Engine, Registry

pytestmark = pytest.mark.docker26_is_long

COMMAND = str(Path(sys.executable).with_name("kairosfile"))
EXAMPLE = ROOT / "examples" / "matrix"
K3S = "v1.33.1+k3s1"
CORE, STANDARD = "base-1-core-amd64-generic", "base-1-standard-amd64-generic-k3s"
HOOK, INSTALL = "before_install 1: early", "install kairos"


@pytest.fixture
def matrix(project: Project, base: str, kairos_init: Callable[[str], str], nonce: str) -> Project:
    """A file whose own image is for another board: the matrix sets the board of each build."""
    project.write(
        f"base: {base}\nversion: v1.0.0\nmodel: rpi4\n"
        f"kairos_init: {{version: {NEWEST}, image: {kairos_init(NEWEST)}}}\n"
        f"hooks: {{before_install: [{{name: early, run: 'echo {nonce} > /early'}}]}}\n"
        f"matrix: {{base: ['{base}'], variant: [core, standard], model: [generic], "
        f"provider: [{{name: k3s, version: {K3S}}}], platform: [linux/amd64, linux/arm64]}}\n"
    )
    return project


def kairosfile(engine: Engine, folder: Path, *arguments: str) -> str:
    done = engine.run([COMMAND, "bake", *arguments], cwd=folder, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def buildx(engine: Engine, folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Give bake a bake file as people do: through a pipe."""
    command = ["docker", "buildx", "bake", "-f", "-", *arguments]
    done = engine.run(command, cwd=folder, input=text, timeout=300)
    assert done.returncode == 0, done.stderr
    return done


def printed(engine: Engine, folder: Path, text: str, *arguments: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(buildx(engine, folder, text, "--print", *arguments).stdout)
    return data


def test_bake_reads_the_support_matrix(engine: Engine) -> None:
    text = kairosfile(
        engine, EXAMPLE, "--registry", "quay.io/acme", "--spelling", "both", "--cache", "quay.io/acme/cache"
    )

    every = printed(engine, EXAMPLE, text)
    boards = printed(engine, EXAMPLE, text, "rpi4")

    assert len(every["target"]) == 48
    assert "_common" not in every["target"]
    assert len(boards["target"]) == 10
    one = every["target"]["ubuntu-24-04-standard-arm64-rpi4-k3s"]
    assert (one["context"], one["dockerfile"], one["platforms"]) == (".", "Kairosfile", ["linux/arm64"])
    assert one["args"]["BASE_IMAGE"] == "ubuntu:24.04"
    assert set(one["tags"]) == {
        "quay.io/acme/ubuntu:24.04-standard-arm64-rpi4-v1.0.0-k3s-v1.33.2-k3s1",
        "quay.io/acme/ubuntu:24.04-standard-arm64-rpi4-v1.0.0-k3sv1.33.2-k3s1",
    }


def test_bake_builds_the_images_of_a_matrix(engine: Engine, matrix: Project) -> None:
    text = kairosfile(
        engine, matrix.folder, "--build-arg", "VERSION=v2.0.0", "--label", "com.example.what=${a} %{b} $c"
    )
    outputs = [f"--set={name}.output=type=oci,dest={name}.tar" for name in (CORE, STANDARD)]

    buildx(engine, matrix.folder, text, *outputs, CORE, STANDARD)

    for name, variant in ((CORE, "core"), (STANDARD, "standard")):
        (image,) = oci.load(matrix.folder / f"{name}.tar").values()
        release = image.read("etc/kairos-release")
        assert f'KAIROS_VARIANT="{variant}"' in release
        assert 'KAIROS_MODEL="generic"' in release
        assert 'KAIROS_VERSION="v2.0.0"' in release
        assert image.labels["com.example.what"] == "${a} %{b} $c"
        assert image.labels["org.opencontainers.image.title"].startswith(f"base:1-{variant}-amd64-generic-v2.0.0")
        assert image.labels["org.opencontainers.image.version"] == "v2.0.0"


def test_what_is_pushed_has_the_names_of_the_convention(engine: Engine, matrix: Project, registry: Registry) -> None:
    organisation = f"{registry.address}/matrix-{matrix.folder.name[-20:].strip('_-')}"
    text = kairosfile(engine, matrix.folder, "--registry", organisation, "--spelling", "both")

    buildx(engine, matrix.folder, text, "--push", STANDARD)

    for tag in ("k3s-v1.33.1-k3s1", "k3sv1.33.1-k3s1"):
        name = f"{organisation}/base:1-standard-amd64-generic-v1.0.0-{tag}"
        assert engine.run(["docker", "buildx", "imagetools", "inspect", name]).returncode == 0, name


def test_a_target_finds_the_early_steps_of_its_base_in_the_cache_of_another(
    docker28: Engine, docker26: Engine, matrix: Project, registry: Registry, nonce: str
) -> None:
    """The two engines share only the registry, like two runs of CI."""
    text = kairosfile(docker28, matrix.folder, "--cache", f"{registry.address}/cache-{nonce}")

    def bake(engine: Engine, target: str) -> builds.Build:
        quiet = ("--progress", "rawjson", f"--set={target}.output=type=cacheonly")
        return builds.read(buildx(engine, matrix.folder, text, *quiet, target))

    first = bake(docker28, CORE)
    assert first.vertex(HOOK).ran
    assert first.vertex(INSTALL).ran
    other = bake(docker26, STANDARD)
    assert other.vertex(HOOK).cached
    assert other.vertex(INSTALL).ran
