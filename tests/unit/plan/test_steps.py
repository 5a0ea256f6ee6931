"""Hook steps as operations: their encoding for the daemon, and the effect of their commands in a real shell."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from kairosfile import language, llb, plan, sections
from kairosfile.kairos.distributions import FAMILIES, FamilyName, family_named, family_of
from kairosfile.plan.compile import WITHOUT_USAGE, Inputs, compile_plan
from kairosfile.plan.model import Run
from kairosfile.plan.resolve import resolve
from kairosfile.sections.hooks.values import mode_bits, size_bytes
from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "base: {base}\nversion: v1.0.0\nhooks:\n  after_install:\n"
GOLDEN = "example.com/team/golden:1"
SHELLS = {"dash": ["dash"], "busybox": ["busybox", "sh"]}
AMD64 = llb.Platform("linux", "amd64")


def plan_of(steps: str, base: str = "debian:13", platform: str = "linux/amd64", more: str = "") -> plan.Plan:
    text = more + HEAD.format(base=base) + "".join(f"    {line}\n" for line in steps.strip().splitlines())
    document = sections.read(language.Source("Kairosfile", text), platforms=[platform])
    (plan,) = resolve(document, [platform])
    return plan


def hook_actions(own_plan: plan.Plan) -> list[plan.Action]:
    return [step.action for step in own_plan.steps if step.id.startswith("after_install")]


def ops(own_plan: plan.Plan) -> list[ops_pb2.Op]:
    """Return the ops of the hook steps in order, as the daemon receives them."""
    images = {image.id: llb.image(image.reference, platform=AMD64) for image in own_plan.images}
    source_map = llb.SourceMap("Kairosfile", b"", "", llb.local("dockerfile", session_id="s"))
    state = compile_plan(own_plan, Inputs(images, llb.local("context", session_id="s"), source_map)).result
    definition = llb.marshal(state, platform=AMD64)
    named = {}
    for digest, data in zip(definition.digests, definition.ops, strict=True):
        name = definition.metadata[digest].description.get("llb.customname", "")
        named[name] = ops_pb2.Op.FromString(data)
    return [named[name] for name in sorted(named) if name.startswith("after_install")]


def mounts(op: ops_pb2.Op) -> dict[str, ops_pb2.Mount]:
    return {mount.dest: mount for mount in op.exec.mounts}


def test_a_command_gets_its_environment_user_directory_and_network() -> None:
    first, second, third = ops(
        plan_of("""
- {run: [make, install], env: {A: b}, user: "me:1000", workdir: /src, network: none}
- {run: "a | b", network: host}
- run: c
""")
    )

    assert list(first.exec.meta.args) == ["make", "install"]
    assert "A=b" in first.exec.meta.env
    assert (first.exec.meta.user, first.exec.meta.cwd) == ("me:1000", "/src")
    assert (first.exec.network, second.exec.network, third.exec.network) == (ops_pb2.NONE, ops_pb2.HOST, ops_pb2.UNSET)
    assert list(second.exec.meta.args) == ["/bin/sh", "-ec", "a | b"]
    assert (third.exec.meta.user, third.exec.meta.cwd, list(third.exec.meta.env)) == ("", "/", [])


def test_secrets_and_agents_are_readable_by_their_owner_only() -> None:
    """The modes are BuildKit's own defaults (client/llb/exec.go): 0400 for a secret, 0600 for a socket."""
    (op,) = ops(
        plan_of("""
- run: cat /run/secrets/token
  mounts: [{type: secret, id: token}, {type: ssh}, {type: secret, id: open, target: /open, mode: "0444"}]
""")
    )

    secrets = {
        mount.secretOpt.ID: mount.secretOpt.mode for mount in op.exec.mounts if mount.mountType == ops_pb2.SECRET
    }
    agents = [mount.SSHOpt.mode for mount in op.exec.mounts if mount.mountType == ops_pb2.SSH]
    assert secrets == {"token": 0o400, "open": 0o444}
    assert agents == [0o600]


def test_a_command_finds_the_args_that_it_names_and_depends_on_them_alone() -> None:
    result = plan_of('- {run: "echo $SUITE $TARGETARCH $HOME", env: {TEAM: a}}', more="args: {SUITE: '13', TEAM: b}\n")

    (step,) = [step for step in result.steps if step.id == "after_install-1"]
    assert isinstance(step.action, plan.Run)
    assert dict(step.action.env) == {"SUITE": "13", "TARGETARCH": "amd64", "TEAM": "a"}
    assert step.fields == ("hooks.after_install[0]", "args.SUITE")


