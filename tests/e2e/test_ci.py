"""Tests the cost of CI: the steps that a change runs on a fresh runner, and the files of examples/ci."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests import ROOT
from tests.e2e.conftest import NEWEST
from tests.support.benchmarks.ci.ways import Inputs, arguments, push_base
from tests.support.e2e import registry_api
from tests.support.e2e.builds import read, run_buildx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import Project
    from tests.support.e2e.builds import Build
    from tests.support.engine import DockerEngine, Engine, Registry

pytestmark = pytest.mark.docker26_is_long

EXAMPLES = ROOT / "examples" / "ci"

# The parts of each way to build: a key for each part, and the name of its vertex.
PARTS = {
    "Kairosfile": {
        "install": "install kairos",
        "hook": "after_install 1",
        "init": "init kairos",
        "validate": "validate kairos",
    },
    "Dockerfile.one-run": {"install and init": "-s install", "hook": "RUN echo"},
    "Dockerfile.four-runs": {
        "install": "-s install",
        "hook": "RUN echo",
        "init": "-s init",
        "validate": "/kairos-init validate",
    },
}
ALL = {way: set(parts) for way, parts in PARTS.items()}
# The parts that run, for each way, on a runner with only a registry cache from before the change.
COSTS: dict[str, dict[str, set[str]]] = {
    "nothing": {"Kairosfile": set(), "Dockerfile.one-run": set(), "Dockerfile.four-runs": set()},
    "version": ALL | {"Kairosfile": {"init", "validate"}},
    "hook": {
        "Kairosfile": {"hook", "init", "validate"},
        "Dockerfile.one-run": {"hook"},  # after init, where it can no longer change the initrd
        "Dockerfile.four-runs": {"hook", "init", "validate"},
    },
    "base": ALL,
}


BUILD = str(EXAMPLES / "build.sh")
WORKFLOW = yaml.safe_load((EXAMPLES / "github-native-runners.yml").read_text())
JOINING = {
    "the script": f"{EXAMPLES}/join.sh amd64 arm64",
    "the workflow for native runners": WORKFLOW["jobs"]["join"]["steps"][-1]["run"],
}


def run(engine: Engine, way: str, inputs: Inputs, folder: Path, *cache: str) -> set[str]:
    """Build one way and return the parts that ran."""
    build = run_buildx(engine, "--output", "type=cacheonly", *cache, *arguments(way, inputs, folder), str(folder))
    assert build.exit_code == 0, build.output
    return {part for part, name in PARTS[way].items() if build.vertex(name).ran}


@pytest.mark.usefixtures("frontend")
@pytest.mark.parametrize("change", COSTS)
def test_a_new_version_costs_a_fresh_runner_no_install_where_a_dockerfile_installs_anew(
    pair: tuple[Engine, Engine],
    tmp_path: Path,
    registry: Registry,
    kairos_init: Callable[[str], str],
    nonce: str,
    change: str,
) -> None:
    first, fresh = pair
    before = Inputs(push_base(registry, f"{nonce}-1"), kairos_init(NEWEST), "v1.0.0", nonce)
    after = {
        "nothing": before,
        "version": before._replace(version="v1.0.1"),
        "hook": before._replace(hook="other"),
        "base": before._replace(base=push_base(registry, f"{nonce}-2")),
    }
    for way, parts in PARTS.items():
        cache = f"type=registry,ref={registry.address}/cache/{nonce}-{way.lower()}"
        assert set(parts) == run(first, way, before, tmp_path, "--cache-to", f"{cache},mode=max")

        assert COSTS[change][way] == run(fresh, way, after[change], tmp_path, "--cache-from", cache), way


class Ci:
    """A project that CI builds."""

    def __init__(self, project: Project, image: str, text: str) -> None:
        self.image = image
        self.folder = project.folder
        project.write(text)

    def run(self, engine: DockerEngine, *command: str, **variables: str) -> Build:
        """Run a command that is to succeed as a job with these variables."""
        # The scanner of SBOMs is an image of Docker Hub; unit/cli/test_new.py has the script use a stand-in.
        environment = engine.env() | {"IMAGE": self.image, "SBOM": "false"} | variables
        done = engine.run(command, cwd=self.folder, env=environment, timeout=300)
        assert done.returncode == 0, done.stderr
        return read(done)


@pytest.fixture
def ci(project: Project, registry: Registry, base: str, kairos_init: Callable[[str], str], nonce: str) -> Ci:
    """A Kairosfile that no engine has built before."""
    return Ci(
        project,
        f"{registry.address}/test/ci-{nonce}",
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v0.0.0\n"
        f"hooks:\n  after_install:\n    - run: uname -m > /machine && echo {nonce}\n",
    )


def test_the_script_of_a_fresh_runner_runs_init_alone_for_a_new_version(pair: tuple[Engine, Engine], ci: Ci) -> None:
    first, fresh = pair
    ci.run(first, BUILD, VERSION="v1.0.0")

    build = ci.run(fresh, BUILD, "--progress", "rawjson", VERSION="v1.0.1")

    steps = {"install kairos": False, "after_install 1": False, "init kairos": True, "validate kairos": True}
    assert steps == {name: build.vertex(name).ran for name in steps}
    assert build.vertex("after_install 1").pulled  # the base of init, from the cache
    assert not build.vertex("base ").pulled
    assert {"linux/amd64", "unknown/unknown"} == set(registry_api.platforms(f"{ci.image}:v1.0.1"))


def build_on_two_machines(engine: DockerEngine, ci: Ci, version: str) -> dict[str, dict[str, Any]]:
    """Push the image of each platform with its own tag and cache; return their manifests by platform."""
    result = {}
    for arch in ("amd64", "arm64"):
        own = {"PLATFORM": f"linux/{arch}", "TAG": f"{version}-{arch}", "CACHE": f"{ci.image}:cache-{arch}"}
        ci.run(engine, BUILD, VERSION=version, **own)
        platforms = registry_api.platforms(f"{ci.image}:{version}-{arch}")
        result[f"linux/{arch}"] = platforms[f"linux/{arch}"]
    return result


@pytest.mark.parametrize("command", JOINING)
def test_the_images_of_two_machines_are_joined_to_one_of_two_platforms(
    engine: DockerEngine, ci: Ci, tmp_path: Path, command: str
) -> None:
    result = build_on_two_machines(engine, ci, "v1.0.0")

    ci.run(engine, "sh", "-ec", JOINING[command], VERSION="v1.0.0", TAG="v1.0.0")

    joined = registry_api.platforms(f"{ci.image}:v1.0.0")
    assert result == {name: manifest for name, manifest in joined.items() if name in result}
    assert "unknown/unknown" in joined  # their attestations
    for platform, machine in (("linux/amd64", "x86_64"), ("linux/arm64", "aarch64")):
        path = tmp_path / machine
        build = run_buildx(
            engine, "--platform", platform, "--output", str(path), "-", input=f"FROM {ci.image}:v1.0.0\n"
        )
        assert build.exit_code == 0, build.output
        assert (path / "machine").read_text() == f"{machine}\n"


def test_the_script_for_gitlab_pushes_the_image_of_a_tag_and_a_cache(engine: DockerEngine, ci: Ci) -> None:
    job = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text())["kairos-image"]

    ci.run(engine, "sh", "-ec", "\n".join(job["script"]), CI_COMMIT_TAG="v1.2.3", PLATFORM=job["variables"]["PLATFORM"])

    assert {"linux/amd64", "unknown/unknown"} == set(registry_api.platforms(f"{ci.image}:v1.2.3"))
    assert registry_api.digest(f"{ci.image}:cache")
