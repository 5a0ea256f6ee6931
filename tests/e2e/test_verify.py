"""Tests `kairosfile build --push`, cosign with a key, and `kairosfile verify`, with a local registry."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from kairosfile.plan.image_config import BASE_DIGEST_LABEL
from kairosfile.plan.resolve import VERSION_LABEL
from tests import ROOT
from tests.e2e.conftest import NEWEST, Project
from tests.support import images
from tests.support.e2e import cosign, registry_api
from tests.support.e2e.faulty_registry import FaultyRegistry

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import DockerEngine, Engine, Registry

pytestmark = pytest.mark.docker26_is_long

COMMAND = str(Path(sys.executable).with_name("kairosfile"))
SIGN = ROOT / "examples" / "ci" / "sign.sh"


class Verified(NamedTuple):
    """The result of `kairosfile verify`: its exit status, and the status of each check."""

    exit_code: int
    findings: list[tuple[str, str]]
    text: str

    def status(self, check: str) -> set[str]:
        """Return the statuses of a check on all platforms."""
        return {status for name, status in self.findings if name == check}


class Pushed(NamedTuple):
    """An image that was pushed from a project."""

    project: Project
    engine: DockerEngine
    name: str

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the project, with docker, kairosfile and cosign on PATH."""
        tools = cosign.environment()
        path = f"{self.engine.env()['PATH']}{os.pathsep}{tools['PATH']}"
        environment = {**tools, **self.engine.env(), "PATH": path, **variables}
        done = subprocess.run(
            words, cwd=self.project.folder, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode in {0, 1}, done.stderr
        return done

    def verify(self, *words: str) -> Verified:
        """Return the JSON output of `kairosfile verify`."""
        done = self.run(COMMAND, "verify", "--format", "json", *words, self.name)
        data: dict[str, Any] = json.loads(done.stdout)
        assert data["schema"] == "kairosfile.verify/1"
        return Verified(done.returncode, [(one["check"], one["status"]) for one in data["findings"]], done.stdout)


@pytest.fixture
def example_project(project: Project, base: str, kairos_init: Callable[[str], str], nonce: str) -> Project:
    """A project whose image has its own label."""
    project.write(f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\nlabels: {{of: '{nonce}'}}\n")
    return project


@pytest.fixture
def pushed(engine: DockerEngine, docker28: Engine, example_project: Project, nonce: str) -> Pushed:
    """An image of two platforms, built and pushed by the command with all evidence."""
    image = Pushed(example_project, engine, f"{images.REGISTRY}/verify/{nonce}:v1.0.0")
    evidence = ("--push", "--sbom", images.push_scanner(docker28), "--platform", "linux/amd64,linux/arm64")
    done = image.run(COMMAND, "build", "-t", image.name, *evidence)
    assert done.returncode == 0, done.stderr
    return image


def test_what_the_command_pushes_holds_all_evidence_and_agrees_with_its_file(pushed: Pushed) -> None:
    result = pushed.verify("--file", "Kairosfile", "--strict")

    assert result.exit_code == 0, result.text
    assert result.status("provenance") == result.status("sbom") == result.status("labels") == {"ok"}
    assert [item for item in result.findings if item[0] == "release"] == [("release", "ok")] * 2
    assert (
        "linux/arm64: KAIROS_VERSION v1.0.0, KAIROS_VARIANT core, KAIROS_MODEL generic, KAIROS_ARCH arm64"
        in result.text
    )
    assert [name for name, _ in result.findings].count("kairosfile") == 2
    assert result.status("kairosfile") == {"ok"}
    assert result.status("signature") == {"unknown"}


def test_a_changed_file_is_reported_with_its_difference(pushed: Pushed) -> None:
    path = pushed.project.folder / "Kairosfile"
    path.write_text(path.read_text().replace("v1.0.0", "v1.0.1"))

    result = pushed.verify("--file", "Kairosfile")

    assert result.exit_code == 1
    assert "error" in result.status("labels")
    assert "KAIROS_VERSION is v1.0.0 in the image, Kairosfile says v1.0.1" in result.text
    assert result.status("kairosfile") == {"error"}
    assert "such as - version: v1.0.0" in result.text


def test_a_changed_included_file_is_reported_with_its_difference(
    engine: DockerEngine, example_project: Project, nonce: str
) -> None:
    image = Pushed(example_project, engine, f"{images.REGISTRY}/verify/{nonce}:v1.0.0")
    with (example_project.folder / "Kairosfile").open("a") as file:
        file.write("include: [more.yaml]\n")
    (example_project.folder / "more.yaml").write_text("hooks: {after_init: [{run: touch /etc/one}]}\n")
    example_project.must_build(engine, "--push", "-t", image.name, "--provenance=mode=max", "--platform", "linux/amd64")

    same = image.verify("--file", "Kairosfile")
    (example_project.folder / "more.yaml").write_text("hooks: {after_init: [{run: touch /etc/two}]}\n")
    other = image.verify("--file", "Kairosfile")

    assert (same.exit_code, other.exit_code) == (0, 1)
    assert [item for item in same.findings if item[0] == "kairosfile"] == [("kairosfile", "ok")] * 2
    assert "linux/amd64: made from another file than more.yaml: 2 lines differ, such as - hooks:" in other.text


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ("rm /etc/kairos-release", "error", "linux/amd64: /etc/kairos-release is missing"),
        ("sed -i s/v1.0.0/v9.9.9/ /etc/kairos-release", "error", "KAIROS_VERSION is v9.9.9 in the image, the label"),
    ],
)
def test_the_file_inside_counts_as_the_last_layers_leave_it(
    pushed: Pushed, change: str, status: str, message: str
) -> None:
    changed = pushed._replace(name=f"{pushed.name}-changed")
    (pushed.project.folder / "Dockerfile").write_text(f"FROM {pushed.name}\nRUN {change}\n")
    words = ("--platform", "linux/amd64", "--push", "-t", changed.name, ".")
    assert pushed.run("docker", "buildx", "build", *words).returncode == 0

    result = changed.verify()

    assert status in result.status("release")
    assert message in result.text


