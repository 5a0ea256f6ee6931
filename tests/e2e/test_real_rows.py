"""Tests each row of docs/internals/limits.md with the published programs: images, artifacts, install in parts.

Downloads gigabytes and takes hours: these tests run only by `make real`. A row whose base cannot be pulled is
skipped with the registry's message.
"""

from __future__ import annotations

import shutil
import tarfile
from typing import TYPE_CHECKING

import pytest

from kairosfile.sections.image.model import Install
from tests.e2e.test_real_kairos_init import release_file
from tests.support.e2e.artifacts import PUBLIC, make_keys, secrets
from tests.support.e2e.builds import run_buildx
from tests.support.e2e.trees import difference, tree
from tests.support.real.rows import CONFIG, PLUGIN, ROWS, Row

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Project
    from tests.support.engine import Engine
    from tests.support.real.published import Published

pytestmark = pytest.mark.real

SECONDS = 3 * 3600
# Paths with random or dated content, or with a record of the last of several runs.
APART = ("etc/ssh/", "etc/iscsi/", "etc/mdadm/", "boot/initrd", "var/", "etc/machine-id", "etc/kairos/kairos-init-")


@pytest.fixture
def base(request: pytest.FixtureRequest, docker28: Engine) -> str:
    """Return the base of a row; skip if it cannot be pulled."""
    row: Row = request.getfixturevalue("row")
    inspection = docker28.run(["docker", "buildx", "imagetools", "inspect", row.base], timeout=120)
    if inspection.returncode:
        pytest.skip(f"{row.base} cannot be had: {inspection.stderr.strip()}")
    return row.base


def build(row: Row, project: Project, engine: Engine, output: str, *more: str) -> None:
    words = ["--platform", row.platform, "--target", row.target, "--output", output, *more]
    words += ["--allow", row.allow] if row.allow else []
    done = run_buildx(engine, "-f", str(project.folder / "Kairosfile"), *words, str(project.folder), timeout=SECONDS)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("row", [row for row in ROWS if not row.is_parts], ids=lambda row: row.name)
def test_a_row_is_built_by_the_published_programs(
    row: Row, docker28: Engine, project: Project, base: str, real_kairos_init: Published, request: pytest.FixtureRequest
) -> None:
    head = f"base: {base}\nkairos_init: {real_kairos_init.image}\nversion: v1.0.0\n"
    (project.folder / "plugin.sh").write_text(PLUGIN)
    (project.folder / "install.yaml").write_text(CONFIG)
    keys: tuple[str, ...] = ()
    text = row.text
    if row.target != "image":
        image = request.getfixturevalue("real_auroraboot").image
        text = text.replace("artifacts: {", f"artifacts: {{auroraboot: '{image}', ")
        if row.needs_keys:
            (project.folder / "genkey").mkdir()
            path = make_keys(docker28, project.folder / "genkey", image)
            (project.folder / "public").mkdir()
            for name in PUBLIC:
                shutil.copy(path / name, project.folder / "public")
            keys = tuple(secrets(path))
    project.write(head + text)

    if row.target != "image":
        build(row, project, docker28, f"type=local,dest={project.folder / 'out'}", *keys)
        assert [file for file in (project.folder / "out").iterdir() if file.stat().st_size > 1_000_000]
        return
    archive = project.folder / "image.tar"
    build(row, project, docker28, f"type=tar,dest={archive}")
    with tarfile.open(archive) as image:
        assert release_file(image)["KAIROS_VERSION"] == "v1.0.0"
    if row.name == "version":
        build(row, project, docker28, f"type=tar,dest={archive}", "--build-arg", "VERSION=v1.0.1")
        with tarfile.open(archive) as image:
            assert release_file(image)["KAIROS_VERSION"] == "v1.0.1"


@pytest.mark.skipif("parts" not in Install.model_fields, reason="install runs in one step only")
@pytest.mark.parametrize("row", [row for row in ROWS if row.is_parts], ids=lambda row: row.name)
def test_install_in_parts_leaves_the_files_of_one_install(
    row: Row, docker28: Engine, project: Project, base: str, real_kairos_init: Published
) -> None:
    trees = []
    for parts in ("false", "true"):
        project.write(
            f"base: {base}\nkairos_init: {real_kairos_init.image}\nversion: v1.0.0\ninstall: {{parts: {parts}}}\n"
        )
        archive: Path = project.folder / f"{parts}.tar"
        build(row, project, docker28, f"type=tar,dest={archive}")
        trees.append(tree(archive))

    unlike = [name for name in difference(*trees) if not name.startswith(APART)]
    assert unlike == []
