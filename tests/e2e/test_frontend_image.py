"""The frontend image itself: what each CI runner pulls before anything else can happen."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.e2e import registry_api

if TYPE_CHECKING:
    from tests.engine import Engine

LARGEST = 10_000_000
PLATFORMS = ["linux/amd64", "linux/arm64"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_is_one_layer_of_few_bytes(frontend: str, platform: str) -> None:
    manifest = registry_api.platforms(frontend)[platform]

    assert len(manifest["layers"]) == 1
    assert sum(layer["size"] for layer in manifest["layers"]) < LARGEST


@pytest.mark.parametrize("platform", PLATFORMS)
def test_its_config_is_what_buildkit_reads(frontend: str, platform: str) -> None:
    config = registry_api.config(frontend, registry_api.platforms(frontend)[platform])["config"]

    assert config["Labels"]["moby.buildkit.frontend.network.none"] == "true"
    assert "moby.buildkit.frontend.caps" in config["Labels"]
    assert "PATH=/usr/bin" in config["Env"]
    assert config["Entrypoint"][0] == "/usr/bin/python3.13"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_its_program_starts_on_each_platform(frontend: str, sid: Engine, platform: str) -> None:
    """Without a daemon at its pipes it says so: interpreter, libraries and our code all were there."""
    command = ["docker", "run", "--rm", "--pull", "always", "--platform", platform, "-i", "-e", "BUILDKIT_SESSION_ID=x"]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    done = sid.run([*command, frontend], **pipes)

    assert done.returncode == 1
    assert "the BuildKit daemon closed the connection" in done.stderr


READ = (
    "from kairosfile import pipeline, plan, spec; from kairosfile.gateway import status, crash, subrequests;"
    "from kairosfile.spec import shape_faults;"
    "text = 'base: debian:13\\nversion: v1.0.0\\nprovider: k3s\\nhooks: {after_install: [{packages: [a]}]}\\n';"
    "text += 'tests: [{path: /a}]\\nartifacts: {iso: {}}\\nmatrix: {variant: [core, standard]}\\n';"
    "print(len(plan.resolve(spec.read(spec.Source('K', text)), ['linux/amd64'])[0].steps))"
)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_all_that_a_build_needs_is_there_on_each_platform(frontend: str, sid: Engine, platform: str) -> None:
    """Extension modules too: an image of another platform than the builder's could lack them and still start."""
    command = ["docker", "run", "--rm", "--pull", "always", "--platform", platform]
    done = sid.run([*command, "--entrypoint", "/usr/bin/python3.13", frontend, "-I", "-S", "-c", READ])

    assert (done.stdout.strip(), done.returncode) == ("6", 0), done.stderr


@pytest.mark.parametrize("platform", PLATFORMS)
def test_messages_are_made_in_c_on_each_platform(frontend: str, sid: Engine, platform: str) -> None:
    """Without its C code protobuf goes on in Python: a fifth of the time of each start, and nobody would notice."""
    command = ["docker", "run", "--rm", "--pull", "always", "--platform", platform]
    ask = "from google.protobuf.internal import api_implementation; print(api_implementation.Type())"
    done = sid.run([*command, "--entrypoint", "/usr/bin/python3.13", frontend, "-I", "-S", "-c", ask])

    assert (done.stdout.strip(), done.returncode) == ("upb", 0), done.stderr


def test_it_holds_no_shell_no_pip_and_no_source(frontend: str, sid: Engine) -> None:
    created = sid.run(["docker", "create", "--pull", "always", "--platform", "linux/amd64", frontend]).stdout.strip()
    try:
        listing = sid.run(["sh", "-c", f"docker export {created} | tar -t"]).stdout.split()
    finally:
        sid.run(["docker", "rm", created])

    names = {name.rsplit("/", 1)[-1] for name in listing}
    assert "pipeline.pyc" in names
    assert set() == {"sh", "bash", "dash", "pip", "gcc"} & names
    assert [name for name in listing if name.endswith(".py")] == []
