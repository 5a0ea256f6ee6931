"""Tests the language on real engines: steps of every kind, args, includes, platforms, options of kairos-init."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, OLDEST, Project
from tests.support.e2e import oci
from tests.support.e2e.web import Site
from tests.support.engine import Image, images, push
from tests.support.engine.provision import provide

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.engine import DockerEngine, Engine, Registry

pytestmark = pytest.mark.docker26_is_long

DEBIAN = "localhost:5000/test/debian:13"


@pytest.fixture
def start(base: str, kairos_init: Callable[[str], str]) -> str:
    return f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"


@pytest.fixture
def debian(kairos_init: Callable[[str], str], registry: object) -> str:
    assert registry
    return f"base: {DEBIAN}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"


def exported(project: Project, engine: DockerEngine, *arguments: str) -> oci.Image:
    archive = project.folder / "image.tar"
    project.must_build(engine, "--platform", "linux/amd64", "--output", f"type=oci,dest={archive}", *arguments)
    return oci.load(archive)["linux/amd64"]


def write(project: Project, path: str, text: str) -> None:
    file = project.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_run_step_sees_its_mounts(engine: DockerEngine, project: Project, start: str, nonce: str) -> None:
    write(project, "script.sh", "echo from-context")
    write(project, "token.txt", "hush")
    project.write(
        start + "hooks:\n  after_install:\n"
        f"    - run: |\n        echo {nonce} > /cache/there\n        test -s /run/secrets/token\n"
        '        test "$WORD" = "$(cat /run/secrets/token)"\n        test "$A" = b\n        test "$(pwd)" = /etc\n'
        "        touch /scratch/x\n"
        "        sh /context/script.sh > /from-context\n        ! wget -T 3 -q http://localhost:5000/v2/\n"
        "      mounts:\n        - {type: cache, target: /cache, id: test}\n        - {type: secret, id: token}\n"
        "        - {type: secret, id: token, env: WORD}\n        - {type: tmpfs, target: /scratch, size: 1m}\n"
        "        - {type: bind, source: ., target: /context}\n"
        "      env: {A: b}\n      workdir: /etc\n      network: none\n"
        '    - run: test ! -e /run/secrets/token && test -z "${WORD:-}"\n'
        "    - run: [sh, -c, 'test $(id -u) = 1234']\n      user: '1234'\n"
    )

    image = exported(project, engine, "--secret", f"id=token,src={project.folder / 'token.txt'}")

    assert image.read("from-context").strip() == "from-context"
    assert "cache/there" not in image.names()
    assert "scratch/x" not in image.names()
    assert "hush" not in json.dumps(image.config)


def test_a_fetched_file_is_pinned_and_not_downloaded_twice(
    engine: DockerEngine, project: Project, start: str, tmp_path: Path, nonce: str
) -> None:
    folder = tmp_path / "site"
    write(project, "site/tool", nonce)
    checksum = hashlib.sha256(nonce.encode()).hexdigest()
    with Site(folder) as site:
        step = f"    - fetch: {site.url}/tool\n      sha256: {checksum}\n      to: /opt/\n      mode: '0750'\n"
        project.write(f"{start}hooks:\n  after_install:\n{step}      owner: '1234:5678'\n")
        image = exported(project, engine)
        first = list(site.requests)
        project.write(f"{start}hooks:\n  after_init:\n{step}")
        exported(project, engine)
        again = site.requests[len(first) :]
        project.write(f"{start}hooks:\n  after_init:\n{step}".replace(checksum, "0" * 64))
        result = project.fails(engine)

    (file,) = (layer["opt/tool"] for layer in image.layers if "opt/tool" in layer)
    assert image.read("opt/tool") == nonce
    assert (file.uid, file.gid, file.mode) == (1234, 5678, 0o750)
    assert first
    assert again == []
    assert "digest mismatch" in result
    assert "Kairosfile:7" in result


def test_copies_and_files_have_owner_mode_and_patterns(
    engine: DockerEngine, project: Project, start: str, kairos_init: Callable[[str], str]
) -> None:
    for name in ("a.conf", "b.txt"):
        write(project, f"overlay/{name}", name)
    project.write(
        start + "hooks:\n  after_install:\n"
        "    - {copy: overlay, to: /opt/, include: ['*.conf'], owner: '12:34', mode: '0640'}\n"
        f"    - {{copy: /kairos-init, to: /opt/tool, from: '{kairos_init(NEWEST)}'}}\n"
        "    - {file: /etc/own/deep/file, content: \"one\\n\", mode: '0600', owner: '5'}\n"
    )

    image = exported(project, engine)

    layer = next(layer for layer in image.layers if "opt/a.conf" in layer)
    copied = layer["opt/a.conf"]
    assert (copied.uid, copied.gid, copied.mode & 0o7777) == (12, 34, 0o640)
    assert "opt/b.txt" not in image.names()
    assert "opt/tool" in image.names()
    text = next(layer["etc/own/deep/file"] for layer in image.layers if "etc/own/deep/file" in layer)
    assert (text.uid, text.mode & 0o7777, image.read("etc/own/deep/file")) == (5, 0o600, "one\n")


def test_folders_on_the_way_of_a_copy_are_those_of_root_and_the_last_is_its_owners(
    engine: DockerEngine, project: Project, start: str
) -> None:
    write(project, "key", "key")
    project.write(
        start + "hooks:\n  after_install:\n"
        "    - {copy: key, to: /made/on/the/way/, owner: '12:34', mode: '0600'}\n"
        "    - {copy: key, to: /also/made/name, owner: '12:34'}\n"
    )

    image = exported(project, engine)

    def owner_and_mode(path: str) -> tuple[int, int, int]:
        entry = next(layer[path] for layer in image.layers if path in layer)
        return entry.uid, entry.gid, entry.mode & 0o7777

    assert {owner_and_mode(path) for path in ("made", "made/on", "made/on/the", "also", "also/made")} == {(0, 0, 0o755)}
    assert owner_and_mode("made/on/the/way") == (12, 34, 0o755)
    assert owner_and_mode("made/on/the/way/key") == (12, 34, 0o600)


def test_a_family_unknown_by_name_is_detected_at_run_time(
    docker28: Engine, project: Project, registry: Registry, kairos_init: Callable[[str], str]
) -> None:
    push(registry, "test/own-os:1", Image("linux/amd64", [provide().layers["debian"]], env=images.PATH))
    project.write(
        f"base: localhost:5000/test/own-os:1\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"
        "hooks:\n  after_install:\n    - packages: [hello]\n"
    )

    assert "usr/bin/hello" in exported(project, docker28).names()


def test_packages_and_systemd_work_on_a_real_debian(docker28: Engine, project: Project, debian: str) -> None:
    project.write(
        debian + "hooks:\n  after_install:\n"
        "    - packages: {install: [hello, cron, systemd], remove: [nano]}\n"
        "    - systemd: {enable: [cron.service], mask: [apt-daily.timer]}\n"
    )

    image = exported(project, docker28)

    assert "usr/bin/hello" in image.names()
    assert "etc/systemd/system/multi-user.target.wants/cron.service" in image.names()
    assert image.link("etc/systemd/system/apt-daily.timer") == "/dev/null"


def test_a_known_family_mounts_the_caches_of_its_package_manager(
    engine: DockerEngine, project: Project, debian: str
) -> None:
    project.write(f"{debian}family: debian\nhooks:\n  after_install:\n    - packages: [hello]\n")

    image = exported(project, engine)

    assert "usr/bin/hello" in image.names()
    assert not {name for name in image.names() if name.startswith("var/cache/apt/archives/") and name.endswith(".deb")}


def test_another_kernel_takes_the_place_of_the_first(docker28: Engine, project: Project, debian: str) -> None:
    """A small package replaces the kernel: the test is about the removal and the installation."""
    project.write(
        f"{debian}hooks:\n  before_install:\n    - packages: [hello]\n"
        "  after_install:\n    - kernel: {remove: [hello], install: [sl]}\n"
    )

    image = exported(project, docker28)

    assert "usr/games/sl" in image.names()
    assert "usr/bin/.wh.hello" in image.names()


@pytest.mark.parametrize("release", [OLDEST, NEWEST])
def test_hooks_run_with_every_command_line_version(
    docker28: Engine, project: Project, base: str, kairos_init: Callable[[str], str], release: str
) -> None:
    project.write(
        f"base: {base}\nkairos_init: {kairos_init(release)}\nversion: v1.0.0\n"
        "provider: {name: k3s, version: v1.33.1+k3s1}\n"
        "hooks:\n  before_install:\n    - {file: /one, content: one}\n"
        "  after_init:\n    - {run: 'echo three > /three'}\n"
    )

    assert {"one", "three"} <= exported(project, docker28).names()


def test_args_come_from_the_command_line(engine: DockerEngine, project: Project, start: str) -> None:
    project.write(
        start + "args: {TEAM: nobody, WHERE: null}\nlabels: {team: '${TEAM}', place: '${WHERE:-here}'}\n"
        "hooks:\n  after_install:\n    - run: echo $TEAM > /team\n    - {file: /where, content: '${TEAM}'}\n"
    )

    image = exported(project, engine, "--build-arg", "TEAM=edge", "--build-arg", "WHERE=there")

    assert (image.labels["team"], image.labels["place"]) == ("edge", "there")
    assert image.read("team").strip() == "edge"
    assert image.read("where") == "${TEAM}"


def test_a_kairosfile_is_laid_over_others_of_the_context(engine: DockerEngine, project: Project, start: str) -> None:
    write(
        project,
        "common/base.yaml",
        f"{start}labels: {{from: base, kept: yes}}\nhooks: {{after_install: [{{run: 'echo base > /order'}}]}}\n",
    )
    write(project, "common/more.yaml", "hooks: {after_install: [{run: 'echo more >> /order'}]}\n")
    project.write(
        "extends: common/base.yaml\ninclude: [common/more.yaml]\nversion: v2.0.0\nlabels: {from: own}\n"
        "hooks: {after_install: [{run: 'echo own >> /order'}]}\n"
    )

    image = exported(project, engine)

    assert image.read("order").split() == ["base", "more", "own"]
    assert (image.labels["from"], image.labels["kept"]) == ("own", "yes")
    assert 'KAIROS_VERSION="v2.0.0"' in image.read("etc/kairos-release")


def test_an_error_in_an_included_file_quotes_that_file(engine: DockerEngine, project: Project, start: str) -> None:
    write(project, "common/base.yaml", "# first line\nvarient: core\n")
    project.write(f"extends: common/base.yaml\n{start}")

    output = project.fails(engine)

    assert "common/base.yaml:2" in output
    assert ">>> varient: core" in output
    assert 'unknown key "varient"' in output


def test_a_failing_step_of_an_included_file_quotes_that_file(
    engine: DockerEngine, project: Project, start: str
) -> None:
    write(project, "common/base.yaml", "# first line\nhooks:\n  after_install:\n    - run: exit 9\n")
    project.write(f"extends: common/base.yaml\n{start}")

    output = project.fails(engine)

    assert "common/base.yaml:4" in output
    assert ">>>     - run: exit 9" in output


def test_platforms_differ_where_the_file_says_so(docker28: Engine, project: Project, start: str) -> None:
    project.write(f"{start}platforms:\n  linux/amd64: {{}}\n  linux/arm64: {{model: rpi4}}\n")
    archive = project.folder / "image.tar"

    both = ("--platform", "linux/amd64,linux/arm64", "--output", f"type=oci,dest={archive}")
    project.must_build(docker28, *both)

    models = {platform: image.read("etc/kairos-release") for platform, image in oci.load(archive).items()}
    assert 'KAIROS_MODEL="generic"' in models["linux/amd64"]
    assert 'KAIROS_MODEL="rpi4"' in models["linux/arm64"]


def test_stage_extensions_of_the_context_reach_install_and_init(
    engine: DockerEngine, project: Project, start: str
) -> None:
    write(
        project,
        "extensions/10-own.yaml",
        "stages:\n  after-install:\n    - name: own\n  before-init:\n    - name: own\n",
    )
    project.write(f"{start}stage_extensions: extensions\n")

    calls = exported(project, engine).read("etc/kairos/stand-in-calls")

    points = [line.split()[-1] for line in calls.splitlines() if line.startswith("extension ")]
    assert points == ["after-install", "before-init"]


def test_a_stage_extension_that_does_not_parse_stops_the_build(docker28: Engine, project: Project, start: str) -> None:
    write(project, "extensions/10-own.yaml", "stages: [\n")
    project.write(f"{start}stage_extensions: extensions\n")

    assert "10-own.yaml" in project.fails(docker28)


def test_kairos_init_gets_its_settings(docker28: Engine, project: Project, start: str) -> None:
    project.write(
        f"{start}log_level: debug\nskip_steps: [branding, workarounds]\nenvironment: {{L4T_VERSION: '36.4'}}\n"
        "binaries: {agent: v2.31.0}\n"
    )

    image = exported(project, docker28)

    calls = [json.loads(line.partition(" ")[2]) for line in image.read("etc/kairos/stand-in-calls").splitlines()]
    words = {call["stage"]: call["argv"] for call in calls if "stage" in call}
    assert "debug" in words["install"]
    assert "branding" in words["install"][words["install"].index("--skip-step") + 1]
    assert "workarounds" in words["init"][words["init"].index("--skip-step") + 1]
    assert 'agent: "v2.31.0"' in image.read("etc/kairos/.init_versions.yaml")


def test_a_standard_image_without_its_kubernetes_does_not_pass(
    engine: DockerEngine, project: Project, start: str
) -> None:
    project.write(f"{start}provider: k3s\nhooks: {{after_init: [{{run: 'rm /usr/bin/k3s'}}]}}\n")

    output = project.fails(engine)

    assert "k3s" in output
    assert ">>> provider: k3s" in output


def test_cloud_config_is_in_the_image(engine: DockerEngine, project: Project, start: str) -> None:
    write(project, "users.yaml", "#cloud-config\nusers:\n  - name: kairos\n")
    project.write(
        f"{start}cloud_config:\n  - {{name: 90_users.yaml, from: users.yaml}}\n"
        "  - name: 91_own.yaml\n    content:\n      stages: {boot: [{commands: [echo up]}]}\n"
    )

    image = exported(project, engine)

    assert "kairos" in image.read("system/oem/90_users.yaml")
    assert "echo up" in image.read("system/oem/91_own.yaml")


def test_args_are_put_into_a_cloud_config_that_is_a_template(
    engine: DockerEngine, project: Project, start: str
) -> None:
    write(project, "users.yaml", "#cloud-config\nusers:\n  - {name: '${ADMIN}', lock_passwd: true}\n")
    project.write(
        f"{start}args: {{ADMIN: null}}\ncloud_config:\n  - {{name: 90_users.yaml, from: users.yaml, template: true}}\n"
        "  - name: 91_own.yaml\n    template: true\n    content:\n"
        "      stages: {boot: [{commands: ['echo ${ADMIN} $${HOME} on ${TARGETARCH}']}]}\n"
        "  - name: 92_as_written.yaml\n    content:\n      stages: {boot: [{commands: ['echo ${ADMIN}']}]}\n"
    )

    image = exported(project, engine, "--build-arg", "ADMIN=op")

    assert "name: 'op'" in image.read("system/oem/90_users.yaml")
    assert "echo op ${HOME} on amd64" in image.read("system/oem/91_own.yaml")
    assert "echo ${ADMIN}" in image.read("system/oem/92_as_written.yaml")


def test_annotations_are_on_the_manifest(docker28: Engine, project: Project, start: str) -> None:
    project.write(f"{start}annotations: {{org.opencontainers.image.description: Edge node}}\n")
    archive = project.folder / "image.tar"

    project.must_build(docker28, "--output", f"type=oci,dest={archive}", "--provenance=false")

    assert oci.annotations_of(archive) == {"org.opencontainers.image.description": "Edge node"}


def test_warnings_are_shown_and_stop_nothing(docker28: Engine, project: Project, start: str) -> None:
    project.write(start.replace("version: v1", "version: 1"))

    done = project.must_build(docker28, "--platform", "linux/amd64,linux/arm64")

    assert len([warning for warning in done.warnings if warning.startswith("KF506: ")]) == 1


def test_check_reports_without_building(docker28: Engine, project: Project, start: str) -> None:
    project.write(f"{start}varient: core\n")
    command = ["docker", "buildx", "build", "--check", "-f", str(project.folder / "Kairosfile"), str(project.folder)]

    done = docker28.run(command)

    assert done.returncode == 1
    assert 'unknown key "varient"' in done.stdout + done.stderr
    assert "varient: core" in done.stdout + done.stderr
