"""Tests the input of kairos-init's stages, and an image without them, on real engines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST
from tests.support.e2e import oci

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Project
    from tests.support.e2e.builds import Build
    from tests.support.engine import DockerEngine, Registry

CALLS = "etc/kairos/stand-in-calls"
# Install calls it, so it sees the environment of install.
PLUGIN = """#!/bin/sh
cat >/dev/null
case $1 in
*install) wc -c </run/secrets/token >/etc/length && cat /run/site/name >/etc/name ;;
esac
printf '{"state": "success", "data": "", "error": ""}'
"""


@pytest.fixture
def start(base: str, kairos_init: Callable[[str], str]) -> str:
    return f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"


def exported(project: Project, engine: DockerEngine, *arguments: str) -> tuple[Build, oci.Image]:
    archive = project.folder / "image.tar"
    words = ("--platform", "linux/amd64", "--output", f"type=oci,dest={archive}", *arguments)
    done = project.must_build(engine, *words)
    return done, oci.load(archive)["linux/amd64"]


def test_a_layer_on_a_kairos_image_runs_nothing_of_kairos_init(
    engine: DockerEngine, project: Project, start: str, registry: Registry, nonce: str
) -> None:
    result = f"{registry.address}/test/layered:{nonce}"
    project.write(start)
    project.must_build(engine, "--platform", "linux/amd64", "--output", f"type=image,name={result},push=true")
    project.write(
        f"base: {result}\nversion: v1.0.1\nconvert: false\n"
        f"hooks: {{after_install: [{{run: 'echo {nonce} >/etc/site'}}]}}\n"
        "cloud_config: [{name: 90_site.yaml, content: {hostname: site}}]\n"
        f"tests: [{{path: /etc/site, contains: {nonce}}}]\nlabels: {{org.example.site: a}}\n"
    )

    done, image = exported(project, engine)

    assert not any("kairos-init" in name or " kairos" in name for name in done.names)
    assert image.read("etc/site").strip() == nonce
    assert "hostname: site" in image.read("system/oem/90_site.yaml")
    assert 'KAIROS_VERSION="v1.0.0"' in image.read("etc/kairos-release")
    assert image.config["config"]["Labels"]["org.example.site"] == "a"


def test_install_sees_its_mounts_and_no_layer_has_them(engine: DockerEngine, project: Project, start: str) -> None:
    (project.folder / "plugin.sh").write_text(PLUGIN)
    (project.folder / "site").mkdir()
    (project.folder / "site" / "name").write_text("of the context")
    project.write(
        f"{start}provider: {{name: own, plugin: plugin.sh}}\ninstall:\n  mounts:\n"
        "    - {type: secret, id: token}\n    - {type: bind, source: site, target: /run/site}\n"
    )
    secret = project.folder / "token"
    arguments = ("--secret", f"id=token,src={secret}")

    secret.write_text("hush-hush")
    _, image = exported(project, engine, *arguments)
    secret.write_text("another one")
    again, _ = exported(project, engine, *arguments)

    assert image.read("etc/length").strip() == "9"
    assert image.read("etc/name") == "of the context"
    assert not [name for name in image.names() if name.startswith(("run/secrets", "run/site"))]
    assert "hush-hush" not in json.dumps(image.config)
    assert not again.vertex("install kairos").ran


def test_fips_for_init_alone_is_passed_to_init_alone(engine: DockerEngine, project: Project, start: str) -> None:
    project.write(f"{start}fips: true\ninstall: {{fips: false}}\n")

    _, image = exported(project, engine)

    calls = [json.loads(line.removeprefix("call ")) for line in image.read(CALLS).splitlines() if line[:4] == "call"]
    assert {call["stage"]: "--fips" in call["argv"] for call in calls} == {"install": False, "init": True}
