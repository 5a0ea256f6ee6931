"""A build with no registry and no network: everything comes from OCI layouts on the client's disk.

The test follows docs/guides/air-gapped.md; the engine is new and empty, and its only network is its loopback.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests import ROOT
from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e import oci
from tests.support.e2e.builds import TIMEOUT_SECONDS
from tests.support.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.docker26_is_long

PAGE = ROOT / "docs/guides/air-gapped.md"
BLOCK = re.compile(r"```(console|yaml)[^\n]*\n(.*?)```", re.DOTALL)
FRONTEND, BASE, KAIROS_INIT = "quay.io/kairos/kairos-frontend:v1", "ubuntu:24.04", "quay.io/kairos/kairos-init:v0.17.3"


def page() -> tuple[list[str], str, str]:
    """Return the parts of the page: the commands that save images, the Kairosfile, the command that builds it."""
    (_, saving), (_, text), (_, building), *_ = BLOCK.findall(PAGE.read_text())
    return [command.strip() for command in saving.split("$ ")[1:]], text, building.removeprefix("$ ")


@pytest.fixture(params=["sid", "trixie"])
def gapped(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine without network, images or cache."""
    with Engine(request.param, name=f"{request.param}-gapped", data="fresh", network="none") as started:
        yield started


def shell(engine: Engine, folder: Path, command: str) -> str:
    done = engine.run(["sh", "-ec", command], cwd=folder, timeout=TIMEOUT_SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_the_documented_air_gapped_build_needs_no_registry(
    gapped: Engine, docker28: Engine, tmp_path: Path, frontend: str, base: str, kairos_init: Callable[[str], str]
) -> None:
    """The test replaces the saved images by its own; all names are those of the page."""
    saving, text, building = page()
    for command in saving:
        for name, ours in {FRONTEND: frontend, BASE: base, KAIROS_INIT: kairos_init(NEWEST)}.items():
            command = command.replace(f"FROM {name} ", f"FROM {ours} ")  # noqa: PLW2901
        assert "localhost:5000" in command
        shell(docker28, tmp_path, command)
    (tmp_path / "Kairosfile").write_text(text)

    result = shell(gapped, tmp_path, building)

    images = oci.load(tmp_path / "image.tar")
    assert sorted(images) == ["linux/amd64", "linux/arm64"]
    for image in images.values():
        assert "v1.0.0" in image.read("etc/kairos-release")
        assert image.labels["org.opencontainers.image.base.name"] == "docker.io/library/ubuntu:24.04"
    assert "[internal] load metadata" not in result, "nothing is asked of a registry"
    assert "resolve image config" not in result


def test_an_engine_without_network_gets_nothing_without_the_layouts(
    gapped: Engine, project: Project, frontend: str
) -> None:
    """Proves the test above: the engine cannot reach even a local registry."""
    project.write("base: ubuntu:24.04\nversion: v1.0.0\n")
    done = project.build(gapped)

    assert done.exit_code != 0
    assert frontend in done.output
    assert "connection refused" in done.output
