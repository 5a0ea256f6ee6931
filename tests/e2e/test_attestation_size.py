"""SBOMs of the sizes that builders refuse, and of those near them; the scanner is the stand-in, which pads them.

Docker 26.1 refuses more than 16 MiB. The engines of these tests are older than the limits of BuildKit 0.32.2 and newer,
whose words are in tests/unit/cli/test_build.py.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.e2e.test_cli_build import COMMAND, on_a_terminal, run
from tests.support import images
from tests.support.e2e import oci, registry_api

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import Engine

MIB = 1 << 20
AMD64 = ("--platform", "linux/amd64")


@pytest.fixture
def example_project(project: Project, base: str, kairos_init: Callable[[str], str], nonce: str) -> Project:
    """A project whose image has its own label."""
    project.write(f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\nlabels: {{of: '{nonce}'}}\n")
    return project


def test_an_sbom_near_the_limit_is_warned_of_once_it_is_pushed(
    docker28: Engine, example_project: Project, nonce: str
) -> None:
    name = f"{images.REGISTRY}/size/{nonce}:v1"
    scanner = images.push_scanner(docker28, 31 * MIB)

    done = run(docker28, example_project, "-t", name, *AMD64, "--push", "--sbom", scanner)
    result = docker28.run([COMMAND, "verify", "--strict", "--file", "Kairosfile", name], cwd=example_project.folder)

    assert done.returncode == 0, done.stderr
    warning = "linux/amd64: the SBOM has 31 MiB; Docker 26.1 refuses more than 16 MiB, BuildKit 0.32.2 more than 40"
    assert f"kairosfile: {warning}" in done.stderr
    assert "-> build with BuildKit 0.33 or newer, or with a scanner that lists no files: --sbom IMAGE" in done.stderr
    assert result.returncode == 0, result.stdout
    assert f"warning  size        {warning}" in result.stdout
    assert "ok       size        linux/amd64: SBOM 31 MiB, provenance " in result.stdout


def test_an_sbom_of_a_usual_size_is_not_warned_of(docker28: Engine, example_project: Project, nonce: str) -> None:
    name = f"{images.REGISTRY}/size/{nonce}:v1"

    done = run(docker28, example_project, "-t", name, *AMD64, "--push", "--sbom", images.push_scanner(docker28))

    assert done.returncode == 0, done.stderr
    assert "kairosfile: " not in done.stderr


def test_an_option_that_a_builder_refuses_is_reported_with_a_command_that_works(
    docker26: Engine, example_project: Project, nonce: str
) -> None:
    name = f"{images.REGISTRY}/size/{nonce}:v1"
    push = ("-t", name, *AMD64, "--push", "--sbom", images.push_scanner(docker26, 17 * MIB))

    plain = run(docker26, example_project, *push)
    status, visited = on_a_terminal(docker26, example_project, *push)

    message = "kairosfile: the SBOM of linux/amd64, 17 MiB, is larger than the 16 MiB that this builder takes.\n"
    again = f"kairosfile build -t {name} --platform linux/amd64 --push --sbom off"
    message += (
        "The image itself is built, and all its steps are cached; nothing was pushed. Without the SBOM, in seconds:\n"
    )
    message += f"  {again}\n"
    assert plain.returncode == status == 1
    assert plain.stderr.count("kairosfile: ") == visited.count("kairosfile: ") == 1
    assert message in plain.stderr
    assert message in visited
    with pytest.raises(LookupError):
        registry_api.digest(name)

    done = docker26.run([COMMAND, *shlex.split(again)[1:]], cwd=example_project.folder, timeout=300)

    assert done.returncode == 0, done.stderr
    assert "init kairos v1.0.0\n" in done.stderr
    assert "CACHED" in done.stderr
    assert registry_api.digest(name)


def test_the_same_is_refused_of_a_dockerfile(docker26: Engine, example_project: Project, base: str) -> None:
    (example_project.folder / "Dockerfile").write_text(f"FROM {base}\nRUN true\n")
    scanner = images.push_scanner(docker26, 17 * MIB)
    output = f"type=oci,dest={example_project.folder / 'image.tar'}"

    done = docker26.run(
        [
            "docker",
            "buildx",
            "build",
            *AMD64,
            "--sbom",
            f"generator={scanner}",
            "-o",
            output,
            str(example_project.folder),
        ]
    )

    assert done.returncode == 1
    assert "trying to send message larger than max" in done.stderr


def test_other_builders_take_it(docker28: Engine, example_project: Project) -> None:
    archive = example_project.folder / "image.tar"
    scanner = images.push_scanner(docker28, 17 * MIB)

    example_project.must_build(docker28, *AMD64, "--sbom", f"generator={scanner}", "-o", f"type=oci,dest={archive}")

    (statements,) = oci.attestations(archive).values()
    assert len(statements["https://spdx.dev/Document"]["predicate"]["comment"]) > 17 * MIB


@pytest.mark.parametrize("kind", ["local", "tar"])
def test_a_result_that_is_not_an_image_has_no_such_limit(docker26: Engine, example_project: Project, kind: str) -> None:
    scanner = images.push_scanner(docker26, 17 * MIB)

    example_project.must_build(
        docker26, *AMD64, "--sbom", f"generator={scanner}", "-o", f"type={kind},dest={example_project.folder / 'out'}"
    )