def test_mounts_of_every_type_reach_the_daemon() -> None:
    (op,) = ops(
        plan_of("""
- run: a
  mounts:
    - {type: cache, target: /cache, id: c, sharing: private}
    - {type: tmpfs, target: /memory, size: 2m}
    - {type: bind, target: /context, source: drivers}
    - {type: bind, target: /writable, writable: true}
    - {type: bind, target: /image, from: "golang:1.25", source: usr/local/go/}
    - {type: secret, id: token, mode: "0440", uid: 7, gid: 8, required: false}
    - {type: secret, id: key, env: KEY}
    - {type: ssh}
""")
    )

    actual = mounts(op)
    assert (actual["/cache"].cacheOpt.ID, actual["/cache"].cacheOpt.sharing) == ("c", ops_pb2.PRIVATE)
    assert actual["/memory"].TmpfsOpt.size == 2 << 20
    assert (actual["/context"].selector, actual["/context"].readonly) == ("/drivers", True)
    assert (actual["/writable"].selector, actual["/writable"].readonly, actual["/writable"].output) == ("", False, -1)
    assert (actual["/image"].selector, actual["/image"].readonly) == ("/usr/local/go", True)
    secret = actual["/run/secrets/token"].secretOpt
    assert (secret.ID, secret.mode, secret.uid, secret.gid, secret.optional) == ("token", 0o440, 7, 8, True)
    assert [(env.ID, env.name, env.optional) for env in op.exec.secretenv] == [("key", "KEY", False)]
    assert actual["/run/buildkit/ssh_agent.0"].SSHOpt.ID == "default"
    assert not actual["/run/buildkit/ssh_agent.0"].SSHOpt.optional


def test_a_copy_has_its_source_owner_mode_and_patterns() -> None:
    from_context, from_image = ops(
        plan_of("""
- {copy: [a, b], to: /c/, owner: "root:adm", mode: "0640", include: ["**/*.conf"], exclude: [x]}
- {copy: /usr/bin/tool, from: example.com/tools, to: /usr/bin/tool}
""")
    )

    copies = [action.copy for action in from_context.file.actions if action.HasField("copy")]
    assert [(copy.src, copy.dest, copy.mode) for copy in copies] == [("/a", "/c/", 0o640), ("/b", "/c/", 0o640)]
    assert (copies[0].owner.user.byID, copies[0].owner.group.byName.name) == (0, "adm")
    assert (list(copies[0].include_patterns), list(copies[0].exclude_patterns)) == (["**/*.conf"], ["x"])
    (copy,) = [action.copy for action in from_image.file.actions]
    assert (copy.src, copy.mode, copy.HasField("owner")) == ("/usr/bin/tool", -1, False)
    assert len(from_image.inputs) == 2


def test_a_copy_with_an_owner_or_a_mode_makes_its_folders_itself() -> None:
    owned, named, plain = ops(
        plan_of("""
- {copy: a, to: /b/c/, owner: "7", mode: "0640"}
- {copy: a, to: /b/c, mode: "0640"}
- {copy: a, to: /b/c/}
""")
    )

    parent, folder, _ = (action.mkdir for action in owned.file.actions)
    assert (parent.path, parent.mode, parent.HasField("owner")) == ("/b", 0o755, False)
    assert (folder.path, folder.mode, folder.owner.user.byID) == ("/b/c", 0o755, 7)
    assert [action.mkdir.path for action in named.file.actions] == ["/b", ""]
    assert len(plain.file.actions) == 1


def test_a_file_is_written_with_its_folders_owner_and_mode() -> None:
    nested, top = ops(
        plan_of('- {file: /etc/a/b.conf, content: "x", mode: "0600", owner: "7:8"}\n- {file: /c, content: ""}')
    )

    folder, file = (action for action in nested.file.actions)
    assert (folder.mkdir.path, folder.mkdir.makeParents, folder.mkdir.mode) == ("/etc/a", True, 0o755)
    assert (file.mkfile.path, file.mkfile.data, file.mkfile.mode) == ("/etc/a/b.conf", b"x", 0o600)
    assert (file.mkfile.owner.user.byID, file.mkfile.owner.group.byID) == (7, 8)
    assert [action.mkfile.mode for action in top.file.actions] == [0o644]


EVERY_KIND = """
- run: echo $SUITE
- {run: a, mounts: [{type: bind, from: golang, target: /b}]}
- {copy: a, to: /a}
- {file: /a, content: a}
- packages: [a]
- kernel: a
- systemd: {enable: [a]}
"""
CHANGES = {
    "base": {"base": "debian:12"},
    "family": {"more": "family: redhat\n"},
    "args.SUITE": {"more": "args: {SUITE: b}\n"},
    "model": {"more": "model: rpi4\n", "platform": "linux/arm64"},
    "labels": {"more": "labels: {a: b}\n"},
}


