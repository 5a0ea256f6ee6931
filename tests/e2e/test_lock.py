"""Tests `kairosfile lock` against a real registry, and real engines that follow its lock."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e import oci
from tests.support.e2e.artifacts import built
from tests.support.e2e.builds import run_buildx
from tests.support.e2e.registry_api import ACCEPT
from tests.support.standins.auroraboot.releases import NEWEST as AURORABOOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import DockerEngine, Engine, Registry

pytestmark = pytest.mark.docker26_is_long

COMMAND = str(Path(sys.executable).with_name("kairosfile"))
PLATFORMS = "linux/amd64,linux/arm64"


class Tag:
    """A tag of the registry that a test moves: each image that it names has its own text in /marker."""

    def __init__(self, reference: str, base: str, folder: Path) -> None:
        self.reference, self.base, self.folder = reference, base, folder

    def move(self, engine: DockerEngine, marker: str) -> None:
        """Push an image of both platforms under the tag."""
        (self.folder / "Dockerfile").write_text(f"FROM {self.base}\nCOPY marker /marker\n")
        (self.folder / "marker").write_text(marker)
        output = ("--push", "--provenance=false", "--platform", PLATFORMS, "-t", self.reference)
        done = run_buildx(engine, *output, str(self.folder))
        assert done.exit_code == 0, done.output

    def digest(self, registry: Registry) -> str:
        """Return the digest of the index that the tag names now."""
        name, _, tag = self.reference.removeprefix(f"{registry.address}/").partition(":")
        status, headers = registry.request("HEAD", f"/v2/{name}/manifests/{tag}", headers={"Accept": ACCEPT})
        assert status == 200
        assert str(headers["Content-Type"]).endswith((".index.v1+json", ".list.v2+json"))
        return str(headers["Docker-Content-Digest"])


@pytest.fixture
def tag(base: str, registry: Registry, nonce: str, tmp_path_factory: pytest.TempPathFactory) -> Tag:
    return Tag(f"{registry.address}/test/lock-{nonce}:1", base, tmp_path_factory.mktemp("tag"))


@pytest.fixture
def locked(project: Project, docker28: Engine, tag: Tag, kairos_init: Callable[[str], str]) -> Project:
    """A Kairosfile on that tag, locked while it names the image `first`."""
    tag.move(docker28, "first")
    project.write(f"base: {tag.reference}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n")
    assert lock(project)[0] == 0
    return project


def lock(project: Project, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [COMMAND, "lock", *arguments], cwd=project.folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def marker(project: Project, engine: DockerEngine, *arguments: str) -> str:
    archive = project.folder / "image.tar"
    project.must_build(engine, "--platform", "linux/amd64", "--output", f"type=oci,dest={archive}", *arguments)
    return oci.load(archive)["linux/amd64"].read("marker")


def test_a_build_keeps_to_the_locked_image_when_its_tag_moves(
    engine: Engine, docker28: Engine, locked: Project, tag: Tag, registry: Registry
) -> None:
    before = tag.digest(registry)
    tag.move(docker28, "second")

    assert marker(locked, engine) == "first"
    assert f"{tag.reference}: {before}\n" in (locked.folder / "Kairosfile.lock").read_text()

    assert lock(locked, "--upgrade", "base")[0] == 0
    assert f"{tag.reference}: {tag.digest(registry)}\n" in (locked.folder / "Kairosfile.lock").read_text()
    assert marker(locked, engine) == "second"


def test_without_the_lock_file_the_build_follows_the_tag(docker28: Engine, locked: Project, tag: Tag) -> None:
    tag.move(docker28, "second")
    (locked.folder / "Kairosfile.lock").unlink()

    assert marker(locked, docker28) == "second"


def test_a_lock_holds_for_all_platforms_of_an_image(docker28: Engine, locked: Project, tag: Tag) -> None:
    tag.move(docker28, "second")
    archive = locked.folder / "image.tar"

    locked.must_build(docker28, "--platform", PLATFORMS, "--output", f"type=oci,dest={archive}")

    images = oci.load(archive)
    assert {platform: image.read("marker") for platform, image in images.items()} == dict.fromkeys(
        PLATFORMS.split(","), "first"
    )


def test_an_iso_is_made_by_the_locked_auroraboot_when_its_tag_moves(
    engine: Engine,
    docker28: Engine,
    registry: Registry,
    project: Project,
    system: Callable[..., str],
    auroraboot: Callable[[str], str],
    tag: Tag,
) -> None:
    repository, _, _ = tag.reference.rpartition(":")
    moving = Tag(f"{repository}:{AURORABOOT}", auroraboot(AURORABOOT), tag.folder)
    moving.move(docker28, "first")
    text = system("  name: my-os\n  iso:\n")
    project.write(text.replace(moving.base, moving.reference))
    assert lock(project)[0] == 0
    first = moving.digest(registry)
    moving.move(docker28, "second")
    second = moving.digest(registry)

    done, files = built(project, engine, "iso", "--attest", "type=provenance,mode=max")

    assert done.vertex("make the ISO").ran
    assert f"auroraboot {moving.reference}@{first}" in done.names
    assert files.keys() == {"my-os.iso", "my-os.iso.sha256", "provenance.json"}
    provenance = files["provenance.json"].read_text()
    assert first.removeprefix("sha256:") in provenance
    assert second.removeprefix("sha256:") not in provenance
    (project.folder / "Kairosfile.lock").unlink()
    again, _ = built(project, engine, "iso")
    assert f"auroraboot {moving.reference}@{second}" in again.names
    assert again.vertex("make the ISO").ran


def test_check_reports_a_lock_mismatch_and_online_a_moved_tag(docker28: Engine, locked: Project, tag: Tag) -> None:
    assert lock(locked, "--check") == (0, "Kairosfile.lock fits\n")
    assert lock(locked, "--check", "--online") == (0, "Kairosfile.lock fits\n")

    tag.move(docker28, "second")
    assert lock(locked, "--check")[0] == 0
    status, result = lock(locked, "--check", "--online")
    assert (status, result.count("Kairosfile:2:1: ")) == (1, 1)

    file = locked.folder / "Kairosfile"
    file.write_text(file.read_text().replace(tag.reference, f"{tag.reference}0"))
    status, result = lock(locked, "--check")
    assert status == 1
    assert "Kairosfile:2:1: " in result
    assert "Kairosfile.lock:5:3: " in result


def test_a_build_says_what_is_not_locked(engine: Engine, locked: Project, base: str) -> None:
    done = locked.must_build(engine, "--build-arg", f"BASE_IMAGE={base}")

    assert [text[:5] for text in done.warnings] == ["KF509"]
    assert locked.must_build(engine).warnings == []


def test_a_malformed_lock_file_is_quoted_in_the_error(engine: Engine, locked: Project) -> None:
    beside = locked.folder / "Kairosfile.lock"
    beside.write_text(beside.read_text().replace("sha256:", "sha256:<<<<", 1))

    result = locked.fails(engine)

    assert "Kairosfile.lock:4\n" in result
    assert ">>> " in result
    assert "[KF411]" in result


def test_the_policy_pins_a_dockerfile_of_the_built_in_frontend_too(
    engine: Engine, docker28: Engine, locked: Project, tag: Tag
) -> None:
    assert lock(locked, "--policy", "policy.json")[0] == 0
    tag.move(docker28, "second")
    (locked.folder / "Dockerfile").write_text(f"FROM {tag.reference}\n")

    def built(**more: str) -> str:
        archive = locked.folder / "image.tar"
        output = ("--provenance=false", "--platform", "linux/amd64", "--output", f"type=oci,dest={archive}")
        done = run_buildx(engine, *output, str(locked.folder), env=engine.env() | more)
        assert done.exit_code == 0, done.output
        return oci.load(archive)["linux/amd64"].read("marker")

    assert built() == "second"
    assert built(EXPERIMENTAL_BUILDKIT_SOURCE_POLICY=str(locked.folder / "policy.json")) == "first"


def test_the_policy_pins_a_kairosfile_without_a_lock_file(
    engine: Engine, docker28: Engine, locked: Project, tag: Tag
) -> None:
    assert lock(locked, "--policy", "policy.json")[0] == 0
    (locked.folder / "Kairosfile.lock").unlink()
    tag.move(docker28, "second")

    archive = locked.folder / "image.tar"
    arguments = ("--platform", "linux/amd64", "--output", f"type=oci,dest={archive}", "-f", "Kairosfile", ".")
    env = engine.env() | {"EXPERIMENTAL_BUILDKIT_SOURCE_POLICY": "policy.json"}
    done = run_buildx(engine, *arguments, env=env, cwd=locked.folder)

    assert done.exit_code == 0, done.output
    assert oci.load(archive)["linux/amd64"].read("marker") == "first"


def test_a_missing_image_is_reported_with_its_range_and_nothing_is_written(
    project: Project, registry: Registry, nonce: str
) -> None:
    project.write(f"base: {registry.address}/test/lock-{nonce}:1\nkairos_init: v0.17.3\nversion: v1.0.0\n")

    status, result = lock(project, "--format", "json")

    assert status == 2
    assert f"Kairosfile:2:1: {registry.address}/test/lock-{nonce}:1 cannot be looked up: " in result
    assert not (project.folder / "Kairosfile.lock").exists()


def test_machine_readable_output_has_whole_digests(locked: Project, tag: Tag, registry: Registry) -> None:
    status, result = lock(locked, "--upgrade", "--format", "json")

    assert status == 0
    report = json.loads(result)
    assert report["schema"] == "kairosfile.lock/1"
    (entry,) = [one for one in report["images"] if one["name"] == tag.reference]
    assert (entry["result"], entry["digest"]) == ("kept", tag.digest(registry))