def test_a_registry_that_refuses_a_layer_or_breaks_it_off_is_a_finding(pushed: Pushed) -> None:
    last = registry_api.platforms(pushed.name)["linux/amd64"]["layers"][-1]["digest"]
    with FaultyRegistry() as faulty:
        behind = pushed._replace(name=pushed.name.replace(images.REGISTRY, faulty.address))
        host = faulty.address.partition("/")[0]
        faulty.denied = last
        denied = behind.verify()
        faulty.denied, faulty.cut = "", last
        cut = behind.verify()

    assert (denied.exit_code, cut.exit_code) == (1, 1)
    assert f"linux/amd64: /etc/kairos-release cannot be read: {host} denies access" in denied.text
    assert f"linux/amd64: /etc/kairos-release cannot be read: {host}" in cut.text


def test_a_label_that_was_changed_in_the_registry_contradicts_the_other_evidence(pushed: Pushed) -> None:
    changed = {VERSION_LABEL: "v9.9.9", BASE_DIGEST_LABEL: f"sha256:{'0' * 64}"}
    forged = pushed._replace(name=registry_api.relabelled(pushed.name, "linux/amd64", changed))

    result = forged.verify()

    assert result.exit_code == 1
    assert "linux/amd64: KAIROS_VERSION is v1.0.0 in the image, the label" in result.text
    digest = f"sha256:{'0' * 64}"
    assert (
        f"linux/amd64: the base's digest in the label, {digest}, is not of an image that the build used" in result.text
    )
    assert "do not trust the labels of this image" in result.text
    image, forgery = (registry_api.manifests(it.name)["linux/amd64"] for it in (pushed, forged))
    assert f"linux/amd64: it was made for another image: it names {image}, this is {forgery}" in result.text
    assert "linux/arm64" not in "".join(one for one in result.text.splitlines() if "v9.9.9" in one)


def test_a_missing_sbom_is_reported_with_how_to_add_one(
    engine: DockerEngine, example_project: Project, nonce: str
) -> None:
    image = Pushed(example_project, engine, f"{images.REGISTRY}/verify/{nonce}:v1.0.0")
    image.run(COMMAND, "build", "-t", image.name, "--push", "--sbom", "off", "--platform", "linux/amd64")

    result, strict = image.verify("--file", "Kairosfile"), image.verify("--strict")

    assert (result.exit_code, strict.exit_code) == (0, 1)
    assert result.status("sbom") == {"warning"}
    assert result.status("provenance") == result.status("kairosfile") == {"ok"}
    assert "linux/amd64: no SBOM" in result.text
    assert "build it with --sbom=true, as `kairosfile build --push` does" in result.text


