"""Tests the files next to an ISO, a UKI or netboot files: checksums and the requested evidence only."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import ROOT
from tests.support.e2e import cosign
from tests.support.e2e.artifacts import PUBLIC, secrets
from tests.support.pages.blocks import blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Project
    from tests.support.engine import Engine

pytestmark = pytest.mark.docker26_is_long

COMMAND = str(Path(sys.executable).with_name("kairosfile"))
PAGE = ROOT / "docs/guides/supply-chain.md"
BOTH = ("--platform", "linux/amd64,linux/arm64")


def build_files(
    project: Project, engine: Engine, target: str, *options: str, more: tuple[str, ...] = ()
) -> dict[str, Path]:
    """Build a target by the command into a folder; return its files by their paths."""
    folder = project.folder / "build"
    words = [COMMAND, "build", "-o", "build", *options, "--", "--target", target, *more]
    done = engine.run(words, cwd=project.folder, timeout=500)
    assert done.returncode == 0, done.stderr
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}


def with_checksums(*names: str) -> list[str]:
    return sorted([*names, *(f"{name}.sha256" for name in names)])


def test_two_platforms_leave_their_artifacts_and_checksums_alone(
    engine: Engine, project: Project, system: Callable[..., str]
) -> None:
    project.write(system("  name: my-os\n  iso:\n  netboot:\n"))

    files = build_files(project, engine, "artifacts", *BOTH)

    names = ("my-os.iso", "my-os-initrd", "my-os-kernel", "my-os.squashfs")
    folders = ("linux_amd64", "linux_arm64")
    assert sorted(files) == with_checksums(*(f"{folder}/{name}" for folder in folders for name in names))


def test_a_uki_of_several_outputs_leaves_them_and_checksums_alone(
    engine: Engine, project: Project, system: Callable[..., str], keys: Path
) -> None:
    (project.folder / "public").mkdir()
    for name in PUBLIC[:3]:
        shutil.copy(keys / name, project.folder / "public")
    section = "  name: my-os\n  uki:\n    keys: {public_keys: public}\n    outputs: [iso, container]\n"
    project.write(system(section, more="trusted_boot: true\n"))

    files = build_files(project, engine, "uki", more=tuple(secrets(keys)))

    assert sorted(files) == with_checksums("my-os-uki.iso", "my-os-uki.tar")


def test_provenance_of_an_iso_names_it_and_what_made_it(
    engine: Engine, project: Project, system: Callable[..., str]
) -> None:
    project.write(system("  name: my-os\n"))

    files = build_files(project, engine, "iso", "--provenance", "max", *BOTH)

    for folder in ("linux_amd64", "linux_arm64"):
        statement = json.loads(files[f"{folder}/provenance.json"].read_text())
        digest = hashlib.sha256(files[f"{folder}/my-os.iso"].read_bytes()).hexdigest()
        assert {"name": "my-os.iso", "digest": {"sha256": digest}} in statement["subject"]
        made_of = " ".join(it["uri"] for it in statement["predicate"]["materials"])
        assert all(image in made_of for image in ("auroraboot", "kairos-init", "kairos-frontend", "test/base"))
    assert len(files) == 6


def lines_of(word: str) -> str:
    """Return the commands of the page's block that contains a word."""
    (actual,) = [it for it in blocks(PAGE) if it.language == "console" and word in it.text]
    return "\n".join(["set -e", *(command.text for command in actual.commands)])


def shell(engine: Engine, folder: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    tools = cosign.environment()
    path = os.pathsep.join([str(Path(COMMAND).parent), engine.env()["PATH"], tools["PATH"]])
    environment = {**tools, **engine.env(), "PATH": path, **variables}
    words = ["bash", "-c", script]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=500)


@pytest.mark.parametrize("forged", ["my-os.iso", "my-os.iso.sha256", "provenance.json"])
def test_what_the_page_signs_it_verifies_and_nothing_else(
    docker28: Engine, project: Project, system: Callable[..., str], forged: str
) -> None:
    project.write(system("  name: my-os\n"))
    for name in ("own", "other"):
        shell(docker28, project.folder, f"cosign generate-key-pair --output-key-prefix {name}")
    key, public = (str(project.folder / f"own.{end}") for end in ("key", "pub"))

    signed = shell(docker28, project.folder, lines_of("sign-blob"), COSIGN_KEY=key)
    verify, folder = lines_of("verify-blob"), project.folder / "build"
    good = shell(docker28, folder, verify, COSIGN_PUB=public)
    stranger = shell(docker28, folder, verify, COSIGN_PUB=str(project.folder / "other.pub"))
    with (folder / forged).open("ab") as file:
        file.write(b" ")
    bad = shell(docker28, folder, verify, COSIGN_PUB=public)

    assert signed.returncode == 0, signed.stderr
    assert good.returncode == 0, good.stderr
    assert good.stderr.count("Verified OK") == 2
    assert "my-os.iso: OK" in good.stdout
    assert stranger.returncode != 0
    assert bad.returncode != 0
