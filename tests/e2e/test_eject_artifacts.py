"""Tests that the output of `kairosfile eject` builds the same artifacts with the engine's Dockerfile frontend.

The tests compare names and, file by file, contents: ISOs and disks contain their creation time.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.e2e.artifacts import EXTRACT, PUBLIC, built, check_sums, contents, look, secrets
from tests.support.engine import Engine
from tests.support.standins.auroraboot.releases import NEWEST as AURORABOOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Project
    from tests.support.e2e.builds import Build

pytestmark = pytest.mark.docker26_is_long

COMMAND = str(Path(sys.executable).with_name("kairosfile"))
SYNTAX = "# syntax=docker/dockerfile:1\n"  # an image that these engines cannot pull
STEM = "kairos-debian-13-core-amd64-generic-v1.2.3"


@pytest.fixture
def ejected(project: Project) -> Callable[..., Project]:
    """Return a function that writes a Kairosfile and gives the Dockerfile that it is ejected to, as a project too."""
    (project.folder / "install.yaml").write_text("#cloud-config\nhostname: installed\n")
    (project.folder / "over").mkdir()
    (project.folder / "over" / "extra").write_text("mine")

    def eject(text: str, platform: str = "linux/amd64", syntax: str = "") -> Project:
        project.write(text)
        command = [COMMAND, "eject", "--platform", platform, "-o", "Dockerfile", "--force"]
        subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=True)
        dockerfile = project.folder / "Dockerfile"
        dockerfile.write_text(syntax + dockerfile.read_text().removeprefix(SYNTAX))
        return type(project)(project.folder, project.header, "Dockerfile")

    return eject


def same(engine: Engine, project: Project, ejected: Project, image: str, target: str, *arguments: str) -> Build:
    """Build a target of both and compare the results; return the build of the Dockerfile."""
    _, ours = built(project, engine, target, *arguments)
    names, inside = list(ours), contents(project, engine, image)
    done, theirs = built(ejected, engine, target, *arguments)
    check_sums(project)
    assert list(theirs) == names
    assert contents(project, engine, image) == inside
    return done


def test_an_ejected_dockerfile_makes_the_same_iso_and_netboot_files_and_keeps_what_a_new_version_leaves(
    engine: Engine,
    project: Project,
    ejected: Callable[..., Project],
    system: Callable[..., str],
    auroraboot: Callable[[str], str],
    nonce: str,
) -> None:
    section = "  iso: {cloud_config: install.yaml, overlay_rootfs: over, overlay_iso: over}\n  netboot:\n"
    dockerfile = ejected(system(section))

    done = same(engine, project, dockerfile, auroraboot(AURORABOOT), "artifacts")

    # The engine may have the netboot files from the Kairosfile's build: they are made of an ISO of the same content.
    assert ran(done) >= {"validate", "iso", "names"}
    again, _ = built(dockerfile, engine, "artifacts")
    assert ran(again) == set()
    bumped, files = built(dockerfile, engine, "iso", "--build-arg", f"VERSION=v1.2.3-{nonce}")
    assert ran(bumped) == {"init", "validate", "iso", "names"}
    assert [*files] == [f"{STEM}-{nonce}.iso", f"{STEM}-{nonce}.iso.sha256"]
    image = dockerfile.must_build(engine)
    assert not [name for name in image.names if "auroraboot" in name]


STEPS = {
    "install": "-s install",
    "init": "-s init",
    "validate": "[validate 1/2]",
    "iso": "build-iso",
    "netboot": "auroraboot netboot",
    "names": "/collect",
}


def ran(done: Build) -> set[str]:
    """Return which steps ran of a build of the Dockerfile."""
    names = [vertex.name for vertex in done.vertices.values() if vertex.ran]
    return {step for step, word in STEPS.items() if any(word in name and "COPY" not in name for name in names)}


def test_an_ejected_dockerfile_makes_the_same_ukis_with_keys_that_are_secrets(
    engine: Engine,
    project: Project,
    ejected: Callable[..., Project],
    system: Callable[..., str],
    keys: Path,
    auroraboot: Callable[[str], str],
) -> None:
    (project.folder / "public").mkdir()
    for name in PUBLIC[:3]:
        shutil.copy(keys / name, project.folder / "public")
    section = "  uki:\n    keys: {public_keys: public}\n    outputs: [iso, container, uki]\n    boot_branding: My OS\n"
    dockerfile = ejected(system(section, more="trusted_boot: true\n"))

    same(engine, project, dockerfile, auroraboot(AURORABOOT), "uki", *secrets(keys))

    assert "secret tpm2-pcr-private.pem: not found" in dockerfile.fails(
        engine, "--target", "uki", "--no-cache-filter", "auroraboot-uki-iso", *secrets(keys)[:4]
    )


def test_another_cloud_config_is_in_the_iso_where_its_stage_is_built_again(
    docker28: Engine, ejected: Callable[..., Project], system: Callable[..., str], auroraboot: Callable[[str], str]
) -> None:
    """As the comment at the top of the Dockerfile says, no cache key contains the secret."""
    dockerfile = ejected(system("  iso:\n    cloud_config: {secret: install}\n"))
    secret = dockerfile.folder / "secret.yaml"
    handed = ("--secret", f"id=install,src={secret}")
    visited = []
    for word in ("first", "second"):
        secret.write_text(f"#cloud-config\nhostname: {word}\n")
        done, _ = built(dockerfile, docker28, "iso", *handed, "--no-cache-filter", "iso-files")
        visited.append(look(dockerfile, docker28, auroraboot(AURORABOOT), f"{EXTRACT} && cp /iso/config.yaml /out/"))

    assert ran(done) == {"names"}
    assert [each["config.yaml"].split()[-1] for each in visited] == ["first", "second"]
    assert "--secret id=install --no-cache-filter iso-files" in (dockerfile.folder / "Dockerfile").read_text()


def test_an_arm64_iso_is_made_by_the_auroraboot_of_the_builder(
    docker28: Engine, ejected: Callable[..., Project], system: Callable[..., str]
) -> None:
    """The stand-in prints its machine type, which is aarch64 under emulation."""
    dockerfile = ejected(system("  iso:\n"), "linux/arm64")

    done, files = built(dockerfile, docker28, "iso", "--platform", "linux/arm64")

    assert next(iter(files)) == "kairos-debian-13-core-arm64-generic-v1.2.3.iso"
    assert "on x86_64" in done.vertex("build-iso").log


def test_an_artifact_of_the_dockerfile_waits_for_the_checks_and_buildkit_lints_it_clean(
    docker28: Engine, ejected: Callable[..., Project], system: Callable[..., str]
) -> None:
    tests = "tests: [{path: /etc/hostname-of-nobody}, {run: [test, -e, /etc]}]\n"
    dockerfile = ejected(system("  name: my-os\n  iso:\n  netboot:\n", more=tests))

    output = dockerfile.fails(docker28, "--target", "iso")

    assert "/etc/hostname-of-nobody\n" in output
    assert "build-iso" not in output.partition("ERROR")[0]
    check = ["docker", "buildx", "build", "--check", "-f", str(dockerfile.folder / "Dockerfile")]
    done = docker28.run([*check, str(dockerfile.folder)])
    assert "Check complete, no warnings found." in done.stdout + done.stderr


@pytest.mark.parametrize("suite", ["sid", "trixie"])
def test_the_same_disk_is_made_where_it_is_allowed(
    suite: str,
    pytestconfig: pytest.Config,
    project: Project,
    ejected: Callable[..., Project],
    system: Callable[..., str],
    auroraboot: Callable[[str], str],
) -> None:
    frontend = pytestconfig.getoption("--dockerfile-frontend")
    if not frontend:
        pytest.skip("RUN --security is docker/dockerfile:1.20's, which the engines lack: --dockerfile-frontend IMAGE")
    dockerfile = ejected(system("  name: my-os\n  raw:\n"), syntax=f"# syntax={frontend}\n")

    with Engine(suite, name=f"{suite}-eject-raw", data="fresh", entitled=True) as engine:
        allowed = ("--allow", "security.insecure")
        same(engine, project, dockerfile, auroraboot(AURORABOOT), "raw", *allowed)
        refused = dockerfile.fails(engine, "--target", "raw")

    assert "security.insecure" in refused
