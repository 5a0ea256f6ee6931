"""The image of the frontend: the base and the packages that its Dockerfile pins, and who moves them."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

from tests import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCKERFILE = ROOT / "Dockerfile.frontend"
RENOVATE = ROOT / ".github" / "renovate.json"
OTHER = f"sha256:{'a' * 64}"


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"(?m)^ARG (\w+)=(\S+)$", path.read_text()))


def test_the_base_has_a_digest_and_the_packages_are_those_of_its_day() -> None:
    found = pins(DOCKERFILE)
    base = re.fullmatch(r"debian:trixie-(\d{8})-slim@sha256:[0-9a-f]{64}", found["BASE"])

    assert base
    assert found["SNAPSHOT"] == f"{base[1]}T000000Z"


def test_renovate_moves_base_and_packages_together() -> None:
    (manager,) = json.loads(RENOVATE.read_text())["customManagers"]
    (pattern,) = manager["matchStrings"]
    new = {"depName": "debian", "newValue": "trixie-20270104-slim", "newDigest": OTHER, "newMajor": "20270104"}
    lines = re.sub(r"\{\{\{(\w+)\}\}\}", lambda match: new[match[1]], manager["autoReplaceStringTemplate"])

    assert re.search(manager["managerFilePatterns"][0].strip("/"), DOCKERFILE.name)
    moved, count = re.subn(re.sub(r"\(\?<(?=[a-z])", "(?P<", pattern), lines, DOCKERFILE.read_text())
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
