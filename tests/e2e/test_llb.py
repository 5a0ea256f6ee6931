"""Tests `kairosfile llb`: engines build its definition with the same result as the Kairosfile."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import ROOT
from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e import oci
from tests.support.e2e.builds import build

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import Engine

pytestmark = pytest.mark.docker26_is_long

COMMAND = str(Path(sys.executable).with_name("kairosfile"))
REPLAY = ROOT / "tests/support/e2e/replay"
IMAGE = f"localhost:5000/replay:{os.environ.get('KAIROSFILE_FRONTEND_TAG', 'dev')}"


@pytest.fixture(scope="module")
def replay(docker28: Engine, frontend: str) -> str:
    """A frontend that solves the definition in its entry file: there is no buildctl to be had from Debian."""
    command = ["--provenance=false", "--push", "-t", IMAGE, "--build-arg", f"FRONTEND={frontend}"]
    result = build(docker28, REPLAY, *command, file="Dockerfile")
    assert result.exit_code == 0, result.output
    return IMAGE


@pytest.fixture
def text(base: str, kairos_init: Callable[[str], str], nonce: str) -> str:
    """A Kairosfile with files of the context, of an image and of itself, a secret and a cache."""
    return (
        f"base: {base}\nprovider: {{name: k3s, version: v1.33.1+k3s1}}\nkairos_init: {kairos_init(NEWEST)}\n"
        f"version: v1.2.3\nhooks:\n  after_install:\n    - copy: copied\n      to: /copied/\n"
        f"    - {{run: 'echo {nonce} > /nonce', mounts: [{{type: cache, target: /c}}]}}\n"
        "    - {name: broken, run: 'true'}\n"
    )


def write_definition(project: Project) -> None:
    command = [COMMAND, "llb", "--platform", "linux/amd64"]
    done = subprocess.run(command, cwd=project.folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    (project.folder / "definition").write_bytes(done.stdout)


def test_the_definition_builds_the_files_that_the_kairosfile_builds(
    engine: Engine, project: Project, text: str, replay: str, tmp_path: Path
) -> None:
    project.write(text)
    (project.folder / "copied").mkdir()
    (project.folder / "copied" / "kept").write_text("kept")
    (project.folder / "copied" / "ignored").write_text("ignored")
    (project.folder / ".dockerignore").write_text("copied/ignored\ndefinition\n*.tar\n")
    project.must_build(engine, "--platform", "linux/amd64", "--output", f"type=oci,dest={tmp_path}/file.tar")
    write_definition(project)

    done = build(
        engine,
        project.folder,
        *["--build-arg", f"BUILDKIT_SYNTAX={replay}", "--platform", "linux/amd64"],
        *["--output", f"type=oci,dest={tmp_path}/definition.tar"],
        file="definition",
    )

    assert done.exit_code == 0, done.output
    (result,), (expected,) = (oci.load(tmp_path / name).values() for name in ("definition.tar", "file.tar"))
    assert result.names() == expected.names()
    assert result.read("copied/kept") == "kept"
    assert result.read("etc/kairos-release") == expected.read("etc/kairos-release")


def test_a_step_that_fails_points_at_the_line_of_the_kairosfile(
    engine: Engine, project: Project, text: str, replay: str
) -> None:
    project.write(text.replace("run: 'true'", "run: 'false'"))
    (project.folder / "copied").mkdir()
    write_definition(project)
    command = ["docker", "buildx", "build", "--progress", "plain", "--output", "type=cacheonly"]
    command += ["--build-arg", f"BUILDKIT_SYNTAX={replay}", "-f", str(project.folder / "definition")]

    done = engine.run([*command, str(project.folder)], timeout=300)

    assert done.returncode != 0
    assert "Kairosfile:11" in done.stderr
    assert ">>>     - {name: broken, run: 'false'}" in done.stderr


def test_a_frontend_that_answers_no_subrequests_refuses_a_check(
    docker28: Engine, project: Project, text: str, replay: str
) -> None:
    project.write(text)
    (project.folder / "copied").mkdir()
    write_definition(project)
    command = ["docker", "buildx", "build", "--check", "--build-arg", f"BUILDKIT_SYNTAX={replay}"]

    done = docker28.run([*command, "-f", str(project.folder / "definition"), str(project.folder)], timeout=300)

    assert done.returncode != 0
    assert "unsupported request frontend.lint" in done.stderr
    assert "no warnings found" not in done.stdout + done.stderr
