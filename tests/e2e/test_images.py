"""What comes out of a build: the image, on both engines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import ROOT
from tests.e2e.conftest import NEWEST, OLDEST, Project
from tests.support.e2e import oci

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import Engine

pytestmark = pytest.mark.docker26_is_long


def exported(project: Project, engine: Engine, *arguments: str) -> dict[str, oci.Image]:
    archive = project.folder / "image.tar"
    project.must_build(engine, "--output", f"type=oci,dest={archive}", *arguments)
    return oci.load(archive)


def test_the_first_example_builds(
    engine: Engine, project: Project, base: str, kairos_init: Callable[[str], str]
) -> None:
    """The example of the README, its base and kairos-init replaced by build args as its text stands."""
    (project.folder / "Kairosfile").write_text((ROOT / "examples" / "first" / "Kairosfile").read_text())

    args = ["--build-arg", f"BASE_IMAGE={base}", "--build-arg", f"KAIROS_INIT_IMAGE={kairos_init(NEWEST)}"]
    image = exported(project, engine, "--platform", "linux/amd64", *args)["linux/amd64"]

    release = image.read("etc/kairos-release")
    assert 'KAIROS_VERSION="v1.0.0"' in release
    assert 'KAIROS_VARIANT="standard"' in release


@pytest.mark.parametrize("release", [OLDEST, "v0.4.9", "v0.5.29", "v0.8.14", NEWEST])
def test_each_command_line_of_kairos_init_builds(
    docker28: Engine, project: Project, base: str, kairos_init: Callable[[str], str], release: str
) -> None:
    project.write(
        f"base: {base}\nprovider: {{name: k3s, version: v1.33.1+k3s1}}\n"
        f"kairos_init: {kairos_init(release)}\nversion: v1.2.3\n"
    )

    image = exported(project, docker28, "--platform", "linux/amd64")["linux/amd64"]

    assert "1.2.3" in image.read("etc/kairos-release")


def test_the_oldest_supported_kairos_init_builds_on_both_engines(
    engine: Engine, project: Project, base: str, kairos_init: Callable[[str], str]
) -> None:
    project.write(f"base: {base}\nkairos_init: {kairos_init(OLDEST)}\nversion: v1.2.3\n")

    project.must_build(engine)


def test_a_debian_base_with_apt_builds(
    engine: Engine, project: Project, registry: object, kairos_init: Callable[[str], str], nonce: str
) -> None:
    """A real Debian, and a hook that reaches its package mirror as a user's would."""
    project.write(
        f"base: localhost:5000/test/debian:13\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.2.3\n"
        f"hooks: {{after_install: [{{run: 'apt-get update && echo {nonce} > /etc/hook'}}]}}\n"
    )

    image = exported(project, engine)["linux/amd64"]

    assert nonce == image.read("etc/hook").strip()
    assert registry


def test_kairos_init_is_in_no_layer_and_validate_adds_nothing(
    engine: Engine, project: Project, base: str, kairos_init: Callable[[str], str]
) -> None:
    project.write(f"base: {base}\nprovider: k3s\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n")

    image = exported(project, engine, "--platform", "linux/amd64")["linux/amd64"]

    assert not {name for name in image.names() if name.rsplit("/", 1)[-1] == "kairos-init"}
    gates = [entry["created_by"].split(":")[0] for entry in image.config["history"][-2:]]
    assert gates == ["validate kairos", "check k3s"]
    assert image.layers[-2]
    assert image.layers[-1] == {}
    assert not {name for name in image.names() if name.startswith(("run/validated", "run/kairos-init"))}


def test_the_config_of_the_base_is_carried_over_with_a_history_entry_for_each_step(
    engine: Engine, project: Project, base: str, kairos_init: Callable[[str], str]
) -> None:
    project.write(
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"
        "hooks: {before_install: [{run: 'echo a > /a'}], after_init: [{name: second, run: 'echo b > /b'}]}\n"
    )

    image = exported(project, engine, "--platform", "linux/amd64", "--label", "who=me")["linux/amd64"]

    config, history = image.config, [entry["created_by"] for entry in image.config["history"]]
    assert any(entry.startswith("PATH=") for entry in config["config"]["Env"])
    assert config["config"]["Cmd"] == ["sh"]
    assert image.labels["test.base"] == "busybox"
    assert image.labels["who"] == "me"
    assert image.labels["org.opencontainers.image.version"] == "v1.0.0"
    assert base == image.labels["org.opencontainers.image.base.name"]
    assert image.labels["org.opencontainers.image.base.digest"].startswith("sha256:")
    assert [history[-5], history[-2]] == [
        "before_install 1: echo a > /a: /bin/sh -ec echo a > /a",
        "after_init 1: second: /bin/sh -ec echo b > /b",
    ]
    assert history[-4].startswith("install kairos: /kairos-init ")
    assert history[-3].startswith("init kairos v1.0.0: /kairos-init ")
    assert history[-1].startswith("validate kairos: /run/kairos-init validate")
    assert len(image.layers) == len([entry for entry in config["history"] if not entry.get("empty_layer")])


