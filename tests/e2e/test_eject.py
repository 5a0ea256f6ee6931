"""What `kairosfile eject` writes builds, with the engine's own Dockerfile frontend, the same files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import ROOT
from tests.e2e.conftest import NEWEST, OLDEST, Project
from tests.support.e2e import oci, trees
from tests.support.e2e.builds import Build, build

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import DockerEngine, Engine

pytestmark = pytest.mark.docker26_is_long

COMMAND = str(Path(sys.executable).with_name("kairosfile"))
DOCKERFILES = ROOT / "tests/unit/dockerfile/dockerfiles"
SYNTAX = "# syntax=docker/dockerfile:1\n"  # an image that these engines cannot pull
K3S = "provider: {name: k3s, version: v1.33.1+k3s1}\n"
HOOKS = r"""
hooks:
  before_install:
    - {file: /etc/own/deep/file, content: "one\n", mode: "0600", owner: "5:6"}
    - {file: "/etc/own/no line break", content: "EOF\n$HOME 'x' \\", owner: "7"}
    - {file: /etc/own/empty, content: ""}
    - {file: /etc/own/user, content: x, owner: root}
    - {file: /usr/bin/tool, content: "#!/bin/sh\n", mode: "0755"}
    - {copy: overlay, to: /opt/}
  after_install:
    - name: everything
      run: |
        test -s /run/secrets/token
        test "$A" = "b c" && test "$(pwd)" = /etc
        touch /scratch/x /cache/x
        cp /context/one.conf /from-context
        printf '%s\n' "EOF $A" 'EOF' >/script
        ln -s /script /link && ln /script /hard && mknod /pipe p && chmod 4755 /hard
      mounts:
        - {type: cache, target: /cache, id: a-b}
        - {type: secret, id: token}
        - {type: tmpfs, target: /scratch, size: 1m}
        - {type: bind, source: overlay, target: /context}
      env: {A: b c}
      workdir: /etc
      network: none
    - {run: [sh, -c, 'echo "$0" $1 "[$(id -u)]" > /tmp/words; cat /tmp/words', "a b", $HOME], user: "1234"}
    - {copy: [overlay/one.conf, overlay/a b], to: /opt/two/, owner: "12:34", mode: "0640"}
    - {copy: /kairos-init, to: /opt/tool, from: KAIROS_INIT}
    - {copy: /bin, to: /opt/base/, from: BASE}
  after_init:
    - {run: 'echo "three $VERSION" > /three'}
cloud_config:
  - {name: 90_own.yaml, content: "#cloud-config\nusers: []\n"}
  - {name: 91_copied.yaml, from: cloud.yaml}
labels: {own: 'a "b" $c'}
"""
TESTS = """
tests:
  - {path: /etc/kairos-release, type: file, mode: "0644", owner: "root", contains: [KAIROS_, v1.0.0]}
  - {path: /nowhere, exists: false}
  - {run: [test, -d, /etc]}
  - run: |
      id -u
      echo "$A" >&2
      exit 3
    user: "1234"
    env: {A: b c}
    exit_code: 3
    stdout: "1234"
    stderr: {matches: ^b}
