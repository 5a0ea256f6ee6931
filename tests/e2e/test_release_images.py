"""Tests the images of a release: made from a clean clone, attested, pushed, and used as in the README."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests import ROOT
from tests.e2e.conftest import Project
from tests.support import images
from tests.support.e2e import oci, registry_api
from tests.support.e2e.packages import command_packages

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.engine import Engine

pytestmark = pytest.mark.long
PLATFORMS = set(images.FRONTEND_PLATFORMS.split(","))
METADATA = "https://mobyproject.org/buildkit@v1#metadata"
SPDX, PROVENANCE = "https://spdx.dev/Document", "https://slsa.dev/provenance/v0.2"


class Released(NamedTuple):
    """Where the images of a release are."""

    commit: str
    output: str
    folder: Path
    registry: str
    pushed: dict[str, str]


@pytest.fixture(scope="module")
def released(docker28: Engine, tmp_path_factory: pytest.TempPathFactory) -> Released:
    """Make both images of a clean clone, the frontend twice, and push them to the local registry."""
    folder = tmp_path_factory.mktemp("release")
    clone, out = folder / "clone", folder / "out"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    subprocess.run(["make", "--silent", "page"], cwd=clone, check=True)
    registry = f"{images.REGISTRY}/release-{uuid.uuid4().hex[:8]}"
    command = [sys.executable, str(clone / ".ci" / "images.py"), str(out), "--push", registry, *images.HERE]
    command += ["--scanner", images.push_scanner(docker28), "--command-platforms", "linux/amd64"]
    done = docker28.run([*command, "--build-context", f"wheels={command_packages()}"], timeout=1500)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=clone, capture_output=True, text=True, check=True).stdout
    return Released(commit.strip(), done.stdout, out, registry, json.loads((out / "images.json").read_text()))


def test_two_builds_of_the_frontend_have_one_digest(released: Released) -> None:
    """By .ci/images.py, which fails if they have not; both are made without a cache."""
    assert "kairos-frontend: a second build has the same digests" in released.output


def test_what_is_in_the_registry_is_what_was_checked(released: Released) -> None:
    for name, tags in (("kairos-frontend", ("v0.1.0", "v1")), ("kairosfile", ("v0.1.0",))):
        path = oci.layout(released.folder / f"{name}.tar")
        for tag in tags:
            assert registry_api.digest(f"{released.registry}/{name}:{tag}") == path.digest
        assert released.pushed[f"{released.registry}/{name}:v0.1.0"] == path.digest
    assert set(oci.layout(released.folder / "kairos-frontend.tar").manifests) == PLATFORMS


def test_the_sbom_of_each_platform_names_what_the_image_is_made_of(released: Released) -> None:
    for statements in oci.attestations(released.folder / "kairos-frontend.tar").values():
        assert {"libyaml-0-2", "python3-yaml", "python3.13-minimal"} <= packages(statements)
    (statements,) = oci.attestations(released.folder / "kairosfile.tar").values()
    assert {"docker-buildx", "git", "python3.13-minimal"} <= packages(statements)


def packages(statements: dict[str, dict[str, Any]]) -> set[str]:
    return {package["name"] for package in statements[SPDX]["predicate"]["packages"]}


def test_the_provenance_names_the_base_by_digest_and_the_commit(released: Released) -> None:
    for name in ("kairos-frontend", "kairosfile"):
        for statements in oci.attestations(released.folder / f"{name}.tar").values():
            predicate = statements[PROVENANCE]["predicate"]
            assert any("debian" in material["uri"] and material["digest"] for material in predicate["materials"])
            assert predicate["metadata"][METADATA]["vcs"]["revision"] == released.commit


def test_the_frontend_builds_a_file_that_names_it(
    released: Released, docker28: Engine, tmp_path: Path, good: str
) -> None:
    project = Project(tmp_path, f"# syntax={released.registry}/kairos-frontend:v1")
    project.write(good)

    project.must_build(docker28)


def test_the_command_checks_a_file(released: Released, docker28: Engine) -> None:
    image = f"{released.registry}/kairosfile:v0.1.0"

    assert "0.1.0" in docker28.run(["docker", "run", "--rm", image, "version"]).stdout
    result = docker28.run(
        ["docker", "run", "--rm", "-i", image, "check", "-"], input="base: debian:13\nvarient: core\n"
    )
    assert 'unknown key "varient"' in result.stdout
    docker28.run(["docker", "image", "rm", "--force", image])
