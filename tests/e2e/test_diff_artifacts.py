"""Tests `kairosfile diff` of artifacts against real engines: exactly the steps that it predicts run."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST
from tests.e2e.test_diff import Edited
from tests.support.e2e.artifacts import PUBLIC, make_keys, secrets
from tests.support.standins.auroraboot.releases import NEWEST as AURORABOOT
from tests.unit.dockerfile import command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import Project
    from tests.support.engine import Engine

pytestmark = pytest.mark.docker26_is_long

OLDER = "v0.26.0"

IMAGE = """\
base: {base}
kairos_init: {kairos_init}
version: v1.0.0
labels: {{team: blue}}
hooks:
  before_install:
    - {{file: /etc/nonce, content: {nonce}}}
  after_init:
    - {{name: motd, run: 'echo hello > /etc/motd'}}
"""
ARTIFACTS = """\
artifacts:
  auroraboot: {auroraboot}
  name: my-os
  iso: {{overlay_rootfs: one, cloud_config: install.yaml}}
  netboot:
"""
UKI = """\
trusted_boot: true
artifacts:
  auroraboot: {auroraboot}
  uki: {{outputs: [iso], keys: {{public_keys: keys}}}}
"""

# As in test_diff.py: no edit may lead to a step that another one leads to as well.
EDITS = {
    "a comment": ("version: v1.0.0", "# released on Monday\nversion: v1.0.0"),
    "label": ("team: blue", "team: red"),
    "what the image holds": ("echo hello", "echo goodbye"),
    "version": ("v1.0.0", "v1.0.1"),
    "folder laid over the root": ("overlay_rootfs: one", "overlay_rootfs: two"),
    "folder laid over the ISO": ("overlay_rootfs: one", "overlay_rootfs: one, overlay_iso: two"),
    "words for the kernel": ("overlay_rootfs: one", "overlay_rootfs: one, extend_cmdline: rd.debug"),
    "cloud-config": ("install.yaml", "other.yaml"),
    "cloud-config that is a secret": ("install.yaml", "{secret: install}"),
    "name": ("my-os", "your-os"),
    "name by Kairos' convention": ("  name: my-os\n", ""),
    "an artifact less": ("  netboot:\n", ""),
}
EDITS_OF_UKI = {
    "title of the boot entries": ("outputs:", "boot_branding: Mine, outputs:"),
    "another output": ("[iso]", "[iso, uki]"),
    "id of a key": ("public_keys: keys", "public_keys: keys, sb_key: db-key-again"),
    "version": ("v1.0.0", "v1.0.1"),
}


TARGET = ("--target", "artifacts")


class EditedArtifacts(Edited):
    """A file with an ISO and the files of a network boot."""

    template = IMAGE + ARTIFACTS


class EditedUki(Edited):
    """A file with a UKI."""

    template = IMAGE + UKI


@pytest.fixture(scope="module")
def images(base: str, kairos_init: Callable[[str], str], auroraboot: Callable[[str], str]) -> dict[str, str]:
    newest, older = auroraboot(AURORABOOT), auroraboot(OLDER)
    return {"base": base, "kairos_init": kairos_init(NEWEST), "auroraboot": newest, "older": older}


@pytest.fixture
def edited(engine: Engine, project: Project, images: dict[str, str]) -> Edited:
    for folder in ("one", "two"):
        (project.folder / folder).mkdir()
        (project.folder / folder / "file").write_text(folder)
    for name in ("install.yaml", "other.yaml", "secret"):
        (project.folder / name).write_text(f"#cloud-config\nhostname: {name.partition('.')[0]}\n")
    actual = EditedArtifacts(engine, project, images, "linux/amd64")
    actual.arguments = (*TARGET, "--secret", f"id=install,src={project.folder / 'secret'}")
    return actual


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_what_diff_says_of_artifacts_is_what_runs(edited: Edited, edit: tuple[str, str]) -> None:
    edited.check(*edit)


def test_what_diff_says_of_another_release_of_auroraboot_is_what_runs(edited: Edited) -> None:
    edited.check(edited.images["auroraboot"], edited.images["older"])


@pytest.fixture(scope="module")
def same_keys(tmp_path_factory: pytest.TempPathFactory, docker28: Engine, images: dict[str, str]) -> Path:
    """Keys for all edits: other public ones are other content of the build context."""
    return make_keys(docker28, tmp_path_factory.mktemp("keys"), images["auroraboot"])


@pytest.mark.parametrize("edit", EDITS_OF_UKI.values(), ids=EDITS_OF_UKI)
def test_what_diff_says_of_a_uki_is_what_runs(
    engine: Engine, project: Project, images: dict[str, str], same_keys: Path, edit: tuple[str, str]
) -> None:
    (project.folder / "keys").mkdir()
    for name in PUBLIC[:3]:
        shutil.copy(same_keys / name, project.folder / "keys")
    edited = EditedUki(engine, project, images, "linux/amd64")
    edited.arguments = (*TARGET, *secrets(same_keys), "--secret", f"id=db-key-again,src={same_keys / 'db.key'}")

    edited.check(*edit)


def test_an_iso_of_a_root_that_came_out_the_same_stays_cached_which_diff_cannot_know(edited: Edited) -> None:
    edited.begin()
    edited.edit("echo hello", "echo  hello")
    expected = edited.predicted()

    actual = edited.ran(expected)

    assert expected["make the ISO"]
    assert sorted(name for name, ran in actual.items() if ran) == ["after_init 1: motd", "validate kairos"]


def test_what_diff_says_of_one_target_is_what_runs_for_it(edited: Edited) -> None:
    edited.begin()
    edited.edit("my-os", "his-os")
    words = ("diff", "Old", "Kairosfile", "--target", "iso", "--platform", "linux/amd64", "--format", "json")
    data = json.loads(command.run(*words, folder=edited.project.folder).stdout)
    expected = {step["name"]: step["result"] != "cached" for step in data["steps"]}

    done = edited.project.must_build(edited.engine, "--target", "iso").vertices.values()

    assert expected == {vertex.name: vertex.ran for vertex in done if vertex.name in expected}
    assert [name for name, runs in expected.items() if runs] == ["name iso and its checksum"]
    assert not any("netboot" in vertex.name for vertex in done)
