"""Tests source policies: pins, denials and redirects apply to every image of a Kairosfile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e import oci, registry_api

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.support.engine import DockerEngine

DEBIAN = "localhost:5000/test/debian:13"
VARIABLE = "EXPERIMENTAL_BUILDKIT_SOURCE_POLICY"

Rule = dict[str, Any]


@pytest.fixture
def recipe(project: Project, base: str, kairos_init: Callable[[str], str]) -> Project:
    project.write(
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"
        f"hooks:\n  after_install:\n    - copy: etc/debian_version\n      from: {DEBIAN}\n      to: /etc/\n"
    )
    return project


def deny(reference: str) -> Rule:
    return {"action": "DENY", "selector": {"identifier": f"docker-image://{reference}"}}


def convert(reference: str, other: str) -> Rule:
    selector = {"identifier": f"docker-image://{reference}"}
    return {"action": "CONVERT", "selector": selector, "updates": {"identifier": other}}


def under(project: Project, engine: DockerEngine, *rules: Rule) -> subprocess.CompletedProcess[str]:
    """Build under a policy, to an archive."""
    policy = project.folder / "policy.json"
    policy.write_text(json.dumps({"rules": rules}))
    command = ["docker", "buildx", "build", "--progress", "plain", "--platform", "linux/amd64", "--provenance=mode=min"]
    command += ["--output", f"type=oci,dest={project.folder / 'image.tar'}", "-f", str(project.folder / "Kairosfile")]
    setting = ["env", f"{VARIABLE}={policy}"]
    return engine.run([*setting, *command, str(project.folder)], timeout=300)


def built(project: Project, engine: DockerEngine, *rules: Rule) -> oci.Image:
    done = under(project, engine, *rules)
    assert done.returncode == 0, done.stderr
    return oci.load(project.folder / "image.tar")["linux/amd64"]


@pytest.mark.parametrize("image", ["base", "kairos_init", "from"])
def test_a_denied_image_is_an_error_at_its_line(
    engine: DockerEngine, recipe: Project, base: str, kairos_init: Callable[[str], str], image: str
) -> None:
    reference = {"base": base, "kairos_init": kairos_init(NEWEST), "from": DEBIAN}[image]

    done = under(recipe, engine, deny(reference))

    assert done.returncode != 0
    marked = [line.partition(">>> ")[2].strip() for line in done.stderr.splitlines() if ">>> " in line]
    assert f"{image}: {reference}" in marked
    error = next(line for line in reversed(done.stderr.splitlines()) if line.startswith("ERROR: "))
    assert f"image {reference} is denied by the source policy" in error
    assert "docker login" not in error


def test_a_redirected_base_is_built_on_and_named(engine: DockerEngine, recipe: Project, base: str) -> None:
    image = built(recipe, engine, convert(base, f"docker-image://{DEBIAN}"))

    assert "ID=debian" in image.read("etc/os-release")
    assert "usr/bin/apt-get" in image.names()
    assert image.labels["org.opencontainers.image.base.name"] == DEBIAN
    assert image.labels["org.opencontainers.image.base.digest"] == registry_api.digest(DEBIAN)


def test_a_redirected_kairos_init_is_run(
    engine: DockerEngine, recipe: Project, kairos_init: Callable[[str], str]
) -> None:
    image = built(recipe, engine, convert(kairos_init(NEWEST), f"docker-image://{kairos_init('v0.16.0')}"))

    assert 'KAIROS_INIT_VERSION="v0.16.0"' in image.read("etc/kairos-release")


def test_a_pinned_image_is_the_one_of_the_pin(
    engine: DockerEngine, recipe: Project, base: str, kairos_init: Callable[[str], str]
) -> None:
    """The daemon does not resolve the tag: the pin of kairos-init is the digest of an older release."""
    newest, older = kairos_init(NEWEST), kairos_init("v0.16.0")
    rules = (
        convert(base, f"docker-image://{base}@{registry_api.digest(base)}"),
        convert(newest, f"docker-image://{newest}@{registry_api.digest(older)}"),
    )

    image = built(recipe, engine, *rules)

    assert 'KAIROS_INIT_VERSION="v0.16.0"' in image.read("etc/kairos-release")
    assert image.labels["org.opencontainers.image.base.digest"] == registry_api.digest(base)


def test_a_redirect_to_what_is_no_image_is_an_error_at_its_line(
    engine: DockerEngine, recipe: Project, base: str
) -> None:
    done = under(recipe, engine, convert(base, "https://localhost:5009/root.tar"))

    assert done.returncode != 0
    marked = [line.partition(">>> ")[2] for line in done.stderr.splitlines() if ">>> " in line]
    assert f"base: {base}" in marked
    assert "a source policy replaces it by https://localhost:5009/root.tar" in done.stderr


def test_a_policy_may_deny_everything_but_what_it_names(
    engine: DockerEngine, recipe: Project, base: str, kairos_init: Callable[[str], str], frontend: str
) -> None:
    """The policy of docs/guides/supply-chain.md: nothing from elsewhere, the frontend included."""
    allowed = [
        {"action": "ALLOW", "selector": {"identifier": f"docker-image://{reference}"}}
        for reference in (f"{base}*", f"{kairos_init(NEWEST)}*", f"{DEBIAN}*", f"{frontend}*")
    ]

    assert built(recipe, engine, deny("*"), *allowed)
    assert under(recipe, engine, deny("*"), *allowed[1:]).returncode != 0
