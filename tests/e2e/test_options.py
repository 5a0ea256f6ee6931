"""Tests options of `docker buildx build` for steps and image metadata, in comparison with a Dockerfile."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e import oci, registry_api
from tests.support.e2e.builds import build
from tests.support.engine import images as bases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.e2e.builds import Build
    from tests.support.engine import DockerEngine, Engine, Registry

EPOCH = 1_000_000_000
EPOCH_TEXT = "2001-09-09T01:46:40Z"

# What a step sees of its container: hosts, limits, memory to share, control group, name, interfaces of the network.
LOOK = (
    "{ grep example /etc/hosts; ulimit -n; df /dev/shm | grep -o '^tmpfs *[0-9]*'; grep -c /mine/ /proc/self/cgroup; "
    "hostname; ls /sys/class/net; } > /seen 2>&1 || true"
)


@pytest.fixture
def start(base: str, kairos_init: Callable[[str], str]) -> str:
    return f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"


@pytest.fixture
def dockerfile(project: Project, base: str) -> Callable[..., Build]:
    """Build a Dockerfile of these lines on the same base, to compare its frontend."""

    def run(engine: DockerEngine, lines: str, *arguments: str) -> Build:
        (project.folder / "Dockerfile").write_text(f"FROM {base}\n{lines}\n")
        done = build(engine, project.folder, *arguments, file="Dockerfile")
        assert done.exit_code == 0, done.output
        return done

    return run


@pytest.fixture
def archive(project: Project) -> Path:
    return project.folder / "image.tar"


def hook(command: str, more: str = "") -> str:
    return f'hooks:\n  after_install:\n    - run: [/bin/sh, -c, "{command}"]\n{more}'


def exported(project: Project, engine: DockerEngine, *arguments: str) -> oci.Image:
    path = project.folder / "image.tar"
    project.must_build(engine, "--platform", "linux/amd64", "--output", f"type=oci,dest={path}", *arguments)
    return oci.load(path)["linux/amd64"]


OPTIONS: tuple[str, ...] = (
    "--add-host",
    "Registry.Example:10.1.2.3",
    "--ulimit",
    "nofile=100:200",
    "--shm-size",
    "32m",
)
OPTIONS += ("--cgroup-parent", "mine", "--build-arg", "BUILDKIT_SANDBOX_HOSTNAME=builder")


def test_the_container_of_a_step_has_the_requested_options(
    engine: Engine, project: Project, start: str, dockerfile: Callable[..., Build], archive: Path
) -> None:
    project.write(start + hook(LOOK))
    ours = exported(project, engine, *OPTIONS).read("seen")

    dockerfile(engine, f"RUN {LOOK}", *OPTIONS, "--output", f"type=oci,dest={archive}")

    assert ours.splitlines()[:3] == ["10.1.2.3\tregistry.example", "100", "tmpfs                    32768"]
    assert ours.splitlines()[4:] == ["builder", "eth0", "lo"]
    assert ours == oci.load(archive)["linux/amd64"].read("seen")


@pytest.mark.parametrize(("mode", "count"), [("default", 2), ("none", 1), ("host", 3)])
def test_the_network_option_applies_to_steps_without_a_network(
    engine: Engine, project: Project, start: str, mode: str, count: int, dockerfile: Callable[..., Build], archive: Path
) -> None:
    # Of other containers that run at this moment the host has a veth device each.
    look = "ls /sys/class/net | grep -v ^veth > /seen"
    project.write(start + hook(look, "    - {run: ls /sys/class/net > /own, network: none}\n"))

    image = exported(project, engine, "--network", mode)

    dockerfile(engine, f"RUN {look}", "--network", mode, "--output", f"type=oci,dest={archive}")
    assert len(image.read("seen").split()) == count
    assert image.read("seen") == oci.load(archive)["linux/amd64"].read("seen")
    assert image.read("own").split() == ["lo"]


def test_kairos_init_without_a_network_is_warned_of(engine: Engine, project: Project, start: str) -> None:
    project.write(start)

    warned = [line for line in project.must_build(engine, "--network", "none").warnings if "--network" in line]

    (line,) = warned
    assert line.startswith("--network none: install kairos has no network either")


def test_the_network_of_the_host_in_a_file_needs_the_entitlement(engine: Engine, project: Project, start: str) -> None:
    look = "{run: ls /sys/class/net > /seen, network: host}"
    project.write(f"{start}hooks:\n  after_install:\n    - {look}\n")

    assert "network.host is not allowed" in project.fails(engine)
    assert "docker0" in exported(project, engine, "--allow", "network.host").read("seen").split()


def test_cache_mounts_of_another_namespace_are_others(engine: Engine, project: Project, start: str, nonce: str) -> None:
    """The nonce is in the command, because the id of a cache mount is in no cache key."""
    mount = "      mounts: [{type: cache, target: /cache, id: " + nonce + "}]\n"

    def other_numbers(number: int, namespace: str) -> list[str]:
        project.write(start + hook(f": {nonce}; ls /cache > /seen; touch /cache/{number}", mount))
        return exported(project, engine, "--build-arg", f"BUILDKIT_CACHE_MOUNT_NS={namespace}").read("seen").split()

    assert [
        other_numbers(1, ""),
        other_numbers(2, "a"),
        other_numbers(3, "b"),
        other_numbers(4, "a"),
        other_numbers(5, ""),
    ] == [[], [], [], ["2"], ["1"]]


def test_one_platform_gives_an_index_on_demand(
    engine: Engine, project: Project, start: str, nonce: str, dockerfile: Callable[..., Build]
) -> None:
    project.write(start)
    names = {key: f"localhost:5000/test/options-{nonce}:{key}" for key in ("kairosfile", "dockerfile", "one")}
    expected = ("--provenance=false", "--platform", "linux/amd64", "--push")

    project.must_build(engine, *expected, "-t", names["one"])
    project.must_build(engine, *expected, "-t", names["kairosfile"], "--build-arg", "BUILDKIT_MULTI_PLATFORM=1")
    dockerfile(engine, "RUN true", *expected, "-t", names["dockerfile"], "--build-arg", "BUILDKIT_MULTI_PLATFORM=1")

    assert list(registry_api.platforms(names["kairosfile"])) == ["linux/amd64"]
    assert list(registry_api.platforms(names["dockerfile"])) == ["linux/amd64"]
    with pytest.raises(KeyError, match="manifests"):
        registry_api.platforms(names["one"])


def test_a_file_without_a_syntax_line_builds_by_build_arg(
    engine: Engine, project: Project, start: str, frontend: str
) -> None:
    project.header = "# no syntax line"
    project.write(start)

    project.must_build(engine, "--build-arg", f"BUILDKIT_SYNTAX={frontend}")


def test_labels_and_annotations_of_the_command_are_on_the_image(
    engine: Engine, project: Project, start: str, archive: Path
) -> None:
    project.write(f"{start}labels: {{who: file, what: file}}\nannotations: {{org.example.what: file}}\n")

    image = exported(project, engine, "--label", "who=me", "--annotation", "org.example.who=me", "--provenance=false")

    assert {"who": "me", "what": "file"}.items() <= image.labels.items()
    assert oci.annotations_of(archive) == {"org.example.who": "me", "org.example.what": "file"}


@pytest.fixture
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A socket in place of an SSH agent's; no client sends a request."""
    path = tmp_path_factory.mktemp("agent") / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        yield path