@pytest.mark.parametrize("field", CHANGES)
def test_a_step_changes_only_with_the_fields_that_it_names(field: str) -> None:
    change = CHANGES[field]
    first = "args: {SUITE: a}\n" if field == "args.SUITE" else ""
    before = plan_of(EVERY_KIND, platform=change.get("platform", "linux/amd64"), more=first)
    after = plan_of(EVERY_KIND, **change)

    first_steps, second_steps = (
        {step.id: step for step in item.steps if step.id.startswith("after_install")} for item in (before, after)
    )
    assert first_steps.keys() == second_steps.keys()
    for name, step in second_steps.items():
        assert (first_steps[name].action != step.action) == (field in step.fields), name


def test_each_image_that_steps_name_is_resolved_once() -> None:
    result = plan_of("""
- {copy: /a, from: golang, to: /a}
- {copy: /a, from: "docker.io/library/golang:latest", to: /b}
- {copy: /a, from: "docker.io/library/debian:13", to: /c}
- {run: a, mounts: [{type: bind, from: alpine, target: /d}]}
""")

    assert [image.id for image in result.images] == [
        "base",
        "kairos-init",
        "docker.io/library/golang:latest",
        "docker.io/library/alpine:latest",
    ]
    assert [action.image for action in hook_actions(result) if isinstance(action, plan.Copy)][-1] == "base"


def test_what_is_mounted_from_the_context_is_transferred() -> None:
    result = plan_of("""
- {copy: a, to: /a}
- {copy: /not, from: golang, to: /a}
- {run: a, mounts: [{type: bind, source: drivers/, target: /b}, {type: bind, from: golang, source: c, target: /c}]}
""")

    assert result.context_paths == ("a", "drivers")


def test_a_plan_that_needs_a_context_is_not_compiled_without_one() -> None:
    result = plan_of("- {copy: a, to: /a}")
    images = {image.id: llb.image(image.reference, platform=AMD64) for image in result.images}

    with pytest.raises(ValueError, match="build context"):
        compile_plan(result, Inputs(images, None, llb.SourceMap("K", b"", "", llb.local("dockerfile", session_id="s"))))


@pytest.mark.parametrize(
    ("base", "family"),
    [
        ("debian", "debian"),
        ("localhost:5000/debian:trixie-slim", "debian"),
        ("public.ecr.aws/ubuntu/ubuntu:24.04", "debian"),
        ("quay.io/rockylinux/rockylinux:9@sha256:" + 64 * "0", "redhat"),
        ("registry.access.redhat.com/ubi9:9.6", "redhat"),
        ("registry.opensuse.org/opensuse/leap:15.6", "suse"),
        ("alpine:3.21", "alpine"),
        ("archlinux", "arch"),
        ("ghcr.io/kairos-io/hadron:v0.5.1", "hadron"),
        ("example.com/ubuntu/golden", None),
    ],
)
def test_the_family_is_that_of_the_repository_whatever_its_registry(base: str, family: str | None) -> None:
    actual = family_of(base)

    assert (actual.name if actual else None) == family


@pytest.mark.parametrize("family", [family.name for family in FAMILIES if family.manager])
def test_names_of_packages_are_words_of_a_command(family: FamilyName) -> None:
    manager = family_named(family).manager
    assert manager is not None

    commands = manager.commands(["a b", "c"], ["d;e"], cached=True)
    assert "d;e" in {command[-1] for command in commands[:-1]}
    assert commands[-1][-2:] == ("a b", "c")


@pytest.mark.parametrize("family", [family.name for family in FAMILIES if family.manager])
def test_what_a_manager_downloads_is_kept_for_each_base_and_architecture(family: FamilyName) -> None:
    def ids(base: str, platform: str) -> set[str]:
        (action,) = hook_actions(plan_of("- packages: [a]", base, platform, f"family: {family}\n"))
        assert isinstance(action, plan.Run)
        assert {(mount.kind, mount.sharing) for mount in action.mounts} == {("cache", "locked")}
        return {mount.id for mount in action.mounts}

    mine = ids(GOLDEN, "linux/amd64")
    assert mine.isdisjoint(ids(GOLDEN, "linux/arm64"))
    assert mine.isdisjoint(ids("example.com/team/other:1", "linux/amd64"))
    assert mine == ids(f"{GOLDEN}@sha256:{64 * '0'}", "linux/amd64")


