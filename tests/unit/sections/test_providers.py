"""Providers: any name, the plugin that installs it, and several plugins together."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from kairosfile import language, sections
from kairosfile.plan.kairos import PLUGIN_SCRIPT
from kairosfile.plan.model import Copy, Run
from kairosfile.plan.resolve import resolve
from kairosfile.sections.document import image_fields

if TYPE_CHECKING:
    from pathlib import Path

    from kairosfile.plan.model import Plan

START = "base: mirror/debian:13\nversion: v1.0.0\n"
OWN = "provider: {name: own, version: v7, plugin: bin/own}\n"
STEP = "hooks: {{before_install: [{{copy: {source}, to: {target}}}]}}\n"


def read(text: str, **build_args: str) -> sections.Document:
    return sections.read(language.Source("Kairosfile", START + text), build_args)


def plan(text: str, platform: str = "linux/amd64", **build_args: str) -> Plan:
    return resolve(read(text, **build_args), [platform])[0]


def words(own_plan: Plan, step: str) -> tuple[str, ...]:
    action = next(it.action for it in own_plan.steps if it.id == step)
    assert isinstance(action, Run)
    return action.argv


def rule_ids(text: str) -> set[str]:
    """Return the rules of a file's errors, or of its warnings without the advice to pin images."""
    try:
        return {it.rule.id for it in read(text).warnings} - {"KF501", "KF502"}
    except language.KairosfileError as error:
        return {it.rule.id for it in error.diagnostics}


def test_a_plugin_is_put_where_install_looks_and_the_step_that_brings_another_is_skipped() -> None:
    result = plan(OWN + "skip_steps: [branding]\n")

    step = next(it for it in result.steps if it.id == "plugin")
    assert step.action == Copy(("bin/own",), "/system/providers/agent-provider-own", mode=0o755)
    assert " ".join(words(result, "install")).endswith(
        "-p own --provider-own-version v7 --skip-step branding,providerBinaries --version v0.0.0"
    )
    assert "--skip-step" not in words(result, "init")
    assert result.checks == ("validate", "check")


def test_the_plugin_of_an_image_is_copied_of_it_and_the_image_can_be_locked() -> None:
    text = "provider: {name: k3s, version: anything, plugin: /p, from: 'example.com/p:v1'}\n"
    result = plan(text)

    action = next(it.action for it in result.steps if it.id == "plugin")
    assert isinstance(action, Copy)
    assert (action.image, action.sources) == ("example.com/p:v1", ("/p",))
    assert ("example.com/p:v1", "example.com/p:v1") in {(it.id, it.reference) for it in result.images}
    assert (("provider", "from"), "example.com/p:v1") in list(image_fields(read(text)))


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("provider: {name: own, version: v7}", {"KF241"}),
        ("provider: {name: own, version: v7}\nkairos_init: v0.5.29", {"KF241"}),
        ("provider: own", {"KF241"}),
        ("provider: {name: own, plugin: p}", set()),
        ("provider: {name: k8s, plugin: p}", set()),
        ("provider: {name: k8s, version: v1}", {"KF101"}),
        ("provider: {name: k3s, version: v1}", {"KF104"}),
        ("provider: {name: k3s, version: v1.33.\u0661+k3s1}", {"KF104"}),
        ("provider: {name: k3s, version: v1, plugin: p}", set()),
        ("provider: {name: own, plugin: p}\nkairos_init: v0.5.29", {"KF202"}),
        ("provider: {name: own, plugin: .}", {"KF105"}),
        ("provider: {name: own, plugin: a/../../p}", {"KF105"}),
        ("provider: {name: own, from: 'a:b'}", {"KF005"}),
        ("provider: [k3s, k0s]", {"KF242"}),
    ],
)
def test_a_provider_of_any_name_needs_a_plugin(text: str, rules: set[str]) -> None:
    assert rule_ids(text + "\n") == rules


@pytest.mark.parametrize(
    ("target", "source", "is_found"),
    [
        ("/system/providers/agent-provider-own", "p", True),
        ("/system/providers/", "a/agent-provider-own", True),
        ("/usr/local/system/providers/", "agent-provider-own", True),
        ("/usr/bin/", "agent-provider-own", True),
        ("//usr/./bin/", "agent-provider-own", True),
        ("/opt/", "agent-provider-own", False),
        ("/system/providers/", "own", False),
        ("/system/providers/deep/", "agent-provider-own", False),
    ],
)
def test_a_plugin_of_a_step_is_noticed_wherever_install_finds_it(target: str, source: str, *, is_found: bool) -> None:
    step = STEP.format(source=source, target=target)
    provider = "provider: {name: k3s, version: v1.33.1+k3s1}\n"

    assert ("KF242" in rule_ids(provider + step)) == is_found
    assert "KF242" not in rule_ids(step)
    for skipped in ("providerBinaries", "buildProvider", "install"):
        assert "KF242" not in rule_ids(f"{provider}{step}skip_steps: [{skipped}]\n")
    assert "KF242" not in rule_ids(f"{provider}{step}kairos_init: v0.5.29\n")
    assert ("KF242" in rule_ids(OWN + step.replace("own", "other"))) == is_found


def test_a_plugin_of_a_step_installs_a_provider_too() -> None:
    step = STEP.format(source="agent-provider-own", target="/system/providers/")

    assert rule_ids(f"provider: own\nskip_steps: [providerBinaries]\n{step}") == set()


def test_a_build_arg_that_says_the_same_keeps_the_plugin() -> None:
    remaining = plan(OWN, PROVIDER_NAME="own", PROVIDER_VERSION="v8")
    replaced = plan(OWN, PROVIDER_NAME="k3s")

    assert [it.id for it in remaining.steps][:2] == ["plugin", "install"]
    assert "v8" in words(remaining, "install")
    assert next(it.id for it in replaced.steps) == "install"


def test_an_own_plugin_may_be_for_any_platform() -> None:
    assert next(it.id for it in plan(OWN, "linux/riscv64").steps) == "plugin"


def test_the_record_of_a_custom_plugin_is_shown_and_a_missing_one_fails(tmp_path: Path) -> None:
    def run() -> tuple[int, str]:
        script = PLUGIN_SCRIPT.replace("/system/", f"{tmp_path}/system/").replace("/etc/", f"{tmp_path}/etc/")
        done = subprocess.run(["/bin/sh", "-c", script, "check", "own"], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    assert run()[0] == 1
    plugin = tmp_path / "system/providers/agent-provider-own"
    plugin.parent.mkdir(parents=True)
    plugin.write_text("")
    plugin.chmod(0o755)
    assert run() == (
        0,
        f"check: {tmp_path}/etc/kairos-release has no KAIROS_SOFTWARE_VERSION: the plugin told init none\n",
    )
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/kairos-release").write_text('KAIROS_SOFTWARE_VERSION="v7"\n')
    assert run() == (0, "")
