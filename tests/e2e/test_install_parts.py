"""Tests install in parts on a real engine: the steps that a change runs, shared layers, and files in no layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e import oci, trees

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.e2e.builds import Build
    from tests.support.engine import DockerEngine, Engine, Registry

K3S = "provider: {name: k3s, version: v1.33.1+k3s1}\n"
K0S = "provider: {name: k0s, version: v1.33.1+k0s.0}\n"
PARTS = "install: {parts: true}\n"
STEPS = ("install packages", "install kernel", "install kairos", "install k", "init kairos", "validate kairos")
PROVIDER = {"install k", "init kairos", "validate kairos"}
DEAD = ("etc/ssh/ssh_host_", "boot/initrd.img", "var/lib/apt/lists/")


@pytest.fixture
def head(base: str, kairos_init: Callable[[str], str], nonce: str) -> str:
    """The head of a Kairosfile of which no step is cached: it contains the nonce."""
    hook = f"hooks: {{before_install: [{{file: /etc/nonce, content: {nonce}}}]}}\n"
    return f"base: {base}\nfamily: debian\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n{hook}"


def ran(build: Build) -> set[str]:
    names = {vertex.name for vertex in build.vertices.values() if vertex.ran}
    exact = {step for step in STEPS if step != "install k" and any(name.startswith(step) for name in names)}
    provider = {"install k" for name in names if name.startswith(("install k3s", "install k0s"))}
    return exact | provider


def build(project: Project, engine: DockerEngine, text: str) -> set[str]:
    project.write(text)
    return ran(project.must_build(engine))


def test_another_kubernetes_runs_the_last_part_alone(engine: Engine, project: Project, head: str) -> None:
    assert build(project, engine, head + PARTS + K3S) == set(STEPS)
    assert build(project, engine, head + PARTS + K3S.replace("v1.33.1", "v1.33.2")) == PROVIDER


def test_debian_is_installed_in_parts_by_default(
    docker28: Engine, project: Project, base: str, kairos_init: Callable[[str], str], nonce: str
) -> None:
    """The name decides, which a named context gives another image here: no engine of the tests reaches Docker Hub."""
    text = f"base: debian:13\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n{K3S}"
    project.write(text + f"hooks: {{before_install: [{{file: /etc/nonce, content: {nonce}}}]}}\n")
    done = project.must_build(docker28, "--build-context", f"debian:13=docker-image://{base}")
    assert ran(done) == set(STEPS)


def test_core_k3s_and_k0s_share_packages_kernel_and_kairos(docker28: Engine, project: Project, head: str) -> None:
    assert build(project, docker28, head + PARTS) == set(STEPS) - {"install k"}
    assert build(project, docker28, head + PARTS + K3S) == PROVIDER
    assert build(project, docker28, head + PARTS + K0S) == PROVIDER


def test_no_cache_filter_and_target_know_install_and_its_parts(docker28: Engine, project: Project, head: str) -> None:
    project.write(head + PARTS + K3S)
    assert ran(project.must_build(docker28, "--target", "kernel")) == {"install packages", "install kernel"}
    project.must_build(docker28)
    assert ran(project.must_build(docker28, "--no-cache-filter", "kairos")) == {"install kairos", *PROVIDER}
    assert ran(project.must_build(docker28, "--no-cache-filter", "install")) == set(STEPS)


def image(project: Project, engine: DockerEngine, text: str, archive: Path) -> oci.Image:
    project.write(text)
    project.must_build(engine, "--output", f"type=oci,dest={archive}")
    (actual,) = oci.load(archive).values()
    return actual


@pytest.mark.parametrize("more", ["", PARTS, PARTS + "trusted_boot: true\n"])
def test_no_layer_has_what_init_would_remove(
    engine: Engine, project: Project, head: str, tmp_path: Path, more: str
) -> None:
    text = head.removesuffix("}\n") + ", after_install: [{run: echo one > /etc/one}]}\n"  # a hook with a network
    actual = image(project, engine, text + K3S + more, tmp_path / "image.tar")

    assert "etc/one" in actual.names()
    assert any(name.startswith("lib/modules/") for name in actual.names())
    # A base of unknown name may be Ubuntu, where init for trusted boot needs apt's lists.
    remaining = "var/lib/apt/lists/" if "trusted_boot" in more else "nothing"
    assert [name for name in actual.names() if name.startswith(DEAD) and not name.startswith(remaining)] == []


def test_parts_leave_the_files_of_one_install(docker28: Engine, project: Project, head: str, tmp_path: Path) -> None:
    """Exceptions: the record of the stage and the stand-in's record of its calls."""
    result = {}
    for name, more in (("one", ""), ("parts", PARTS)):
        project.write(head + K3S + more)
        project.must_build(docker28, "--output", f"type=tar,dest={tmp_path / name}.tar")
        result[name] = trees.tree(tmp_path / f"{name}.tar")

    apart = {"etc/kairos/kairos-init-install-stage.yaml", "etc/kairos/stand-in-calls"}
    assert "system/providers/agent-provider-kairos" in result["one"]
    assert trees.difference(result["one"], result["parts"]).keys() <= apart


def test_the_real_openssh_server_makes_no_key_where_a_file_is(
    docker28: Engine, project: Project, registry: Registry, nonce: str, tmp_path: Path
) -> None:
    """The way by which install leaves no key, with Debian's own package; without it the keys are there."""
    debian = f"{registry.address}/test/debian:13"
    mounts = ", ".join(
        f"{{type: bind, from: {debian}, source: /etc/debian_version, target: /etc/ssh/ssh_host_{kind}_key}}"
        for kind in ("rsa", "ecdsa", "ed25519")
    )
    keys = {}
    for way, shown in (("bare", "[]"), ("mounted", f"[{mounts}]")):
        step = f"{{run: 'apt-get update; apt-get install -y openssh-server # {nonce}', mounts: {shown}}}"
        text = f"base: {debian}\nversion: v1.0.0\nconvert: false\nhooks: {{after_init: [{step}]}}\n"
        actual = image(project, docker28, text, tmp_path / f"{way}.tar")
        assert "usr/sbin/sshd" in actual.names()
        keys[way] = sorted(name for name in actual.names() if name.startswith("etc/ssh/ssh_host_"))

    assert len(keys["bare"]) == 6
    assert keys["mounted"] == []
