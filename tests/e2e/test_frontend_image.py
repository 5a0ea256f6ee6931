"""Tests the frontend image, which each CI runner pulls first."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.e2e import registry_api
from tests.support.images import FRONTEND_PLATFORMS
from tests.support.images import PLATFORMS as EMULATED

if TYPE_CHECKING:
    from tests.support.engine import Engine

PLATFORMS = FRONTEND_PLATFORMS.split(",")
MACHINE = re.compile(r"(x86_64|aarch64|riscv64)-linux-gnu")
RUN = EMULATED.split(",")  # the engines run no riscv64; its files are compared with those of the others


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_is_one_layer(frontend: str, platform: str) -> None:
    manifest = registry_api.platforms(frontend)[platform]

    assert len(manifest["layers"]) == 1


@pytest.mark.parametrize("platform", PLATFORMS)
def test_its_config_is_what_buildkit_reads(frontend: str, platform: str) -> None:
    config = registry_api.config(frontend, registry_api.platforms(frontend)[platform])["config"]

    assert config["Labels"]["moby.buildkit.frontend.network.none"] == "true"
    assert "moby.buildkit.frontend.caps" in config["Labels"]
    assert "PATH=/usr/bin" in config["Env"]
    assert config["Entrypoint"][0] == "/usr/bin/python3.13"


@pytest.mark.parametrize("platform", RUN)
def test_its_program_starts_on_each_platform(frontend: str, docker28: Engine, platform: str) -> None:
    """Without a daemon at its pipes it prints an error, so interpreter, libraries and our code are present."""
    command = ["docker", "run", "--rm", "--pull", "always", "--platform", platform, "-i", "-e", "BUILDKIT_SESSION_ID=x"]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    done = docker28.run([*command, frontend], **pipes)

    assert done.returncode == 1
    assert "the BuildKit daemon closed the connection" in done.stderr


READ = (
    "from kairosfile import build, sections, subrequests; from kairosfile.gateway import status, subrequests;"
    "from kairosfile.sections.hooks.records import STEP_VERB; [kind.load() for kind in STEP_VERB.kinds.values()];"
    "from kairosfile.language import Source; from kairosfile.plan.resolve import resolve;"
    "text = 'base: debian:13\\nversion: v1.0.0\\nprovider: k3s\\nhooks: {after_install: [{packages: [a]}]}\\n';"
    "text += 'tests: [{path: /a}]\\nartifacts: {iso: {}}\\nmatrix: {variant: [core, standard]}\\n';"
    "print(len(resolve(sections.read(Source('K', text)), ['linux/amd64'])[0].steps))"
)


@pytest.mark.parametrize("platform", RUN)
def test_all_that_a_build_needs_is_there_on_each_platform(frontend: str, docker28: Engine, platform: str) -> None:
    """Extension modules too: an image of another platform than the builder's could lack them and still start."""
    command = ["docker", "run", "--rm", "--pull", "always", "--platform", platform]
    done = docker28.run([*command, "--entrypoint", "/usr/bin/python3.13", frontend, "-I", "-S", "-c", READ])

    assert (done.stdout.strip(), done.returncode) == ("9", 0), done.stderr


def test_each_platform_has_the_same_modules(frontend: str, docker28: Engine) -> None:
    """Our code, the standard library and the extension modules, whose names end in the platform."""
    modules = {
        platform: sorted(
            MACHINE.sub("", name) for name in listed(docker28, frontend, platform) if "/lib/python3" in name
        )
        for platform in PLATFORMS
    }

    assert any(name.endswith(".so") for name in modules[PLATFORMS[0]])
    assert all(modules[platform] == modules[PLATFORMS[0]] for platform in PLATFORMS)


def test_it_holds_no_shell_no_pip_and_no_source(frontend: str, docker28: Engine) -> None:
    listing = listed(docker28, frontend, "linux/amd64")
    names = {name.rsplit("/", 1)[-1] for name in listing}
    assert {"kairos-frontend.pyc", "modules"} <= names
    assert set() == {"sh", "bash", "dash", "pip", "gcc"} & names
    assert [name for name in listing if name.endswith(".py")] == []


def listed(docker28: Engine, image: str, platform: str) -> list[str]:
    created = docker28.run(["docker", "create", "--pull", "always", "--platform", platform, image]).stdout.strip()
    try:
        return docker28.run(["sh", "-c", f"docker export {created} | tar -t"]).stdout.split()
    finally:
        docker28.run(["docker", "rm", created])
