"""The same Kairosfile, the same SOURCE_DATE_EPOCH, the same image: on engines that never built anything before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, OLDEST, Project
from tests.support.e2e import oci
from tests.support.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import DockerEngine

pytestmark = pytest.mark.docker26_is_long

PLATFORMS = "linux/amd64,linux/arm64"
EPOCH = "1700000000"


@pytest.fixture
def reproducible(project: Project, base: str, kairos_init: Callable[[str], str], nonce: str) -> Project:
    """A project with a step of every kind; the nonce keeps shared engines from answering out of their caches."""
    (project.folder / "overlay").mkdir()
    (project.folder / "overlay" / "file").write_text("from the context")
    project.write(
        f"base: {base}\nprovider: {{name: k3s, version: v1.33.1+k3s1}}\nkairos_init: {kairos_init(NEWEST)}\n"
        "version: v1.0.0\ncloud_config:\n  - {name: 90_own.yaml, content: {hostname: node}}\n"
        "hooks:\n  before_install:\n"
        f"    - run: 'mkdir /opt && echo {nonce} > /opt/nonce'\n"
        "  after_install:\n    - run: 'rm -r /opt && mkdir /opt && date -r /etc/motd > /dev/null'\n"
        "    - {file: /etc/motd, content: hello}\n    - {copy: overlay, to: /opt/}\n"
        f"    - {{copy: etc/os-release, from: '{base}', to: /opt/os-release}}\n"
    )
    return project


def built(project: Project, engine: DockerEngine, *options: str, attest: bool = False) -> oci.Layout:
    """Return the output of a reproducible build."""
    archive = project.folder / f"{engine.name}.tar"
    output = ",".join(("type=oci", f"dest={archive}", "rewrite-timestamp=true", *options))
    provenance = "--provenance=mode=max" if attest else "--provenance=false"
    epoch = ("--build-arg", f"SOURCE_DATE_EPOCH={EPOCH}")
    project.must_build(engine, "--platform", PLATFORMS, *epoch, provenance, "--output", output)
    return oci.layout(archive)


# A test below compares an image of Docker 26 (trixie) with that of Docker 28 (sid): they are one.
@pytest.mark.parametrize("suite", ["sid", pytest.param("trixie", marks=pytest.mark.long)])
def test_two_engines_of_one_version_with_empty_caches_make_one_image(reproducible: Project, suite: str) -> None:
    digests = []
    for letter in "ab":
        with Engine(suite, name=f"{suite}-reproducible-{letter}", data="fresh") as engine:
            digests.append(built(reproducible, engine).digest)

    assert digests[0] == digests[1]


def test_engines_of_two_versions_make_the_same_content(
    docker28: Engine, docker26: Engine, reproducible: Project
) -> None:
    """Their gzip differs, so do the digests of layers and manifests; configs and the contents of layers do not."""
    new, old = built(reproducible, docker28), built(reproducible, docker26)

    assert new.configs == old.configs
    assert new.digest != old.digest


def test_engines_of_two_versions_make_one_image_without_compression(
    docker28: Engine, docker26: Engine, reproducible: Project
) -> None:
    options = ("compression=uncompressed", "force-compression=true")

    assert built(reproducible, docker28, *options).digest == built(reproducible, docker26, *options).digest


def test_provenance_leaves_the_manifest_of_a_platform_as_it_is(engine: DockerEngine, reproducible: Project) -> None:
    """It contains a date, so the index differs; a platform pulls the same manifest."""
    without, with_it = built(reproducible, engine), built(reproducible, engine, attest=True)

    assert without.manifests == with_it.manifests
    assert without.digest != with_it.digest


@pytest.mark.parametrize("release", [OLDEST, "v0.4.9", NEWEST])
def test_no_layer_holds_the_log_of_kairos_init(
    engine: DockerEngine, project: Project, base: str, kairos_init: Callable[[str], str], release: str
) -> None:
    """Nor a folder for it, which would carry the time of the build."""
    project.write(f"base: {base}\nkairos_init: {kairos_init(release)}\nversion: v1.0.0\n")
    archive = project.folder / "image.tar"

    project.must_build(engine, "--platform", "linux/amd64", "--output", f"type=oci,dest={archive}")

    names = oci.load(archive)["linux/amd64"].names()
    assert "etc/kairos-release" in names
    assert not {name for name in names if name.startswith(("var/log", "run/kairos"))}
