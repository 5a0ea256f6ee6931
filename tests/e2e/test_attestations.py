"""Tests the attestations of an image: provenance and SBOM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support import images
from tests.support.e2e import oci

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.support.engine import DockerEngine, Engine

PROVENANCE, SPDX = "https://slsa.dev/provenance/v0.2", "https://spdx.dev/Document"
METADATA = "https://mobyproject.org/buildkit@v1#metadata"
DEBIAN = "localhost:5000/test/debian:13"
BOTH = ("--platform", "linux/amd64,linux/arm64")
PLATFORMS = {"linux/amd64", "linux/arm64"}

Statements = dict[str, dict[str, dict[str, Any]]]


@pytest.fixture(scope="session")
def scanner(docker28: Engine) -> str:
    """The stand-in for an SBOM scanner."""
    return images.push_scanner(docker28)


@pytest.fixture
def recipe(project: Project, base: str, kairos_init: Callable[[str], str]) -> Project:
    """A Kairosfile that uses images of every role, a secret, an arg and a provider."""
    (project.folder / "token").write_text("hush-hush")
    project.write(
        f"base: {base}\nprovider: {{name: k3s, version: v1.33.1+k3s1}}\nkairos_init: {kairos_init(NEWEST)}\n"
        "version: v1.0.0\nargs: {WORD: plain, QUIET: plain}\nhooks:\n  after_install:\n"
        "    - run: test -s /run/secrets/token && echo $WORD > /etc/word\n"
        "      mounts: [{type: secret, id: token}]\n"
        f"    - copy: usr/share/base-files/motd\n      from: {DEBIAN}\n      to: /etc/\n"
    )
    return project


def attested(project: Project, engine: DockerEngine, *arguments: str) -> Statements:
    """Return the attestations of each platform."""
    archive = project.folder / "image.tar"
    secret = ("--secret", f"id=token,src={project.folder / 'token'}")
    project.must_build(engine, *BOTH, *secret, "--output", f"type=oci,dest={archive}", *arguments)
    return oci.attestations(archive)


def materials(statement: dict[str, Any]) -> dict[str, str]:
    """Return the digest of each material by its name and tag."""
    actual = {}
    for material in statement["predicate"]["materials"]:
        name = material["uri"].removeprefix("pkg:docker/").partition("?")[0].replace("%3A", ":").replace("%2F", "/")
        actual[name] = material["digest"]["sha256"]
    return actual


def as_package(reference: str) -> str:
    """Return an image's name as a package URL has it."""
    name, _, tag = reference.rpartition(":")
    return f"{name}@{tag}"


@pytest.mark.parametrize("mode", ["min", "max"])
def test_provenance_names_the_kairosfile_and_every_image_with_its_digest(
    engine: DockerEngine, recipe: Project, base: str, kairos_init: Callable[[str], str], frontend: str, mode: str
) -> None:
    actual = attested(recipe, engine, f"--provenance=mode={mode}")

    assert set(actual) == PLATFORMS
    for platform, statements in actual.items():
        statement = statements[PROVENANCE]
        used = materials(statement)
        assert set(used) == {as_package(it) for it in (base, kairos_init(NEWEST), DEBIAN, frontend)}
        assert all(len(digest) == 64 for digest in used.values())
        assert statement["predicate"]["invocation"]["configSource"]["entryPoint"] == "Kairosfile"
        own = [it["uri"] for it in statement["predicate"]["materials"] if "?platform=" in it["uri"]]
        assert all(uri.endswith(platform.replace("/", "%2F")) for uri in own)
        assert len(own) == 3


def test_maximal_provenance_shows_the_kairosfile_and_the_lines_of_each_operation(
    engine: DockerEngine, recipe: Project
) -> None:
    statement = attested(recipe, engine, "--provenance=mode=max")["linux/arm64"][PROVENANCE]

    predicate = statement["predicate"]
    source = predicate["metadata"][METADATA]["source"]
    (file,) = source["infos"]
    assert (file["filename"], file["language"]) == ("Kairosfile", "YAML")
    lines = {
        operation["id"]: [
            line
            for place in source["locations"].get(operation["id"], {}).get("locations", [])
            for span in place["ranges"]
            for line in range(span["start"]["line"], span["end"]["line"] + 1)
        ]
        for operation in predicate["buildConfig"]["llbDefinition"]
    }
    by_text = {json.dumps(it["op"]): lines[it["id"]] for it in predicate["buildConfig"]["llbDefinition"]}

    def place(*words: str) -> list[int]:
        (actual,) = [spots for text, spots in by_text.items() if all(word in text for word in words)]
        return actual

    assert place('"source"', "test/base") == [2]
    assert place('"source"', "kairos-init-stand-in") == [4]
    assert place('"source"', "test/debian") == [12]
    assert place("/run/secrets/token") == [9, 10]
    assert place('"copy"', "base-files") == [11, 12, 13]
    assert 4 in place('"exec"', '"install"')
    assert 5 in place('"exec"', '"init"')


