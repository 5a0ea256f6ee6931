"""Tests that the real kairos-init makes a Kairos image of Debian from a Kairosfile.

It installs a few hundred packages, which takes minutes: these tests run only by `make real`.
"""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.support.e2e.builds import Build, run_buildx
from tests.support.engine.images import DEBIAN

if TYPE_CHECKING:
    from tests.e2e.conftest import Project
    from tests.support.engine import Engine, Registry
    from tests.support.real.published import Published

pytestmark = pytest.mark.real

SECONDS = 3600
CACHED = ("--output", "type=cacheonly")


@pytest.fixture
def core(project: Project, registry: Registry, real_kairos_init: Published) -> Project:
    """A project whose Kairosfile makes a core image of Debian 13."""
    project.write(f"base: {registry.address}/{DEBIAN}\nkairos_init: {real_kairos_init.image}\nversion: v1.0.0\n")
    return project


def must_build(project: Project, engine: Engine, *arguments: str) -> Build:
    words = ("-f", str(project.folder / "Kairosfile"), *arguments, str(project.folder))
    done = run_buildx(engine, *words, timeout=SECONDS)
    assert done.exit_code == 0, done.output
    return done


def test_the_image_is_what_kairos_calls_a_valid_one(
    docker28: Engine, core: Project, real_kairos_init: Published
) -> None:
    archive = core.folder / "image.tar"

    done = must_build(core, docker28, "--output", f"type=tar,dest={archive}")

    assert done.vertex("validate kairos").error == ""
    with tarfile.open(archive) as image:
        result = release_file(image)
        assert image.getmember("usr/bin/kairos-agent").size > 1_000_000
        assert image.getmember("boot/vmlinuz").linkname.startswith("/boot/vmlinuz-")
        assert image.getmember("boot/initrd").size > 10_000_000
        names = set(image.getnames())
    expected = {
        "KAIROS_VERSION": "v1.0.0",
        "KAIROS_INIT_VERSION": str(real_kairos_init.release),
        "KAIROS_ID_LIKE": "kairos-core-debian-13",
        "KAIROS_FAMILY": "debian",
        "KAIROS_MODEL": "generic",
        "KAIROS_VARIANT": "core",
    }
    assert result.items() >= expected.items()
    assert {"kairos-init", "var/log/kairos/kairos-init.log", "run/kairos-init"}.isdisjoint(names)


def test_a_new_version_runs_init_and_the_checks_alone(docker28: Engine, core: Project) -> None:
    must_build(core, docker28, *CACHED)

    bumped = must_build(core, docker28, *CACHED, "--build-arg", "VERSION=v1.0.1")

    assert not bumped.vertex("install kairos").ran


def release_file(image: tarfile.TarFile) -> dict[str, str]:
    file = image.extractfile("etc/kairos-release")
    assert file
    pairs = (line.partition("=") for line in file.read().decode().splitlines())
    return {key: value.strip('"') for key, _, value in pairs}
