"""What a person watches: the names of a build's vertices, its log lines and its warnings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.e2e.builds import Build
    from tests.support.engine import DockerEngine

TWO = ("--platform", "linux/amd64,linux/arm64")
ONE = ("--platform", "linux/amd64")

IMAGES = [
    "localhost:5000/test/base:1",
    "localhost:5000/kairos-init-stand-in:v0.17.3",
    "localhost:5000/kairos-init-stand-in:v0.16.0",
]
STEPS = [
    "before_install 1: packages",
    "install kairos (k3s v1.33.1+k3s1)",
    "after_install 1: tools",
    "after_install 2: copy overlay to /opt/",
    "after_install 3: copy kairos-init to /opt/",
    "init kairos v1.0.0",
    "cloud-config 90_own.yaml",
    "after_init 1: write /etc/motd",
    "validate kairos",
    "check k3s",
    "gates",
    "image",
]


@pytest.fixture
def typical(project: Project, base: str, kairos_init: Callable[[str], str], nonce: str) -> Project:
    """A typical Kairosfile; the nonce makes its steps run."""
    (project.folder / "overlay").mkdir()
    (project.folder / "overlay" / "file").write_text(nonce)
    project.write(
        f"base: {base}\nprovider: {{name: k3s, version: v1.33.1+k3s1}}\nkairos_init: {kairos_init(NEWEST)}\n"
        "version: v1.0.0\ncloud_config:\n  - {name: 90_own.yaml, content: {hostname: node}}\n"
        f"hooks:\n  before_install:\n    - {{name: packages, run: 'echo {nonce}'}}\n"
        "  after_install:\n    - {name: tools, run: 'echo tools'}\n    - {copy: overlay, to: /opt/}\n"
        f"    - {{copy: kairos-init, from: '{kairos_init('v0.16.0')}', to: /opt/}}\n"
        "  after_init:\n    - {file: /etc/motd, content: hello}\n"
    )
    return project


def steps_of(build: Build) -> set[str]:
    """Return the names of the steps; the rest is images, and the plumbing of any build."""
    others = (
        "[internal]",
        "[linux/amd64 internal]",
        "[linux/arm64 internal]",
        "resolve image config",
        "docker-image://",
        "exporting",
        "sharing",
    )
    return {name for name in build.names if "@sha256:" not in name and not name.startswith(others)}


def images_of(build: Build) -> set[str]:
    """Return the names of the images without their digests.

    It drops their prefixes too: an image that two builds use at the same time has the name of the first.
    """
    named = [name.partition("@sha256:")[0] for name in build.names if "@sha256:" in name]
    return {re.sub(r"^.*(localhost:5000/)", r"\1", name) for name in named if not name.startswith("docker-image://")}


def test_every_step_has_a_name_that_stays(engine: DockerEngine, typical: Project) -> None:
    done = typical.must_build(engine, *ONE)

    assert steps_of(done) == set(STEPS)
    assert images_of(done) == set(IMAGES)


def test_names_have_their_platform_in_front_when_there_are_several(engine: DockerEngine, typical: Project) -> None:
    done = typical.must_build(engine, *TWO)

    platforms = TWO[1].split(",")
    assert steps_of(done) == {f"[{platform}] {name}" for platform in platforms for name in STEPS}
    assert {f"[{platform} internal] load metadata for {IMAGES[0]}" for platform in platforms} <= done.names
    assert images_of(done) == set(IMAGES)


def test_the_plumbing_is_called_as_with_a_dockerfile(engine: DockerEngine, typical: Project) -> None:
    """The names are known from Dockerfile builds; a build that copies files looks for a `.dockerignore`."""
    done = typical.must_build(engine, *ONE)

    internal = {name for name in done.names if name.startswith("[internal]")}
    assert {
        "[internal] load build definition from Kairosfile",
        "[internal] load .dockerignore",
        "[internal] load build context",
        "[internal] load metadata for localhost:5000/test/base:1",
    } <= internal


def test_the_file_is_transferred_once(engine: DockerEngine, typical: Project) -> None:
    """The frontend loads it with the graph of the Dockerfile frontend, which has read `# syntax` in it.

    BuildKit 0.13 writes the fields of an op in another order, so its graph has another digest.
    """
    done = typical.must_build(engine, *ONE)

    names = [vertex.name for vertex in done.vertices.values()]
    transfers = 1 if engine.name == "sid" else 2
    assert names.count("[internal] load build definition from Kairosfile") == transfers
    assert names.count("[internal] load Kairosfile.lock") == 1


def test_a_warning_is_shown_once_whatever_the_number_of_platforms(engine: DockerEngine, typical: Project) -> None:
    text = (typical.folder / "Kairosfile").read_text()
    (typical.folder / "Kairosfile").write_text(text.replace("version: v1.0.0\n", "version: 1.0.0\n"))

    done = typical.must_build(engine, *TWO)

    assert [text.partition(":")[0] for text in done.warnings] == ["KF506"]
    assert {done.vertices[digest].name for digest in done.warned} == {
        "[internal] load build definition from Kairosfile"
    }


def test_lines_of_kairos_init_are_readable(engine: DockerEngine, typical: Project) -> None:
    """The time, the level and the text; no colour codes, which end up in the files and pages that logs are kept in."""
    done = typical.must_build(engine, *ONE)

    line = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INF \[\d+\] Processing stage step '\w+'"
    for step in ("install kairos", "init kairos"):
        assert len(re.findall(line, done.vertex(step).log, re.MULTILINE)) > 5
    assert "\x1b" not in "".join(vertex.log for vertex in done.vertices.values())