def test_secrets_and_agents_of_the_command_reach_the_step_that_mounts_them(
    engine: Engine, project: Project, start: str, agent: Path, nonce: str
) -> None:
    command = f"test $TOKEN = hush && test $(cat /run/secrets/token) = hush && test -S $SSH_AUTH_SOCK && echo {nonce}"
    mounts = "      mounts: [{type: secret, id: token}, {type: secret, id: token, env: TOKEN}, {type: ssh}]\n"
    project.write(start + hook(command, mounts))
    (project.folder / "token").write_text("hush")

    project.must_build(engine, "--secret", f"id=token,src={project.folder / 'token'}", "--ssh", f"default={agent}")


def test_the_time_of_an_image_and_of_its_history_is_the_epoch(
    engine: Engine, project: Project, start: str, dockerfile: Callable[..., Build], archive: Path
) -> None:
    project.write(start + hook("touch /a"))
    options = ("--build-arg", f"SOURCE_DATE_EPOCH={EPOCH}")
    ours = exported(project, engine, *options).config

    dockerfile(engine, "RUN touch /a", *options, "--output", f"type=oci,dest={archive}")

    theirs = oci.load(archive)["linux/amd64"].config
    assert ours["created"] == theirs["created"] == EPOCH_TEXT
    assert {entry["created"] for entry in ours["history"] if entry.get("comment") == "kairosfile.v1"} == {EPOCH_TEXT}
    assert theirs["history"][-1]["created"] == EPOCH_TEXT
    assert ours["history"][0] == theirs["history"][0]


