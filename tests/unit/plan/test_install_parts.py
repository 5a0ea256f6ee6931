"""Install in parts: the options of each part, which edits keep it cached, and which files reach no layer."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile import language, sections
from kairosfile.kairos.commands import steps_of
from kairosfile.kairos.releases import NEWEST, release
from kairosfile.plan.explain import explain_step
from kairosfile.plan.model import Run
from kairosfile.plan.offline import keys
from kairosfile.plan.resolve import resolve
from kairosfile.plan.targets import find, select

if TYPE_CHECKING:
    from kairosfile.plan.model import Plan

# A mirror: its distribution is a guess, so install runs in parts only if the file sets it.
HEAD = "base: registry.example.com/mirror/debian:13\nversion: v1.0.0\n"
TRIED = "base: debian:13\nversion: v1.0.0\n"
PARTS = HEAD + "install: {parts: true}\n"
K3S = "provider: {name: k3s, version: v1.33.1+k3s1}\n"
K0S = "provider: {name: k0s, version: v1.33.1+k0s.0}\n"
KERNEL = "hooks: {after_install: [{kernel: linux-image-cloud-amd64}]}\n"
LISTS = "/var/lib/apt/lists"
KEY = "/etc/ssh/ssh_host_ed25519_key"


def plan_of(text: str, platform: str = "linux/amd64") -> Plan:
    (plan,) = resolve(sections.read(language.Source("Kairosfile", text)), [platform], artifacts=False)
    return plan


def runs(text: str, platform: str = "linux/amd64") -> dict[str, Run]:
    return {step.id: step.action for step in plan_of(text, platform).steps if isinstance(step.action, Run)}


def skipped(run: Run) -> set[str]:
    return set(run.argv[run.argv.index("--skip-step") + 1].split(",")) if "--skip-step" in run.argv else set()


def find_install(text: str) -> tuple[str, ...]:
    return find(plan_of(text, "linux/arm64"), "install").steps


def cached(before: str, after: str) -> set[str]:
    """Return the steps of the second file that are in the cache after the first."""
    had = {each.whole for each in keys(plan_of(before)).values()}
    return {step for step, key in keys(plan_of(after)).items() if key.whole in had}


@pytest.mark.parametrize("base", ["debian:13", "docker.io/library/debian:12-slim", "public.ecr.aws/debian/debian:13"])
@pytest.mark.parametrize("used", ["v0.14.7", "v0.16.4", NEWEST])
def test_install_runs_in_parts_where_they_are_tested(base: str, used: str) -> None:
    head = TRIED.replace("debian:13", base) + f"kairos_init: {used}\n"
    assert find_install(head + K3S) == ("packages", "kernel", "kairos", "provider")
    assert find_install(head + K3S + "install: {parts: false}\n") == ("install",)


NOT_TRIED = [
    ("kairos_init", "kairos_init: v0.14.6\nversion"),
    ("kairos_init", "kairos_init: v0.17.4\nversion"),
    ("kairos_init", "model: rpi4\nversion"),
    ("debian:13", "ubuntu:24.04"),
    ("debian:13", "fedora:43"),
    ("debian:13", "registry.example.com/mirror/debian:13"),
    ("debian:13", "registry.example.com/base:1\nfamily: debian"),
]


@pytest.mark.parametrize(("old", "new"), NOT_TRIED)
def test_install_is_one_step_where_parts_are_neither_tested_nor_requested(old: str, new: str) -> None:
    head = TRIED.replace("version", new) if old == "kairos_init" else TRIED.replace(old, new)
    assert find_install(head + K3S) == ("install",)
    assert len(find_install(head + K3S + "install: {parts: true}\n")) >= 3


def test_stage_extensions_and_a_skipped_stage_keep_install_in_one() -> None:
    assert find_install(TRIED + K3S + "stage_extensions: ext\n") == ("install",)
    assert find_install(TRIED + "skip_steps: [install]\n") == ("install",)


def test_alpine_has_all_but_the_provider_in_one_part() -> None:
    text = PARTS.replace("mirror/debian:13", "mirror/alpine:3.21") + K3S + "binaries: {agent: v2.25.0}\n"
    actual = plan_of(text)
    assert [step.id for step in actual.steps][:3] == ["binaries", "packages", "provider"]
    assert skipped(runs(text)["packages"]) == {"providerBinaries", "buildProvider"}
    assert actual.steps[1].name == "install packages, kernel and kairos"


def test_each_step_of_kairos_init_is_run_by_exactly_one_part() -> None:
    actual = runs(PARTS + K3S)
    every = {name for name, stage in steps_of(release(NEWEST)).items() if stage == "install"} - {"install"}
    ran = [every - skipped(actual[part]) for part in ("packages", "kernel", "kairos", "provider")]
    assert set().union(*ran) == every
    assert sum(map(len, ran)) == len(every)


@pytest.mark.parametrize("used", ["v0.6.0", "v0.9.1", "v0.14.8", NEWEST])
def test_parts_follow_each_other_and_get_only_the_settings_that_they_read(used: str) -> None:
    text = f"{PARTS}{K3S}kairos_init: {used}\nfips: true\n"
    steps = plan_of(text).steps[:4]
    assert [step.id for step in steps] == ["packages", "kernel", "kairos", "provider"]
    assert all(before.id == after.start for before, after in pairwise(steps))
    result = {
        step.id: set(step.action.argv) & {"-m", "-t", "--fips", "-p"} for step in steps if isinstance(step.action, Run)
    }
    assert result == {
        "packages": {"-m", "-t", "--fips"},
        "kernel": {"-m", "-t"},
        "kairos": {"-t", "--fips"},
        "provider": {"--fips", "-p"},
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("v1.33.1+k3s1", "v1.33.2+k3s1"), {"packages", "kernel", "kairos"}),
        ((K3S, K0S), {"packages", "kernel", "kairos"}),
        ((K3S, ""), {"packages", "kernel", "kairos"}),
        ((K3S, K3S + "binaries: {agent: v2.25.0}\n"), {"packages", "kernel"}),
        ((K3S, K3S + "environment: {K3S: x}\n".replace("K3S", "INSTALL_K3S_EXEC")), {"packages", "kernel", "kairos"}),
        ((K3S, K3S + KERNEL), {"packages"}),
        ((K3S, K3S + "skip_steps: [branding]\n"), {"packages", "kernel"}),
        ((K3S, K3S + "fips: true\n"), set()),
    ],
)
def test_a_change_leaves_the_parts_before_it_cached(change: tuple[str, str], expected: set[str]) -> None:
    before = PARTS + K3S
    assert before.count(change[0]) == 1
    assert cached(before, before.replace(*change)) & {"packages", "kernel", "kairos", "provider"} == expected


def test_variables_go_to_the_part_that_reads_them() -> None:
    text = PARTS + K3S + 'environment: {L4T_VERSION: "36.4", INSTALL_K3S_EXEC: x, KAIROS-INIT_TRACE: "1"}\n'
    options = {name: {key for key, _ in run.env} for name, run in runs(text).items()}
    assert {name for name, env in options.items() if "L4T_VERSION" in env} == {"packages"}
    assert {name for name, env in options.items() if "INSTALL_K3S_EXEC" in env} == {"provider"}
    assert {"packages", "kernel", "kairos", "provider", "init"} == {
        name for name, env in options.items() if "KAIROS-INIT_TRACE" in env
    }


def test_a_board_installs_packages_and_kernel_in_one_part_and_no_other_part_gets_the_board() -> None:
    text = PARTS.replace("version", "model: rpi4\nversion") + K3S
    actual = runs(text, "linux/arm64")
    assert list(actual)[:3] == ["packages", "kairos", "provider"]
    assert {"installPackages", "installKernel"}.isdisjoint(skipped(actual["packages"]))
    assert ["rpi4" in actual[part].argv for part in ("packages", "kairos", "provider")] == [True, False, False]


def test_kairos_has_a_network_only_where_it_downloads_binaries() -> None:
    assert runs(PARTS)["kairos"].network == "none"
    assert runs(PARTS + "binaries: {immucore: v0.11.3}\n")["kairos"].network == "default"


def test_binaries_are_named_before_the_part_that_reads_them() -> None:
    steps = plan_of(PARTS + "binaries: {immucore: v0.11.3}\n").steps
    assert [step.id for step in steps][:4] == ["packages", "kernel", "binaries", "kairos"]


def test_a_part_without_anything_to_run_is_left_out() -> None:
    assert "provider" not in runs(PARTS)
    assert "kernel" not in runs(PARTS + "skip_steps: [installKernel]\n")
    assert "kernel" not in runs(PARTS + KERNEL)


def test_install_is_a_target_of_all_parts_and_each_part_is_one() -> None:
    plan = plan_of(PARTS + K3S)
    assert find(plan, "install").steps == ("packages", "kernel", "kairos", "provider")
    assert find(plan, "install").root == "provider"
    assert [step.id for step in select(plan, "kernel").steps] == ["packages", "kernel"]


def test_a_name_that_the_file_gives_goes_before_that_of_a_part() -> None:
    named = "hooks: {after_install: [{name: Kernel, run: make}, {name: Init, run: make}]}\n"
    plan = plan_of(TRIED + named)
    assert find(plan, "kernel").steps == ("after_install-1",)
    assert find(plan, "init").steps == ("init",)
    assert find(plan, "install").steps == ("packages", "kernel", "kairos")


def test_each_part_is_explained() -> None:
    document = sections.read(language.Source("Kairosfile", PARTS + K3S))
    (plan,) = resolve(document, ["linux/amd64"])
    explained = {step.id: explain_step(document, plan, step) for step in plan.steps}
    assert "the first part of install" in explained["packages"].purpose
    assert explained["provider"].network_reason == "it downloads Kubernetes"
    assert any("kairos-init-install-stage.yaml" in note for note in explained["kairos"].notes)


@pytest.mark.parametrize(("text", "line"), [(TRIED, None), (TRIED + "install: {parts: true}\n", 3)])
def test_why_install_runs_in_parts_is_explained(text: str, line: int | None) -> None:
    document = sections.read(language.Source("Kairosfile", text))
    (plan,) = resolve(document, ["linux/amd64"])
    fields = {field.name: field for field in explain_step(document, plan, plan.steps[0]).fields}
    assert fields["install.parts"].value is True
    where = fields["install.parts"].range
    assert (where.start.line if where else None) == line


REFUSED: list[tuple[str, str]] = [
    ("kairos_init: v0.5.29\n", "cannot run in parts"),
    ("stage_extensions: ext\n", "starts the stage extensions again"),
    ("skip_steps: [install]\n", "skips all of install"),
]


@pytest.mark.parametrize(("more", "message"), REFUSED)
def test_parts_are_refused_for_releases_without_them(more: str, message: str) -> None:
    with pytest.raises(language.KairosfileError) as caught:
        plan_of(PARTS + more)
    assert [(each.rule.id, message in each.message) for each in caught.value.diagnostics] == [("KF246", True)]


def test_a_kernel_step_leaves_the_default_kernel_out_where_the_release_can() -> None:
    assert skipped(runs(HEAD + KERNEL)["install"]) == {"installKernel"}
    assert skipped(runs(HEAD + KERNEL + "kairos_init: v0.5.4\n")["install"]) == set()
    assert "--skip-step" not in runs(HEAD + KERNEL + "kairos_init: v0.4.9\n")["install"].argv


def test_what_the_file_skips_is_skipped_beside_the_kernel() -> None:
    actual = runs(HEAD + KERNEL + "skip_steps: [branding, installKernel, cleanup]\n")
    assert actual["install"].argv[actual["install"].argv.index("--skip-step") + 1] == "branding,installKernel"


def test_a_kernel_step_that_names_what_it_removes_leaves_install_alone() -> None:
    named = "hooks: {after_install: [{kernel: {install: [linux-image-a], remove: [linux-image-b]}}]}\n"
    assert skipped(runs(HEAD + named)["install"]) == set()


def mounted(text: str, step: str = "install") -> set[str]:
    return {mount.target for mount in runs(text)[step].mounts}


@pytest.mark.parametrize("base", ["debian:13", "ubuntu:24.04", "registry.example.com/mirror/ubuntu:22.04"])
def test_what_packages_of_debian_leave_for_init_to_remove_reaches_no_layer(base: str) -> None:
    text = HEAD.replace("debian:13", base)
    assert {LISTS, KEY} <= mounted(text)
    assert ("INITRD", "No") in runs(text)["install"].env


@pytest.mark.parametrize("base", ["fedora:40", "alpine:3.20", "opensuse/leap:15.6"])
def test_other_families_are_given_nothing_of_it(base: str) -> None:
    text = HEAD.replace("debian:13", base)
    assert mounted(text).isdisjoint({LISTS, KEY})
    assert ("INITRD", "No") not in runs(text)["install"].env


def test_a_base_that_only_the_image_knows_gets_the_variable_alone() -> None:
    text = HEAD.replace("debian:13", "registry.example.com/base:1")
    assert mounted(text).isdisjoint({LISTS, KEY})
    assert ("INITRD", "No") in runs(text)["install"].env


def test_parts_without_packages_are_given_nothing_of_it() -> None:
    assert {LISTS, KEY} <= mounted(PARTS, "packages") & mounted(PARTS, "kernel")
    assert mounted(PARTS, "kairos").isdisjoint({LISTS, KEY})


def hook(name: str, step: dict[str, Any]) -> str:
    return f"hooks: {{{name}: [{step}]}}\n".replace("'", '"')


@pytest.mark.parametrize(
    ("more", "stays"),
    [
        (hook("after_install", {"run": "apt-get install -y vim"}), True),
        (hook("after_install", {"run": "./install.sh"}), True),
        (hook("after_install", {"run": "apt-get update; apt-get install -y vim"}), False),
        (hook("after_install", {"run": "make", "network": "none"}), False),
        (hook("after_install", {"packages": ["vim"]}), False),
        (hook("before_install", {"run": "./install.sh"}), False),
        (hook("after_init", {"run": "./install.sh"}), False),
        (hook("after_init", {"run": "./install.sh"}) + "skip_steps: [cleanup]\n", True),
        (hook("after_init", {"run": "./install.sh"}) + "kairos_init: v0.4.9\n", True),
        ("stage_extensions: ext\n", True),
    ],
)
def test_the_lists_of_apt_stay_where_a_later_step_may_read_them(more: str, stays: bool) -> None:
    assert (LISTS not in mounted(HEAD + more)) == stays


def test_trusted_boot_on_ubuntu_keeps_the_lists_for_init() -> None:
    ubuntu = HEAD.replace("debian:13", "ubuntu:24.04") + "trusted_boot: true\n"
    assert LISTS not in mounted(ubuntu)
    assert KEY in mounted(ubuntu)


@pytest.mark.parametrize(("target", "gone"), [(LISTS, LISTS), ("/var/lib/apt", LISTS), ("/etc/ssh/x", KEY)])
def test_what_the_file_mounts_there_goes_first(target: str, gone: str) -> None:
    text = HEAD + f"install: {{mounts: [{{type: tmpfs, target: {target}}}]}}\n"
    targets = [mount.target for mount in runs(text)["install"].mounts]
    assert (gone in targets) == (gone == target)
    assert len(targets) == len(set(targets))


@pytest.mark.parametrize(
    ("text", "step", "expected"),
    [
        (hook("after_install", {"packages": ["vim"]}), "after_install-1", True),
        (KERNEL, "after_install-1", True),
        (hook("before_install", {"packages": ["vim"]}), "before_install-1", True),
        (hook("after_init", {"packages": ["vim"]}), "after_init-1", False),
        (KERNEL + "skip_steps: [initrd]\n", "after_install-1", False),
        (KERNEL + "skip_steps: [initrd]\n", "install", False),
    ],
)
def test_packages_make_no_initrd_where_init_makes_it_later(text: str, step: str, expected: bool) -> None:
    assert (("INITRD", "No") in runs(HEAD + text)[step].env) == expected
