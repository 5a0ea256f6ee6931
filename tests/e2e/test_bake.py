"""`docker buildx bake` with Kairosfiles: several images of one file, and questions about all of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e import oci
from tests.support.e2e.calls import has_call

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.support.engine import Engine

pytestmark = pytest.mark.docker26_is_long

BAKE = """\
variable "VERSION" { default = "v1.0.0" }
group "default" { targets = ["board", "early"] }
target "board" {
  name = "board-${item}"
  matrix = { item = ["one", "two"] }
  dockerfile = "Kairosfile"
  args = { VERSION = VERSION, WHO = item }
  labels = { "who" = item }
  output = ["type=oci,dest=${item}.tar"]
}
target "early" {
  dockerfile = "Kairosfile"
  target = "Tools"
  platforms = ["linux/amd64", "linux/arm64"]
  output = ["type=oci,dest=early.tar"]
}
"""


@pytest.fixture
def baked(project: Project, base: str, kairos_init: Callable[[str], str]) -> Project:
    project.write(
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v0.0.1\nargs: {{WHO: me}}\n"
        "hooks:\n  before_install:\n    - {name: Tools, run: 'echo $WHO > /who'}\n"
    )
    (project.folder / "docker-bake.hcl").write_text(BAKE)
    return project


def bake(engine: Engine, project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    return engine.run(["docker", "buildx", "bake", *arguments], cwd=project.folder, timeout=300)


def test_every_target_of_a_bake_file_is_built(engine: Engine, baked: Project) -> None:
    environment = {**engine.env(), "VERSION": "v2.0.0"}
    done = engine.run(["docker", "buildx", "bake"], cwd=baked.folder, env=environment, timeout=300)

    assert done.returncode == 0, done.stderr
    for name in ("one", "two"):
        (image,) = oci.load(baked.folder / f"{name}.tar").values()
        assert image.read("who") == f"{name}\n"
        assert image.labels["who"] == name
        assert image.labels["org.opencontainers.image.version"] == "v2.0.0"
    early = oci.load(baked.folder / "early.tar")
    assert sorted(early) == ["linux/amd64", "linux/arm64"]
    assert early["linux/amd64"].read("who") == "me\n"
    assert "etc/kairos-release" not in early["linux/amd64"].names()


def test_print_shows_the_definition_without_building(engine: Engine, baked: Project) -> None:
    done = bake(engine, baked, "--print")

    targets = json.loads(done.stdout)["target"]
    assert sorted(targets) == ["board-one", "board-two", "early"]
    assert targets["early"]["dockerfile"] == "Kairosfile"
    assert "load build definition" not in done.stderr


WARNED = "tests: [{run: [test a, test b]}]\n"  # KF314


def test_check_looks_at_every_target_and_fails_with_any(docker28: Engine, baked: Project) -> None:
    with (baked.folder / "Kairosfile").open("a") as file:
        file.write(WARNED)
    done = bake(docker28, baked, "--check")

    assert done.returncode == 1
    assert done.stdout.count("Check complete, ") == 3
    assert done.stdout.count(">>> tests: ") == 3
    assert "before_install" not in done.stderr


def test_check_obeys_the_directive(docker28: Engine, baked: Project) -> None:
    text = (baked.folder / "Kairosfile").read_text()
    (baked.folder / "Kairosfile").write_text(text.replace("\n", "\n# check=skip=all\n", 1) + WARNED)

    done = bake(docker28, baked, "--check")

    assert done.returncode == 0, done.stdout
    assert done.stdout.count("no warnings found") == 3


def test_outlines_and_targets_of_every_target_are_shown(docker28: Engine, baked: Project) -> None:
    outlines = bake(docker28, baked, "--call", "outline").stdout
    targets = bake(docker28, baked, "--call", "targets", "early").stdout

    rows = [line.split() for line in outlines.splitlines()]
    assert [row[1] for row in rows if row[:1] == ["WHO"]] == ["one", "two", "me"]
    assert [row[1] for row in rows if row[:1] == ["TARGET:"]] == ["image", "image", "before_install-1"]
    assert "image (default)" in targets


def test_an_older_bake_has_no_questions(docker26: Engine, baked: Project) -> None:
    """In buildx 0.13, `bake --print` prints the definition; only `build` sends subrequests, for one target."""
    done = bake(docker26, baked, "--call", "outline")

    assert not has_call(docker26)
    assert "unknown flag: --call" in done.stderr