"""
CASES = {
    "core": "",
    "core of the oldest release": "",
    "standard": K3S,
    "parts": K3S + "install: {parts: true}\nbinaries: {agent: v2.25.0}\n",
    "hooks": K3S + HOOKS,
    "tests": TESTS,
    "stage extensions": "stage_extensions: extensions\n",
    "other binaries": "binaries: {agent: v2.25.0}\n",
    "environment": K3S + "environment: {INSTALL_K3S_CHANNEL: stable, KAIROS-INIT_DEBUG: '1'}\nlog_level: debug\n",
    "trusted boot": "trusted_boot: true\n",
    "another on this platform": "platforms: {linux/amd64: {}, linux/arm64: {model: rpi4}}\n",
}
# What the progress output calls the steps.
STEPS = {
    "Kairosfile": {
        "install": "install kairos",
        "hook": "after_install 1",
        "init": "init kairos",
        "validate": "validate kairos",
        "check": "check k3s",
    },
    "Dockerfile": {
        "install": "-s install",
        "hook": "echo two",
        "init": "-s init",
        "validate": "[validate 1/2]",
        "check": "[check 1/2]",
    },
}


class Both:
    """A Kairosfile and the Dockerfile that it was ejected to, side by side."""

    def __init__(self, project: Project, platform: str) -> None:
        self.project = project
        self.platform = platform

    def write(self, text: str) -> None:
        self.project.write(text)
        command = [COMMAND, "eject", "--platform", self.platform, "-o", "Dockerfile", "--force"]
        done = subprocess.run(command, cwd=self.project.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        dockerfile = self.project.folder / "Dockerfile"
        dockerfile.write_text(dockerfile.read_text().removeprefix(SYNTAX))

    def build(self, engine: DockerEngine, file: str, *arguments: str) -> Build:
        done = build(engine, self.project.folder, "--platform", self.platform, *arguments, file=file)
        assert done.exit_code == 0, done.output
        return done

    def tree(self, engine: DockerEngine, file: str, *arguments: str) -> dict[str, trees.Entry]:
        archive = self.project.folder.parent / f"{file}.tar"
        self.build(engine, file, "--output", f"type=tar,dest={archive}", *arguments)
        return trees.tree(archive)

    def labels(self, engine: DockerEngine, file: str, *arguments: str) -> dict[str, str]:
        archive = self.project.folder.parent / f"{file}.oci"
        self.build(engine, file, "--output", f"type=oci,dest={archive}", *arguments)
        return oci.load(archive)[self.platform].labels


@pytest.fixture
def both(project: Project) -> Both:
    for path, text in (
        ("overlay/one.conf", "1"),
        ("overlay/a b", "2"),
        ("cloud.yaml", "#cloud-config\nhostname: own\n"),
        ("extensions/10-greet.yaml", "stages: {after-install: [{name: greet, commands: [echo hello > /greeting]}]}\n"),
        ("token.txt", "hush"),
    ):
        file = project.folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return Both(project, "linux/amd64")


@pytest.mark.parametrize("case", CASES)
def test_an_ejected_dockerfile_makes_the_same_files_and_labels(
    engine: DockerEngine, both: Both, base: str, kairos_init: Callable[[str], str], nonce: str, case: str
) -> None:
    if case == "another on this platform":
        both.platform = "linux/arm64"
    image = kairos_init(OLDEST if "oldest" in case else NEWEST)
    text = CASES[case].replace("KAIROS_INIT", image).replace("BASE", base).replace("b c", f"b {nonce}")
    both.write(f"base: {base}\nkairos_init: {image}\nversion: v1.0.0\n{text}")
    secret = ("--secret", f"id=token,src={both.project.folder / 'token.txt'}")

    ours, theirs = (both.tree(engine, file, *secret) for file in ("Kairosfile", "Dockerfile"))

    assert trees.difference(ours, theirs) == {}
    assert "etc/kairos-release" in ours
    labels = [both.labels(engine, file, *secret) for file in ("Kairosfile", "Dockerfile")]
    digest = "org.opencontainers.image.base.digest"  # which only the daemon knows
    assert {key: value for key, value in labels[0].items() if key != digest} == labels[1]


def test_packages_kernels_and_units_are_changed_alike(
    docker28: Engine, both: Both, registry: object, kairos_init: Callable[[str], str]
) -> None:
    assert registry
    both.write(
        f"base: localhost:5000/test/debian:13\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\nfamily: debian\n"
        "hooks:\n  before_install:\n    - packages: {install: [hello, cron, systemd], remove: [nano]}\n"
        "  after_install:\n    - systemd: {enable: [cron.service], mask: [apt-daily.timer]}\n"
        "    - kernel: {remove: [hello], install: [sl]}\n"
    )

    ours, theirs = (both.tree(docker28, file) for file in ("Kairosfile", "Dockerfile"))

    assert trees.difference(ours, theirs) == {}
    assert "usr/games/sl" in ours


@pytest.mark.parametrize("file", ["Kairosfile", "Dockerfile"])
def test_a_new_version_leaves_install_and_hooks_cached_in_both(
    engine: DockerEngine, both: Both, base: str, kairos_init: Callable[[str], str], nonce: str, file: str
) -> None:
    both.write(
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n{K3S}"
        f"hooks:\n  before_install:\n    - run: echo {nonce}\n  after_install:\n    - run: echo two > /hook\n"
    )
    keep = ("--output", "type=cacheonly")
    both.build(engine, file, *keep)

    again = both.build(engine, file, *keep)
    bumped = both.build(engine, file, *keep, "--build-arg", "VERSION=v1.0.1")

    assert ran(again, file) == set()
    assert ran(bumped, file) == {"init", "validate", "check"}


def test_a_failing_check_fails_the_build_of_the_dockerfile(
    docker28: Engine, both: Both, base: str, kairos_init: Callable[[str], str]
) -> None:
    both.write(
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n{K3S}"
        "hooks: {after_init: [{run: rm /usr/bin/k3s /usr/local/bin/k3s || true}]}\n"
    )

    done = build(docker28, both.project.folder, "--output", "type=cacheonly", file="Dockerfile")

    assert done.exit_code != 0
    assert "Kubernetes is missing: no program k3s" in "".join(vertex.log for vertex in done.vertices.values())


def ran(done: Build, file: str) -> set[str]:
    return {step for step, name in STEPS[file].items() if done.vertex(name).ran}


def test_an_adopted_dockerfile_makes_the_same_files(
    docker28: Engine, project: Project, base: str, kairos_init: Callable[[str], str], nonce: str
) -> None:
    """Exceptions: the log, the links to an initrd that init removes, and the stand-in's record of its calls."""
    dockerfile = (DOCKERFILES / "generic-main").read_text() + f"# greet\nRUN echo {nonce} > /etc/motd\n"
    (project.folder / "Dockerfile").write_text(dockerfile)
    pairs = {"BASE_IMAGE": base, "KAIROS_INIT_IMAGE": kairos_init(NEWEST), "VERSION": "v1.0.0"}
    pairs |= {"KUBERNETES_DISTRO": "k3s", "KUBERNETES_VERSION": "v1.33.1+k3s1"}
    options = [word for pair in pairs.items() for word in ("--build-arg", "=".join(pair))]
    done = subprocess.run(
        [COMMAND, "adopt", "Dockerfile", *options], cwd=project.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    project.write(done.stdout)
    both = Both(project, "linux/amd64")

    ours, theirs = both.tree(docker28, "Kairosfile"), both.tree(docker28, "Dockerfile", *options)

    apart = {"etc/kairos/stand-in-calls", "var/log", "var/log/kairos", "initrd.img", "initrd.img.old"}
    assert trees.difference(ours, theirs).keys() <= apart
    assert "etc/motd" in ours
