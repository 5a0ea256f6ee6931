"""`kairosfile compare`: images that a real engine built and pushed, and a Kairosfile that it builds for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support import images

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import DockerEngine

pytestmark = pytest.mark.docker26_is_long

COMMAND = str(Path(sys.executable).with_name("kairosfile"))
TEXT = """base: {base}
kairos_init: {kairos_init}
version: {version}
hooks:
  after_install:
    - file: /var/lib/dpkg/status
      content: |
        Package: {package}
        Status: install ok installed
        Version: 1.0-1
  after_init:
    - run: echo {nonce} > /usr/bin/power && chmod 4755 /usr/bin/power
"""


@pytest.fixture
def write(project: Project, base: str, kairos_init: Callable[[str], str], nonce: str) -> Callable[[str, str], Project]:
    """Return a function that writes the Kairosfile of a version with a package."""

    def write(version: str, package: str) -> Project:
        words = {"base": base, "kairos_init": kairos_init(NEWEST), "nonce": nonce}
        project.write(TEXT.format(version=version, package=package, **words))
        return project

    return write


def compare(engine: DockerEngine, folder: Path, *words: str) -> dict[str, Any]:
    command = [COMMAND, "compare", *words, "--platform", "linux/amd64", "--format", "json"]
    done = subprocess.run(command, cwd=folder, env=engine.env(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    data: dict[str, Any] = json.loads(done.stdout)
    return data


def test_two_versions_differ_in_init_and_what_follows(
    engine: DockerEngine, write: Callable[[str, str], Project], nonce: str
) -> None:
    names = [f"{images.REGISTRY}/compare/{nonce}:{version}" for version in ("v1.0.0", "v1.0.1")]
    for name in names:
        project = write(name.rpartition(":")[2], "one")
        project.must_build(engine, "--push", "-t", name, "--platform", "linux/amd64,linux/arm64")

    actual = compare(engine, project.folder, *names)

    assert {"name": "KAIROS_VERSION", "old": "v1.0.0", "new": "v1.0.1"} in actual["release"]
    assert actual["packages"]["unchanged"] == 1
    assert actual["privileged"] == []
    assert not actual["kernel"]["initrd_changed"]  # the stand-in's does not contain the version
    new = {layer["digest"] for layer in actual["new"]["layers"]} - {
        layer["digest"] for layer in actual["old"]["layers"]
    }
    assert 0 < len(new) == actual["download"]["new_layers"] < len(actual["new"]["layers"]) - 1
    assert 0 < actual["download"]["with_old_layers"] < actual["download"]["whole"]


def test_a_layout_and_a_kairosfile_are_compared(engine: DockerEngine, write: Callable[[str, str], Project]) -> None:
    project = write("v1.0.0", "one")
    archive = project.folder / "old.tar"
    project.must_build(engine, "--output", f"type=oci,dest={archive}", "--platform", "linux/amd64")
    write("v1.0.0", "two")

    actual = compare(engine, project.folder, str(archive), "Kairosfile")

    assert [one["name"] for one in actual["packages"]["added"]] == ["two"]
    assert [one["name"] for one in actual["packages"]["removed"]] == ["one"]
    assert actual["new"]["name"] == "Kairosfile"