def test_a_wrong_value_is_an_error_that_names_the_flag(engine: Engine, project: Project, start: str) -> None:
    project.write(start)

    output = project.fails(engine, "--build-arg", "SOURCE_DATE_EPOCH=999999999999")

    assert "--build-arg SOURCE_DATE_EPOCH: expected seconds since 1970, up to the year 9999" in output


def test_an_unused_build_arg_is_a_warning_unlike_in_a_dockerfile(
    engine: Engine, project: Project, start: str, dockerfile: Callable[..., Build]
) -> None:
    project.write(f"{start}args: {{MINE: a}}\nlabels: {{mine: '${{MINE}}', other: '${{OTHER:-b}}'}}\n")
    known = [f"--build-arg={name}=1" for name in ("MINE", "OTHER", "http_proxy", "BUILDKIT_CACHE_MOUNT_NS", "FAMILY")]
    known.append(f"--build-arg=SOURCE_DATE_EPOCH={EPOCH}")

    ours = project.must_build(engine, *known, "--build-arg", "VERSOIN=v2", "--build-arg", "STRANGE=secret")
    theirs = dockerfile(engine, "RUN true", "--build-arg", "STRANGE=1", "--output", "type=cacheonly")

    warned = sorted(line for line in ours.warnings if "--build-arg" in line)
    assert [line.partition(" has no effect: ")[0] for line in warned] == ["--build-arg STRANGE", "--build-arg VERSOIN"]
    assert warned[1].endswith('did you mean "VERSION"?')
    assert "secret" not in "".join(warned)
    assert theirs.warnings == []


def test_a_build_arg_of_buildkit_without_effect_is_warned_of(engine: Engine, project: Project, start: str) -> None:
    project.write(start)

    warned = project.must_build(engine, "--build-arg", "BUILDKIT_SBOM_SCAN_CONTEXT=1").warnings

    assert [line for line in warned if line.startswith("--build-arg BUILDKIT_SBOM_SCAN_CONTEXT has no effect: ")]


def test_a_base_for_another_platform_is_built_and_warned_of(
    project: Project, engine: DockerEngine, registry: Registry, kairos_init: Callable[[str], str]
) -> None:
    """As with a Dockerfile, whose frontend of BuildKit 0.25 warns too: the daemon gives an image of one for any."""
    base = f"{registry.address}/{bases.DEBIAN}"
    project.write(f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n")

    done = project.must_build(engine, "--platform", "linux/arm64", "--target", "base")

    sentence = f"the base {base} is for linux/amd64, not for linux/arm64: so is its image"
    assert sentence in done.warnings
