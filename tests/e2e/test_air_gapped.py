"""A build with no registry and no network: everything comes from OCI layouts on the client's disk.

docs/air-gapped.md says how; the engine here is new and empty, and its only network is its loopback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e import oci
from tests.e2e.builds import run_buildx
from tests.e2e.conftest import NEWEST, Project
from tests.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FRONTEND = "quay.io/kairos/kairos-frontend:v1"


@pytest.fixture(params=["sid", "trixie"])
def gapped(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine without network, images or cache."""
    with Engine(request.param, name=f"{request.param}-gapped", data="fresh", network="none") as started:
        yield started


def save(engine: Engine, folder: Path, reference: str, name: str) -> str:
    """Write an image of both platforms as an OCI layout, as the page says, and return its path."""
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text(f"FROM {reference}\n")
    arguments = ["--provenance=false", "--platform", "linux/amd64,linux/arm64"]
    arguments += ["--output", f"type=oci,tar=false,dest={folder / name}"]
    done = run_buildx(engine, *arguments, str(folder))
    assert done.exit_code == 0, done.output
    return str(folder / name)


def test_everything_comes_from_layouts(
    gapped: Engine,
    sid: Engine,
    project: Project,
    frontend: str,
    base: str,
    kairos_init: Callable[[str], str],
    nonce: str,
) -> None:
    """The frontend itself too, under the name that the file gives it."""
    layouts = {
        FRONTEND: save(sid, project.folder / "save", frontend, "frontend"),
        "base": save(sid, project.folder / "save", base, "base"),
        "kairos-init": save(sid, project.folder / "save", kairos_init(NEWEST), "kairos-init"),
    }
    (project.folder / "Kairosfile").write_text(
        f"# syntax={FRONTEND}\nbase: ubuntu:24.04\nprovider: {{name: k3s, version: v1.33.1+k3s1}}\n"
        f"kairos_init: quay.io/kairos/kairos-init:v0.17.3\nversion: v1.0.0\n"
        f"hooks:\n  after_install:\n    - run: echo {nonce} > /own\n"
    )
    contexts = [f"--build-context={name}=oci-layout://{path}" for name, path in layouts.items()]
    archive = project.folder / "image.tar"
    done = project.must_build(
        gapped, *contexts, "--platform", "linux/amd64,linux/arm64", "--output", f"type=oci,dest={archive}"
    )

    images = oci.load(archive)
    assert sorted(images) == ["linux/amd64", "linux/arm64"]
    for image in images.values():
        assert image.read("own").strip() == nonce
        assert "v1.0.0" in image.read("etc/kairos-release")
        assert image.labels["org.opencontainers.image.base.name"] == "docker.io/library/ubuntu:24.04"
    asked = {name for name in done.names if name.startswith(("[internal] load metadata", "resolve image config"))}
    assert asked == set(), "nothing is asked of a registry"


def test_the_engine_has_no_network(gapped: Engine, project: Project, frontend: str) -> None:
    """What the test above is worth: without the layouts the same engine gets nothing, be the registry local."""
    project.write("base: ubuntu:24.04\nversion: v1.0.0\n")
    done = project.build(gapped)

    assert done.exit_code != 0
    assert frontend in done.output
    assert "connection refused" in done.output
