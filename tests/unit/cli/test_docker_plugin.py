"""`docker kairos`, as Docker's own CLI calls it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kairosfile import __version__
from kairosfile.cli.docker_plugin import METADATA, arguments

COMMAND = str(Path(sys.executable).with_name("kairosfile"))


def run(*words: str, config: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DOCKER_CONFIG": str(config), "DOCKER_HOST": "unix:///nowhere"}
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A Docker configuration with the plugin."""
    done = run(COMMAND, "docker-plugin", "install", config=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"wrote {tmp_path}/cli-plugins/docker-kairos\n")
    return tmp_path


def test_the_plugin_answers_the_handshake(config: Path) -> None:
    done = run(str(config / "cli-plugins" / "docker-kairos"), METADATA, config=config)

    data = json.loads(done.stdout)
    assert (data["SchemaVersion"], data["Vendor"], data["Version"]) == ("0.1.0", "Kairos", __version__)
    assert data["ShortDescription"]


@pytest.mark.skipif(shutil.which("docker") is None, reason="there is no docker command line; the handshake is tested")
def test_docker_runs_the_plugin(config: Path) -> None:
    (config / "Kairosfile").write_text("base: debian:13\nversion: v1\nmodle: x\n")

    assert f"kairosfile {__version__}" in run("docker", "kairos", "version", config=config).stdout
    checked = run("docker", "kairos", "check", str(config / "Kairosfile"), config=config)
    assert checked.returncode == 1
    assert "modle" in checked.stdout
    assert "kairos*" in run("docker", "--help", config=config).stdout


def test_global_options_of_docker_become_variables() -> None:
    words, variables = arguments(["--context", "remote", "--host=tcp://a", "-l", "debug", "kairos", "build", "kairos"])

    assert words == ["build", "kairos"]
    assert variables == {"DOCKER_CONTEXT": "remote", "DOCKER_HOST": "tcp://a"}


def test_a_plugin_of_another_origin_stays(tmp_path: Path) -> None:
    path = tmp_path / "cli-plugins" / "docker-kairos"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\n")

    refused = run(COMMAND, "docker-plugin", "install", config=tmp_path)
    assert (refused.returncode, path.read_text()) == (2, "#!/bin/sh\n")
    assert "--force overwrites it" in refused.stderr
    assert run(COMMAND, "docker-plugin", "uninstall", config=tmp_path).returncode == 2
    assert run(COMMAND, "docker-plugin", "install", "--force", config=tmp_path).returncode == 0
    assert run(COMMAND, "docker-plugin", "install", config=tmp_path).returncode == 0
    assert run(COMMAND, "docker-plugin", "uninstall", config=tmp_path).returncode == 0
    assert not path.exists()