def leaks(statement: dict[str, Any], words: Iterable[str]) -> list[str]:
    text = json.dumps(statement)
    return [word for word in words if word in text]


def test_no_attestation_holds_a_secret_and_the_minimal_one_no_build_arg(engine: DockerEngine, recipe: Project) -> None:
    """The maximal one has the id of every secret, every build arg, used or not, and the commands."""
    args = ("--build-arg", "WORD=loud-word", "--build-arg", "QUIET=quiet-word", "--build-arg", "OTHER=other-word")
    words = ("hush-hush", "loud-word", "quiet-word", "other-word", '"token"')

    least = attested(recipe, engine, "--provenance=mode=min", *args)["linux/amd64"][PROVENANCE]
    most = attested(recipe, engine, "--provenance=mode=max", *args)["linux/amd64"][PROVENANCE]

    assert leaks(least, words) == []
    assert leaks(most, words) == ["loud-word", "quiet-word", "other-word", '"token"']
    assert most["predicate"]["invocation"]["parameters"]["secrets"] == [{"id": "token"}]


def test_the_sbom_lists_the_image_and_not_the_tools_that_built_it(
    engine: DockerEngine, recipe: Project, scanner: str
) -> None:
    """The scanner has the builder's platform; BuildKit 0.13 does not pass other options of `--attest` to it."""
    actual = attested(recipe, engine, "--attest", f"type=sbom,generator={scanner},WORD=heard", "--provenance=mode=max")

    assert set(actual) == PLATFORMS
    for statements in actual.values():
        document = statements[SPDX]["predicate"]
        files = {file["fileName"] for file in document["files"]}
        assert document["spdxVersion"] == "SPDX-2.3"
        assert document["comment"].startswith("made on x86_64")
        assert document["comment"].endswith("heard" if engine.name == "sid" else "no word")
        assert {"./etc/kairos-release", "./usr/bin/kairos-agent", "./etc/word", "./etc/motd"} <= files
        assert not {name for name in files if "kairos-init" in name and not name.startswith("./etc/kairos/")}
        assert not {name for name in files if name.startswith(("./run/", "./usr/share/base-files", "./bin/scan"))}
        assert not document.get("packages")


def test_the_scanner_is_no_material(engine: DockerEngine, recipe: Project, scanner: str) -> None:
    """The daemon runs it on the build result."""
    actual = attested(recipe, engine, "--attest", f"type=sbom,generator={scanner}", "--provenance=mode=min")

    for statements in actual.values():
        assert as_package(scanner) not in materials(statements[PROVENANCE])


def test_the_sbom_lists_the_packages_of_a_debian(
    engine: DockerEngine, recipe: Project, scanner: str, kairos_init: Callable[[str], str]
) -> None:
    recipe.write(f"base: {DEBIAN}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n")
    archive = recipe.folder / "image.tar"
    sbom = ("--attest", f"type=sbom,generator={scanner}", "--platform", "linux/amd64")

    recipe.must_build(engine, *sbom, "--output", f"type=oci,dest={archive}")

    packages = {it["name"]: it for it in oci.attestations(archive)["linux/amd64"][SPDX]["predicate"]["packages"]}
    assert {"apt", "dpkg", "libc6"} <= set(packages)
    assert all(it["versionInfo"] and it["downloadLocation"] for it in packages.values())


def test_the_same_is_attested_of_a_dockerfile(docker28: DockerEngine, recipe: Project, base: str, scanner: str) -> None:
    """The daemon sets the form of both attestations: Docker's own frontend and ours give the same."""
    dockerfile = recipe.folder / "Dockerfile"
    dockerfile.write_text(f"FROM {base}\nRUN echo made > /etc/made\n")
    ours = attested(recipe, docker28, "--attest", f"type=sbom,generator={scanner}", "--provenance=mode=max")
    theirs = attested_dockerfile(
        recipe, docker28, "--attest", f"type=sbom,generator={scanner}", "--provenance=mode=max"
    )

    assert set(theirs) == set(ours)
    for platform, statements in theirs.items():
        assert set(statements) == set(ours[platform])
        for kind, statement in statements.items():
            assert set(statement["predicate"]) == set(ours[platform][kind]["predicate"])


def attested_dockerfile(project: Project, engine: DockerEngine, *arguments: str) -> Statements:
    archive = project.folder / "dockerfile.tar"
    command = ["docker", "buildx", "build", *BOTH, "--output", f"type=oci,dest={archive}", *arguments]
    done = engine.run([*command, "-f", str(project.folder / "Dockerfile"), str(project.folder)])
    assert done.returncode == 0, done.stderr
    return oci.attestations(archive)