def test_hooks_run_in_their_order_and_copies_come_from_the_context(
    engine: Engine, project: Project, base: str, kairos_init: Callable[[str], str], nonce: str
) -> None:
    (project.folder / "overlay" / "etc").mkdir(parents=True)
    (project.folder / "overlay" / "etc" / "motd").write_text(nonce)
    (project.folder / "a b.txt").write_text("blank")
    (project.folder / "unused").write_text("x" * 5_000_000)
    project.write(
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"
        "hooks:\n"
        "  before_install:\n    - run: test ! -e /usr/bin/kairos-agent\n"
        "  after_install:\n"
        "    - run: |\n        test -e /usr/bin/kairos-agent\n        test ! -e /etc/kairos-release\n"
        "    - copy: overlay/etc\n      to: /etc/\n"
        "    - copy: [a b.txt]\n      to: /opt/\n"
        "    - run: [/bin/touch, '/opt/c d']\n"
        "  after_init:\n    - run: test -e /etc/kairos-release\n"
    )

    image = exported(project, engine, "--platform", "linux/amd64")["linux/amd64"]

    assert nonce == image.read("etc/motd")
    assert image.read("opt/a b.txt") == "blank"
    assert image.read("opt/c d") == ""


def test_a_script_of_several_lines_stops_at_the_first_that_fails(
    docker28: Engine, project: Project, base: str, kairos_init: Callable[[str], str]
) -> None:
    project.write(
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"
        "hooks:\n  before_install:\n    - run: |\n        false\n        true\n"
    )

    assert project.build(docker28).exit_code != 0


def test_arm64_builds_under_emulation(
    engine: Engine, project: Project, base: str, kairos_init: Callable[[str], str], nonce: str
) -> None:
    project.write(
        f"base: {base}\nmodel: rpi4\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"
        f"hooks: {{before_install: [{{run: 'uname -m > /machine; echo {nonce}'}}]}}\n"
    )

    images = exported(project, engine, "--platform", "linux/arm64")

    assert list(images) == ["linux/arm64"]
    assert images["linux/arm64"].read("machine").strip() == "aarch64"
    assert 'KAIROS_ARCH="arm64"' in images["linux/arm64"].read("etc/kairos-release")


def test_both_platforms_build_at_once(
    engine: Engine, project: Project, base: str, kairos_init: Callable[[str], str], nonce: str
) -> None:
    project.write(
        f"base: {base}\nprovider: k3s\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"
        f"hooks: {{before_install: [{{run: 'uname -m > /machine; echo {nonce}'}}]}}\n"
    )

    images = exported(project, engine, "--platform", "linux/amd64,linux/arm64")

    machines = {platform: image.read("machine").strip() for platform, image in images.items()}
    assert machines == {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}


def test_an_image_is_the_same_alone_and_beside_another_platform(
    docker28: Engine, project: Project, base: str, kairos_init: Callable[[str], str]
) -> None:
    project.write(f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n")

    alone = exported(project, docker28, "--platform", "linux/amd64")["linux/amd64"]
    beside = exported(project, docker28, "--platform", "linux/amd64,linux/arm64")["linux/amd64"]

    assert alone.config == beside.config


def test_progress_names_steps_by_their_names(
    engine: Engine, project: Project, base: str, kairos_init: Callable[[str], str]
) -> None:
    text = f"base: {base}\nprovider: {{name: k3s, version: v1.33.1+k3s1}}\nkairos_init: {kairos_init(NEWEST)}\n"
    project.write(f"{text}version: v1.0.0\n")

    one = project.must_build(engine, "--platform", "linux/amd64")
    both = project.must_build(engine, "--platform", "linux/amd64,linux/arm64")

    assert {"install kairos (k3s v1.33.1+k3s1)", "init kairos v1.0.0", "validate kairos"} <= one.names
    assert {"[linux/arm64] install kairos (k3s v1.33.1+k3s1)", "[linux/amd64] validate kairos"} <= both.names
