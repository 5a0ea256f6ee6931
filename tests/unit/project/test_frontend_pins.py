"""The inputs of the images: the base and the packages that their Dockerfiles pin, and the tools that update them."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from importlib import metadata
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILES = [ROOT / "Dockerfile.frontend", ROOT / "Dockerfile.cli"]
COMMAND, BUILD = ROOT / "requirements" / "cli.txt", ROOT / "requirements" / "build.txt"
PINNED = re.compile(r"(?m)^([\w.-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)")
ENVIRONMENT = {"python_version": "3.13", "sys_platform": "linux", "platform_system": "Linux"}  # the image's
RENOVATE = ROOT / ".github" / "renovate.json"
OTHER = f"sha256:{'a' * 64}"


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"(?m)^ARG (\w+)=(\S+)$", path.read_text()))


def by_name(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", DOCKERFILES, ids=by_name)
def test_the_base_has_a_digest_and_the_packages_are_those_of_its_day(path: Path) -> None:
    actual = pins(path)
    base = re.fullmatch(r"debian:trixie-(\d{8})-slim@sha256:[0-9a-f]{64}", actual["BASE"])

    assert base
    assert actual["SNAPSHOT"] == f"{base[1]}T000000Z"


@pytest.mark.parametrize("path", DOCKERFILES, ids=by_name)
def test_renovate_moves_base_and_packages_together(path: Path) -> None:
    (manager,) = json.loads(RENOVATE.read_text())["customManagers"]
    (pattern,) = manager["matchStrings"]
    new = {"depName": "debian", "newValue": "trixie-20270104-slim", "newDigest": OTHER, "newMajor": "20270104"}
    lines = re.sub(r"\{\{\{(\w+)\}\}\}", lambda match: new[match[1]], manager["autoReplaceStringTemplate"])

    assert re.search(manager["managerFilePatterns"][0].strip("/"), path.name)
    moved, count = re.subn(re.sub(r"\(\?<(?=[a-z])", "(?P<", pattern), lines, path.read_text())
    assert count == 1
    assert f"ARG BASE=debian:trixie-20270104-slim@{OTHER}\nARG SNAPSHOT=20270104T000000Z\n" in moved
    assert re.fullmatch(manager["versioningTemplate"].removeprefix("regex:").replace("?<", "?P<"), new["newValue"])


def test_the_settings_of_renovate_fit_its_schema() -> None:
    command = ["check-jsonschema", "--builtin-schema", "vendor.renovate", str(RENOVATE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_sources_of_apt_stay_without_a_snapshot() -> None:
    script = ROOT / "frontend" / "image" / "use-snapshot.sh"

    assert subprocess.run(["sh", str(script), "", "http://mirror.example"], check=True).returncode == 0
    subprocess.run(["shellcheck", str(script)], check=True)


def requirements(path: Path) -> dict[str, str]:
    """Return the version of each package in a requirements file; every line has a version with hashes."""
    text = path.read_text()
    assert PINNED.sub("", text) == ""
    return {str(canonicalize_name(name)): version for name, version, _ in PINNED.findall(text)}


@pytest.mark.parametrize("path", [COMMAND, BUILD], ids=by_name)
def test_packages_of_the_command_have_hashes_and_the_versions_that_are_tested(path: Path) -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    tested = {str(canonicalize_name(name)): version for name, _, version in (line.partition("==") for line in lines)}
    different = {name: version for name, version in requirements(path).items() if tested.get(name, version) != version}

    assert different == {}


def test_the_packages_of_the_command_are_those_that_it_needs() -> None:
    """Each dependency of the project is in the file that its image installs, and that file has no other packages."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    waiting = [Requirement(each) for each in (*project["dependencies"], *project["optional-dependencies"]["web"])]
    needed: set[str] = set()
    while waiting:
        expected = waiting.pop()
        name = canonicalize_name(expected.name)
        if name not in needed and _applies(expected, ""):
            needed.add(name)
            for word in metadata.requires(name) or ():
                further = Requirement(word)
                if any(_applies(further, extra) for extra in ("", *expected.extras)):
                    waiting.append(further)

    assert set(requirements(COMMAND)) == needed


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({**ENVIRONMENT, "extra": extra})