def test_provenance_of_slsa_1_is_read_as_that_of_0_2(docker28: Engine, example_project: Project, nonce: str) -> None:
    """BuildKit 0.13 knows no `version=` and writes 0.2."""
    image = Pushed(example_project, docker28, f"{images.REGISTRY}/verify/{nonce}:v1.0.0")
    example_project.must_build(
        docker28, "--push", "-t", image.name, "--provenance=mode=max,version=v1", "--platform", "linux/amd64"
    )

    result = image.verify("--file", "Kairosfile")
    (example_project.folder / "Kairosfile").write_text("base: another:1\nversion: v1.0.0\n")
    other = image.verify("--file", "Kairosfile")

    shown = image.run("docker", "buildx", "imagetools", "inspect", image.name, "--format", "{{json .Provenance.SLSA}}")
    assert set(json.loads(shown.stdout)) == {"buildDefinition", "runDetails"}
    assert result.exit_code == 0, result.text
    assert result.status("provenance") == result.status("kairosfile") == {"ok"}
    assert "linux/amd64: made from Kairosfile and 3 images or files" in result.text
    assert other.status("kairosfile") == {"error"}


def test_layers_packed_with_zstd_are_read(engine: DockerEngine, example_project: Project, nonce: str) -> None:
    image = Pushed(example_project, engine, f"{images.REGISTRY}/verify/{nonce}:v1.0.0")
    packed = f"type=image,name={image.name},push=true,compression=zstd,force-compression=true"

    example_project.must_build(engine, "-o", packed, "--provenance=mode=max", "--platform", "linux/amd64")

    layers = registry_api.platforms(image.name)["linux/amd64"]["layers"]
    assert {layer["mediaType"].rpartition("+")[2] for layer in layers} == {"zstd"}
    result = image.verify("--file", "Kairosfile")
    assert result.exit_code == 0, result.text
    assert result.status("release") == {"ok"}


def test_the_script_for_ci_signs_with_a_key_and_without_a_transparency_log(pushed: Pushed) -> None:
    for name in ("own", "other"):
        pushed.run("cosign", "generate-key-pair", "--output-key-prefix", name)
    unsigned = pushed.verify("--key", "own.pub")
    signed = pushed.run(
        str(SIGN), "--allow-http-registry", IMAGE=pushed.name, COSIGN_KEY="own.key", COSIGN_PUB="own.pub"
    )

    assert signed.returncode == 0, signed.stderr
    assert "is signed with the key of own.pub" in signed.stdout
    digest = registry_api.digest(pushed.name)
    name = pushed.name.rpartition(":")[0]
    assert (unsigned.exit_code, unsigned.status("signature")) == (1, {"error"})
    assert f"{digest} has no signature" in unsigned.text
    assert f"cosign sign --key cosign.key {name}@{digest}" in unsigned.text
    assert pushed.verify("--key", "own.pub").status("signature") == {"ok"}
    other = pushed.verify("--key", "other.pub")
    assert (other.exit_code, other.status("signature")) == (1, {"error"})
    assert f"{digest} is signed, but not with the key of other.pub" in other.text
    assert "cosign cannot tell whether" in (missing := pushed.verify("--key", "nowhere.pub")).text
    assert "open nowhere.pub: no such file" in missing.text


def test_an_image_without_evidence_passes_unless_all_must_be_there(
    engine: DockerEngine, project: Project, registry: Registry, nonce: str
) -> None:
    bare = Pushed(project, engine, f"{registry.address}/verify/{nonce}:bare")
    release = r"RUN printf 'KAIROS_VERSION=\"v1.0.0\"\n' > /etc/kairos-release"
    (project.folder / "Dockerfile").write_text(f"FROM {registry.address}/test/base:1\n{release}\n")
    words = ("--provenance=false", "--platform", "linux/amd64", "--push", "-t", bare.name, ".")
    assert bare.run("docker", "buildx", "build", *words).returncode == 0

    result = bare.verify()

    assert result.exit_code == 0, result.text
    assert result.status("provenance") == {"warning"}
    assert bare.verify("--strict").exit_code == 1


def test_an_image_that_claims_nothing_of_kairos_fails(
    engine: DockerEngine, project: Project, registry: Registry
) -> None:
    result = Pushed(project, engine, f"{registry.address}/test/base:1").verify()

    assert result.exit_code == 1
    assert result.status("release") == {"error"}
    assert "this is not a Kairos image" in result.text