def test_downloads_are_kept_in_a_cache_or_removed() -> None:
    for family in FAMILIES:
        if (manager := family.manager) is not None:
            cached, plain = (manager.commands(["a"], [], cached=cached) for cached in (True, False))

            assert cached[-1] == (*manager.install, *manager.keep, "a")
            assert plain == [
                line for line in (manager.refresh, (*manager.install, *manager.drop, "a"), manager.clean) if line
            ]
            assert manager.drop or manager.clean


def test_values_that_are_numbers_are_read_as_such() -> None:
    assert [mode_bits(text) for text in ("644", "0644", "0o644", "04755", "0", "8", "", "77777", "-1", "\u0667")] == [
        0o644,
        0o644,
        0o644,
        0o4755,
        0,
        *[None] * 5,
    ]
    assert [size_bytes(text) for text in ("7", "2k", "2KB", "1m", "1g", "1t", "m", "1 m", "\u0667")] == [
        7,
        2048,
        2048,
        1 << 20,
        1 << 30,
        *[None] * 4,
    ]


class Root:
    """A folder that replaces an image: its os-release, and programs on PATH that only log their calls."""

    programs = ("apt-get", "dnf", "zypper", "apk", "pacman", "dpkg-query", "rpm", "systemctl")

    def __init__(self, folder: Path, shell: str, os_release: str = "") -> None:
        self.folder, self.shell, self.log = folder, shell, folder / "log"
        self.log.touch()
        (folder / "os-release").write_text(os_release)
        self.bin = folder / "bin"
        self.bin.mkdir()
        for program in self.programs:
            self.answers(program, "")
        for tool in ("sed", "sort"):
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)

    def answers(self, program: str, text: str, code: int = 0) -> None:
        script = f'#!/bin/sh\necho "{program} $*" >> {self.log}\nprintf "{text}"\nexit {code}\n'
        (self.bin / program).write_text(script)
        (self.bin / program).chmod(0o755)

    def run(self, action: plan.Action) -> tuple[int, str]:
        assert isinstance(action, plan.Run)
        words = [word.replace("/etc/os-release", str(self.folder / "os-release")) for word in action.argv]
        if words[0] == "/bin/sh":
            shell, *rest = SHELLS[self.shell]
            words[:1] = [shutil.which(shell) or shell, *rest]
        environment = {**dict(action.env), "PATH": str(self.bin)}
        done = subprocess.run(words, env=environment, cwd=self.folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    @property
    def calls(self) -> list[str]:
        return self.log.read_text().splitlines()


@pytest.fixture(params=sorted(SHELLS))
def shell(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if shutil.which(SHELLS[name][0]) is None:
        pytest.skip(f"{SHELLS[name][0]} is not installed on this machine")
    return name


OS_RELEASES = {
    "debian": ('ID=debian\nVERSION_ID="12"\n', "apt-get"),
    "mint": ('NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n', "apt-get"),
    "rocky": ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "dnf"),
    "nobara": ('ID=nobara\nID_LIKE="rhel centos fedora"\n', "dnf"),
    "tumbleweed": ('ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', "zypper"),
    "alpine": ("ID=alpine\n", "apk"),
    "manjaro": ("ID=manjaro\nID_LIKE=arch\n", "pacman"),
}


@pytest.mark.parametrize("image", OS_RELEASES)
def test_the_family_of_an_unknown_base_is_detected_in_the_step(image: str, shell: str, tmp_path: Path) -> None:
    os_release, manager = OS_RELEASES[image]
    root = Root(tmp_path, shell, os_release)
    (action,) = hook_actions(plan_of("- packages: {install: [curl, vim], remove: [nano]}", GOLDEN))

    code, error = root.run(action)

    assert (code, error) == (0, "")
    assert {call.split()[0] for call in root.calls} == {manager}
    removing, installing = ([call.endswith(names) for call in root.calls] for names in (" nano", " curl vim"))
    assert removing.index(True) < installing.index(True)


@pytest.mark.parametrize("os_release", ["", "ID=void\n", 'ID="hadron"\nID_LIKE=""\n'])
def test_a_base_of_no_known_family_fails_with_what_to_do(os_release: str, shell: str, tmp_path: Path) -> None:
    root = Root(tmp_path, shell, os_release)
    (action,) = hook_actions(plan_of("- packages: [curl]", GOLDEN))

    code, error = root.run(action)

    assert code == 1
    assert "write family:" in error
    assert root.calls == []


def test_a_step_stops_at_the_first_command_that_fails(shell: str, tmp_path: Path) -> None:
    root = Root(tmp_path, shell, "ID=fedora\n")
    root.answers("dnf", "", code=3)
    for base in (GOLDEN, "fedora:43"):
        (action,) = hook_actions(plan_of("- packages: {install: [curl], remove: [nano]}", base))

        assert root.run(action)[0] == 3
    assert root.calls == ["dnf remove -y nano"] * 2


# The output of a package database, and the call that it must cause.
KERNELS = {
    "debian:13": (
        "dpkg-query",
        "installed linux-image-6.1-amd64\\nconfig-files linux-image-5\\ninstalled linux-modules-6\\n",
        "apt-get purge -y linux-image-6.1-amd64 linux-modules-6",
    ),
    "fedora:43": ("rpm", "kernel-core\\nkernel\\nkernel-core\\n", "dnf remove -y kernel kernel-core"),
    "opensuse/leap:15.6": ("rpm", "kernel-default\\n", "zypper --non-interactive remove kernel-default"),
    "alpine:3.21": ("apk", "linux-pam\\nlinux-lts\\nlinux-firmware-none\\n", "apk del linux-lts"),
    "archlinux": ("pacman", "linux-api-headers\\nlinux\\nlinux-firmware\\n", "pacman -R --noconfirm linux"),
}
IDS = {"debian:13": "debian", "fedora:43": "fedora", "opensuse/leap:15.6": "sles", "alpine:3.21": "alpine"}


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize("base", KERNELS)
def test_a_kernel_takes_the_place_of_those_that_are_installed(
    base: str, is_known: bool, shell: str, tmp_path: Path
) -> None:
    database, answer, removal = KERNELS[base]
    if (shell, database) == ("busybox", "rpm"):
        pytest.skip("busybox may have its own rpm, and no family with rpm has busybox as its shell")
    root = Root(tmp_path, shell, f"ID={IDS.get(base, 'arch')}\n")
    root.answers(database, answer)
    (action,) = hook_actions(plan_of("- kernel: linux-wanted", base if is_known else GOLDEN))

    assert root.run(action)[0] == 0
    assert removal in root.calls
    installing = [place for place, call in enumerate(root.calls) if call.endswith(" linux-wanted")]
    assert len(installing) == 1
    assert installing[0] > root.calls.index(removal)


@pytest.mark.parametrize("base", KERNELS)
def test_nothing_is_removed_where_no_kernel_is_installed(base: str, shell: str, tmp_path: Path) -> None:
    root = Root(tmp_path, shell)
    (action,) = hook_actions(plan_of("- kernel: linux-wanted", base))

    assert root.run(action)[0] == 0
    assert not [call for call in root.calls if {"purge", "remove", "del", "-R"} & set(call.split())]


def test_units_are_changed_in_an_order_that_undoes_no_change(shell: str, tmp_path: Path) -> None:
    root = Root(tmp_path, shell)
    (action,) = hook_actions(plan_of("- systemd: {mask: [d], disable: [c], enable: [b], unmask: [b]}"))

    assert root.run(action) == (0, "")
    assert root.calls == [f"systemctl --root=/ {words}" for words in ("unmask b", "enable b", "disable c", "mask d")]


def test_a_failed_stage_ends_with_its_cause_and_not_with_the_usage(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(
        '#!/bin/sh\necho "INF at work"\nprintf "Error: the\\\\cause\\n\\nUsage:\\n  -a\\n" >&2\nexit $1\n'
    )
    program.chmod(0o755)
    for status in (0, 3):
        words = [*WITHOUT_USAGE, str(tmp_path / "errors"), str(program), str(status)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (status, "INF at work\n", "Error: the\\cause\n\n")


@pytest.mark.parametrize(("release", "is_left_out"), [("v0.4.9", False), ("v0.5.0-rc1", True), ("v0.17.3", True)])
def test_the_usage_is_left_out_where_a_release_prints_it_after_an_error(release: str, *, is_left_out: bool) -> None:
    text = f"base: debian:13\nversion: v1.0.0\nkairos_init: {release}\n"
    (plan,) = resolve(sections.read(language.Source("Kairosfile", text)), ["linux/amd64"])

    files = {step.id: step.action.error_file for step in plan.steps if isinstance(step.action, Run)}
    assert all(bool(file) == is_left_out for file in files.values())
    for step in plan.steps:
        if isinstance(step.action, Run) and step.action.error_file:
            in_memory = [mount.target for mount in step.action.mounts if mount.kind == "tmpfs"]
            assert any(step.action.error_file.startswith(f"{target}/") for target in in_memory)
