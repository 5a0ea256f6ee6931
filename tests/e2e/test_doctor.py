"""`kairosfile doctor` on real engines."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import NEWEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Project
    from tests.support.engine import DockerEngine, Registry

pytestmark = pytest.mark.docker26_is_long

COMMAND = str(Path(sys.executable).with_name("kairosfile"))


@pytest.fixture
def example_project(project: Project, base: str, kairos_init: Callable[[str], str]) -> Project:
    project.write(f"base: {base}\nversion: v1.0.0\nkairos_init: {{version: {NEWEST}, image: {kairos_init(NEWEST)}}}\n")
    return project


def doctor(engine: DockerEngine, project: Project, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    done = engine.run([COMMAND, "doctor", *arguments, "--format", "json"], cwd=project.folder, timeout=120)
    findings: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return done.returncode, findings


def test_an_engine_that_builds_is_found_sound(
    engine: DockerEngine, example_project: Project, registry: Registry
) -> None:
    status, findings = doctor(engine, example_project, "--platform", "linux/amd64,linux/arm64")

    assert status == 0, findings
    statuses = [(one["check"], one["status"]) for one in findings if one["check"] != "disk"]
    assert statuses == [
        ("kairosfile", "ok"),
        ("engine", "ok"),
        ("image-store", "ok"),
        ("buildx", "ok"),
        ("buildkit", "ok"),
        ("platform", "ok"),
        ("platform", "ok"),
        ("registry", "ok"),
        ("clock", "ok"),
        ("credentials", "ok"),
        ("clock", "ok"),
    ]
    assert example_project.build(engine).exit_code == 0
    assert any(one["message"] == f"{registry.address} answers" for one in findings)


def test_the_engine_is_selected_as_docker_selects_it(engine: DockerEngine, example_project: Project) -> None:
    version = engine.run(["docker", "version", "--format", "{{.Server.Version}}"]).stdout.strip()

    _, findings = doctor(engine, example_project)

    assert f"Docker {version} at unix://" in next(one["message"] for one in findings if one["check"] == "engine")


def test_a_platform_without_emulation_is_an_error(engine: DockerEngine, example_project: Project) -> None:
    status, findings = doctor(engine, example_project, "--platform", "linux/riscv64")

    assert status == 1
    (error,) = [one for one in findings if one["status"] == "error"]
    assert "linux/riscv64 cannot be run" in error["message"]
    assert "binfmt" in error["advice"]
