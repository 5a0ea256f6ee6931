"""Cloud-configs at every depth: the tables equal the facts; a config that breaks a machine is an error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kairosfile import language, sections
from kairosfile.kairos.mounts import HIDDEN, HIDDEN_BY_TRUSTED_BOOT, hidden
from kairosfile.kairos.releases import NEWEST, release
from kairosfile.language import rules
from kairosfile.language.nodes import Source
from kairosfile.sections.cloud_config import schema
from kairosfile.sections.cloud_config.checks import check_text
from kairosfile.sections.cloud_config.extensions import STAGES as EXTENSION_STAGES
from kairosfile.sections.cloud_config.schema import HEADERS, NO_GIT, Reader, header_of

if TYPE_CHECKING:
    from kairosfile.language.diagnostics import Diagnostic

CORPUS = Path(__file__).parent / "cloud_configs"
FACTS: dict[str, Any] = json.loads((CORPUS / "facts.json").read_text())
SAMPLES = sorted(CORPUS.rglob("*.yaml"))

# Faults of corpus samples: their originals have them too, and they break machines.
MESSAGES = {
    "bundled/10_accounting.yaml": ["KF409", "KF416"],  # a misspelt `permissions`: /etc/sudoers has mode 0000
    "documented/fleet.yaml": ["KF416"],  # a manifest with mode 0000
    "documented/kubeadm.yaml": ["KF413"],  # `permissions` in quotes: all stages are dropped
    "documented/owner-string.yaml": ["KF409", "KF409", "KF418"],  # unknown keys, and git at boot
    "documented/p2p-users.yaml": ["KF417"],
}

# Names of records here, where the facts have another name or use one name twice.
RENAMED = {"Stage": "Step", "YipEntity": "Entity", "UnpackImageConf": "UnpackImage"}
OF_CLOUD_INIT = {"User": "CloudInitUser", "File": "CloudInitFile", "CloudConfig": "CloudInit"}
OF_AGENT = {"Partition": "InstallPartition"}


def found_in(text: str, place: str = "image", chosen: str = NEWEST) -> list[Diagnostic]:
    reader = Reader(place, release(chosen), "/system/oem/90_custom.yaml")  # type: ignore[arg-type]
    return check_text(Source("cc.yaml", text), reader)


def rules_of(text: str, place: str = "image", chosen: str = NEWEST) -> list[str]:
    return sorted(diagnostic.rule.id for diagnostic in found_in(text, place, chosen) if diagnostic.severity != "note")


def in_a_step(line: str) -> str:
    return f"#cloud-config\nstages:\n  boot:\n    - name: one\n      {line}\n"


# The tables equal the facts.


def spelled(type_: Any, names: dict[str, str]) -> str:
    """Return a type of the facts in the table's notation."""
    if isinstance(type_, str):
        return {"uint32": "uint", "uint64": "uint"}.get(type_, type_)
    if "list" in type_:
        return f"[{spelled(type_['list'], names)}]"
    if "map" in type_:
        return "{" + spelled(type_["map"], names) + "}"
    return names.get(str(type_["record"]), str(type_["record"]))


@pytest.mark.parametrize(
    ("kind", "names"),
    [("yip_records", RENAMED), ("cloudinit_records", OF_CLOUD_INIT), ("agent_records", OF_AGENT)],
)
def test_every_record_has_the_fields_and_types_of_the_facts(kind: str, names: dict[str, str]) -> None:
    # Records without a table: users are cloud-init's list, GRUB's options are free keys, and each `cluster` differs.
    unread = {"YipConfig", "SchemaUser", "GrubOptions", "Cluster"}
    for record, fields in FACTS[kind].items():
        if record not in unread:
            expected = {name: spelled(f["type"], names) for name, f in fields.items() if f.get("in_schema") != "only"}
            assert schema.fields_of(names.get(record, record)) == expected, record


def test_the_top_level_has_the_keys_of_the_facts_that_something_reads() -> None:
    read = {key for key, fact in FACTS["agent_top_level"].items() if fact["reader"] != "none"}

    assert set(schema.TOP_LEVEL) == read
    for key, fact in FACTS["agent_top_level"].items():
        if fact["reader"] == "agent" and key not in schema.fields_of("AgentOther"):
            assert schema.fields_of("Agent")[key] == spelled(fact["type"], {})


def test_fields_are_known_since_the_yip_of_the_facts() -> None:
    since = {
        (RENAMED.get(record, record), name): field["since_yip"]
        for record, fields in FACTS["yip_records"].items()
        for name, field in fields.items()
        if "since_yip" in field
    }

    assert since == schema.SINCE


def test_what_the_installation_alone_reads_is_weakly_typed() -> None:
    weak = {name for name, field in FACTS["agent_records"]["Install"].items() if field.get("spec_only")}

    assert weak == schema.WEAK_FIELDS


def test_stages_are_those_of_the_facts() -> None:
    lifecycle = {*FACTS["stages"]["lifecycle"]["grub"], *FACTS["stages"]["lifecycle"]["trusted_boot"]}

    assert list(schema.BOOT_STAGES) == FACTS["stages"]["boot"]["names"]
    assert set(schema.LIFECYCLE_STAGES) == lifecycle
    assert list(schema.STAGE_SUFFIXES) == FACTS["stages"]["boot"]["suffixes"]
    run_by = FACTS["stages"]["boot"]["run_by"]
    assert [stage for stage, program in run_by.items() if program == "immucore"] == list(schema.IMMUCORE_STAGES)
    assert list(EXTENSION_STAGES) == [name for names in FACTS["extension_stages"].values() for name in names]


def test_ignored_keys_of_cloud_init_are_those_of_the_facts() -> None:
    assert list(schema.CLOUD_INIT_ONLY) == [key for key in FACTS["ignored_cloud_init_keys"] if "." not in key]
    assert list(HEADERS) == FACTS["headers"]


@pytest.mark.parametrize("fact", FACTS["releases"], ids=lambda fact: fact["release"])
def test_each_release_has_the_versions_of_yip_of_the_facts(fact: dict[str, Any]) -> None:
    chosen = release(fact["release"])

    # Patch releases of one series have the same keys, so the table has only the series.
    def series(version: object) -> str:
        return str(version).rpartition(".")[0]

    own, agent = Reader("extension", chosen).yip("install"), Reader("image", chosen).yip("boot")
    immucore = Reader("image", chosen).yip("rootfs.before")
    assert min(own, release("v1.23.0")) == min(release(fact["yip"]), release("v1.23.0"))
    assert series(min(agent, release("v1.23.0"))) == series(min(release(fact["agent_yip"]), release("v1.23.0")))
    assert series(min(immucore, release("v1.23.0"))) == series(min(release(fact["immucore_yip"]), release("v1.23.0")))
    assert (chosen >= NO_GIT) == ("nogit" in fact["agent_tags"])


def test_hidden_folders_are_those_of_the_facts() -> None:
    assert set(HIDDEN) == set(FACTS["hidden"]["installed"])
    assert set(HIDDEN_BY_TRUSTED_BOOT) == set(FACTS["hidden"]["trusted_boot"])
    assert hidden("/usr//local/./bin/x", trusted_boot=False)
    assert not hidden("/usr/locale", trusted_boot=False)
    assert not hidden("/efi/x", trusted_boot=False)
    assert hidden("/efi/x", trusted_boot=True)


# A valid config has no diagnostic.


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: str(path.relative_to(CORPUS)))
def test_the_corpus_stays_silent_but_for_what_breaks_machines(sample: Path) -> None:
    name = str(sample.relative_to(CORPUS))
    assert rules_of(sample.read_text()) == MESSAGES.get(name, []), name


@pytest.mark.parametrize(
    "line",
    [
        "commands: [1, true, 1.10, 2024-01-01, null]",
        "sysctl: {a: 1, b: 0x10, c: yes}",
        "hostname: 007",
        "packages: {refresh: yes, install: [vim]}",
        "packages: {refresh: on, install: [vim]}",
        'packages: {refresh: "yes", install: [vim]}',
        "users: {op: {uid: 1000, lock_passwd: True}}",
        "files: [{path: /a, content: x, permissions: 0o644, owner: 0x0, group: 1_000}]",
        "files: [{path: /a, content: x, permissions: 420}]",
        "files: [{path: /a, permissions: null}]",
        "files:",
        "files: [null]",
        "unpack_images: [{source: a, target: /b}]",
        "only_os: 'Ubuntu.*'",
        "only_arch: 'amd64|x86_64'",
        "if_files: {any: [/a], all: [/b], none: [/c]}",
        "after: [{name: /system/oem/90_custom.yaml.one}]",
    ],
)
def test_input_that_yip_accepts_has_no_diagnostic(line: str) -> None:
    assert found_in(in_a_step(line)) == []


# A faulty config has a diagnostic at its range.


@pytest.mark.parametrize(
    ("line", "rule", "message"),
    [
        ("commands: [{echo a: b}]", "KF413", "commands[0] must be text, not a mapping"),
        ("commands: echo", "KF413", "commands must be a list, not text"),
        ('files: [{path: /a, content: x, permissions: "0644"}]', "KF413", "whole number, not text in quotes"),
        ("files: {path: /a}", "KF413", "files must be a list, not a mapping"),
        ("users: [{name: op}]", "KF413", "users must be a mapping, not a list"),
        ("users: {op: {groups: admin, passwd: x}}", "KF413", "users.op.groups must be a list"),
        ("sysctl: [a=1]", "KF413", "sysctl must be a mapping"),
        ("packages: {refresh: 1, install: [vim]}", "KF413", "true or false, not text"),
        ('packages: {refresh: "true", install: [vim]}', "KF413", "true or false, not text in quotes"),
        ("layout: {device: /dev/sda}", "KF413", "layout.device must be a mapping"),
        ("layout: {device: {path: /a}, add_partitions: [{size: -1}]}", "KF413", "whole number"),
        ("downloads: [{url: u, path: /a, permissions: 0644, timeout: 5s}]", "KF413", "timeout must be a whole number"),
        ("authorized_keys: {op: github:op}", "KF413", "authorized_keys.op must be a list"),
        ("systemctl: {overrides: [a]}", "KF413", "overrides[0] must be a mapping"),
        ("comands: [a]", "KF409", 'yip ignores the key "comands"'),
        ("Commands: [a]", "KF409", 'yip ignores the key "Commands"'),
        ("files: [{path: /a, content: x, permissions: 644}]", "KF416", "the mode is -w----r--"),
        ("files: [{path: /a, content: x, permissions: 04755}]", "KF416", "drops setuid"),
        ("files: [{path: /a, content: x}]", "KF416", "mode 0000"),
        ("downloads: [{path: /a, url: u}]", "KF416", "mode 0000"),
        ("directories: [{path: /a}]", "KF422", "mode 0000"),
        ("users: {op: {groups: [admin]}}", "KF417", 'the user "op" has an empty password'),
        ("users: {op: {lock_passwd: false}}", "KF417", "empty password"),
        ("git: {url: u, path: /a}", "KF418", "git never works at boot"),
        ("after: [{name: one}]", "KF415", 'has the name "one"'),
        ("after: [{name: /system/oem/90_custom.yaml.two}]", "KF415", "yip panics"),
        ("after: [{name: Kairos.one}]", "KF420", "unless one of Kairos' own has it"),
        ("packages: {upgrade: true}", "KF420", "upgrade alone does nothing"),
        ("layout: {expand_partition: {size: 0}}", "KF420", "a layout without device"),
        ("dns: {search: [a]}", "KF420", "dns without nameservers"),
        ("only_arch: x86_64", "KF420", "called amd64"),
        ("only_service_manager: runit", "KF420", "systemd or openrc"),
        ("if_files: {some: [/a]}", "KF420", 'no "some"'),
        ("only_os: 'Ubuntu(.*'", "KF420", "not a regular expression"),
        ("files: [{path: /a, content: x, permissions: 0644, encoding: base46}]", "KF420", "not an encoding"),
    ],
)
def test_what_breaks_a_step_is_found_in_it(line: str, rule: str, message: str) -> None:
    (diagnostic,) = found_in(in_a_step(line))

    assert (diagnostic.rule.id, diagnostic.range.start.line) == (rule, 5), diagnostic.message
    assert message in diagnostic.message
    assert diagnostic.hint


@pytest.mark.parametrize(
    ("text", "rule", "message"),
    [
        ("users: {op: {passwd: x}}", "KF413", "users must be a list, not a mapping"),
        ("users: [default]", "KF413", "users[0] must be a mapping"),
        ("runcmd: [[sh, -c, a]]", "KF413", "runcmd[0] must be text, not a list"),
        ("write_files: [{path: /a, content: x, permissions: 0o644}]", "KF413", "not octal digits"),
        ("write_files: [{path: /a, content: x, permissions: 888}]", "KF413", "not octal digits"),
        ("write_files: [{path: /a, content: x}]", "KF416", "mode 0000"),
        ("users: [{name: op, plain_text_passwd: x}]", "KF409", "plain_text_passwd"),
        ("users: [{name: op, passwd: x, lockPasswd: true}]", "KF409", "lockPasswd"),
        ("install: {auto: 1}", "KF413", "kairos-agent fails then"),
        ("bundles: [{targets: run://a}]", "KF413", "bundles[0].targets must be a list"),
        ("install: {partitions: {oem: {size: '64'}}}", "KF413", "size must be a whole number, not text in quotes"),
        ("install: {tty: [a]}", "KF420", "install.tty must be text"),
        ("reset: {extra-dirs-rootfs: {a: b}}", "KF420", "must be a list"),
        ("k3s: {enabled: 'true'}", "KF420", "k3s.enabled must be true or false"),
        ("k3s: {enable: true}", "KF409", '"enable"'),
        ("usres: []", "KF409", 'no key "usres"'),
        ("bootcmd: [a]", "KF409", "ignores bootcmd of cloud-init"),
    ],
)
def test_what_breaks_a_key_of_the_top_level_is_found(text: str, rule: str, message: str) -> None:
    messages = {diagnostic.rule.id: diagnostic.message for diagnostic in found_in(f"#cloud-config\n{text}\n")}

    assert message in messages[rule], messages


@pytest.mark.parametrize(
    "text",
    [
        "suc: {version: v0.10.0}",
        "cluster: {config: {any: thing}}",
        "kubevip: {vip_arp: true}",
        "reset: {Reboot: yes, grub-entry-name: 1, extra-dirs-rootfs: /data}",
        "install: {partitions.oem.size: 64}",
        "write_files: [{path: /a, content: x, permissions: 0644}]",
        'write_files: [{path: /a, content: x, permissions: "600"}]',
        "users: [{name: op, passwd: '*', groups: [admin]}]",
        "",
    ],
)
def test_open_or_converted_keys_have_no_diagnostic(text: str) -> None:
    assert found_in(f"#cloud-config\n{text}\n") == []


def test_a_user_with_a_password_in_another_step_has_one() -> None:
    text = "stages:\n  boot:\n    - users: {op: {groups: [admin]}}\n  initramfs:\n    - users: {op: {passwd: x}}\n"

    assert rules_of(text) == []


# The effect of a fault depends on the program that reads the file.


def message_of(text: str, place: str = "image") -> str:
    return next(
        diagnostic.message for diagnostic in found_in(text, place) if diagnostic.rule is rules.CLOUD_CONFIG_TYPE
    )


def test_a_wrong_type_says_what_is_lost_with_it() -> None:
    wrong = "stages:\n  boot:\n    - commands: a\n"

    assert "drops all stages of this file" in message_of(f"#cloud-config\n{wrong}")
    assert "no file of /system/oem" in message_of(wrong)
    assert "no file of /oem" in message_of("#cloud-config\nruncmd: a\n", "iso")
    assert "no file of /system/oem" in message_of("#cloud-config\nruncmd: a\n")


@pytest.mark.parametrize(
    ("text", "place", "rules_found"),
    [
        ("users: [{name: op, passwd: x}]\n", "image", ["KF408"]),
        ("users: [{name: op, passwd: x}]\nstages: {}\n", "image", ["KF408"]),
        ("stages: {}\n", "image", []),
        ("stages: {}\n", "disk", []),
        ("stages: {}\n", "iso", ["KF408"]),
        ("#kairos-config\ninstall: {auto: true}\n", "image", []),
        ("#kairos-config\nhostname: a\n", "image", ["KF408"]),
        ("\n# a comment\n#cloud-config  \nhostname: a\n", "image", []),
        ("#cloud-config # mine\nhostname: a\n", "image", ["KF408"]),
        ("- a\n", "image", ["KF408"]),
        ("a: [\n", "image", ["KF408"]),
        ("a: 1\na: 2\n", "image", ["KF408"]),
        ("a: 1\n---\nb: 2\n", "image", ["KF408"]),
    ],
)
def test_the_first_lines_name_the_reader_of_a_file(text: str, place: str, rules_found: list[str]) -> None:
    assert rules_of(text, place) == rules_found


def test_an_older_yip_looks_for_the_header_on_the_first_line_only() -> None:
    text = "\n#cloud-config\nhostname: a\n"

    assert rules_of(text, chosen="v0.6.9") == ["KF408"]
    assert rules_of(text) == []
    assert not header_of(text, below_comments=False).cloud_init


def test_an_older_yip_ignores_newer_conditions_and_works_with_git() -> None:
    assert rules_of(in_a_step("if_files: {any: [/a]}"), chosen="v0.5.4") == ["KF419"]
    assert rules_of(in_a_step("git: {url: u, path: /a}"), chosen="v0.6.9") == []
    assert rules_of(in_a_step('packages: {refresh: "yes", install: [vim]}'), chosen="v0.6.9") == ["KF413"]
    assert rules_of("stages: {}\nstages: {}\n", chosen="v0.6.9") == ["KF420"]


def test_immucore_unpacks_no_images() -> None:
    text = "stages:\n  initramfs.before:\n    - unpack_images: [{source: a, target: /b}]\n"

    assert rules_of(text) == ["KF418"]


@pytest.mark.parametrize(
    ("stage", "near"),
    [
        ("initramsf", "initramfs"),
        ("boot.befor", "boot.before"),
        ("after-instal-chroot", "after-install-chroot"),
        ("kairos-install.pre.before", ""),
        ("rootfs.after", ""),
        ("provider-kairos.bootstrap.after.k3s-ready", ""),
        ("mine", ""),
    ],
)
def test_only_a_stage_that_is_nearly_known_is_reported(stage: str, near: str) -> None:
    actual = found_in(f"stages:\n  {stage}:\n    - commands: [a]\n")

    assert [diagnostic.hint for diagnostic in actual] == ([f'did you mean "{near}"?'] if near else [])


# In a Kairosfile.

HEAD = "base: debian:13\nversion: v1.0.0\n"


def read(text: str, files: dict[str, bytes] | None = None) -> list[Diagnostic]:
    try:
        document = sections.read(Source("Kairosfile", HEAD + text), files=language.DictFiles(files or {}))
    except language.KairosfileError as error:
        return [*error.diagnostics, *error.warnings]
    return list(document.warnings)


def summaries(text: str, files: dict[str, bytes] | None = None) -> list[str]:
    return [diagnostic.summary("Kairosfile") for diagnostic in read(text, files) if diagnostic.rule.id != "KF501"]


FROM = "cloud_config: [{name: a.yaml, from: a.yaml}]\n"


def test_a_diagnostic_of_a_file_has_its_range_there_and_a_fix() -> None:
    data = b"stages:\n  boot:\n    - files: [{path: /a, content: x, permissions: '0600'}]\n"
    (diagnostic,) = [diagnostic for diagnostic in read(FROM, {"a.yaml": data}) if diagnostic.rule.id == "KF413"]

    assert diagnostic.summary("Kairosfile").startswith("a.yaml:3:51: ")
    assert diagnostic.fix is not None
    assert diagnostic.fix.text == "0600"


def test_a_file_that_two_places_name_is_reported_once() -> None:
    text = f"{FROM}artifacts: {{iso: {{cloud_config: a.yaml}}}}\n"

    assert len(summaries(text, {"a.yaml": b"#cloud-config\nbootcmd: [a]\n"})) == 1


def test_a_byte_order_mark_hides_the_header() -> None:
    (actual,) = summaries(FROM, {"a.yaml": b"\xef\xbb\xbf#cloud-config\nhostname: a\n"})

    assert actual.startswith("a.yaml:1:1: a byte order mark")


def test_secrets_are_found_in_every_file_that_is_named() -> None:
    token = b"token: glpat-0123456789abcdefghij\n"
    text = f"{FROM}artifacts: {{iso: {{cloud_config: b.yaml}}}}\nstage_extensions: ext\n"
    files = {
        "a.yaml": b"#cloud-config\n" + token,
        "b.yaml": b"#cloud-config\n" + token,
        "ext/c.yaml": b"stages:\n  init:\n    - environment:\n        " + token,
    }
    actual = [row for row in summaries(text, files) if "KF504" in row]

    assert [row.split(":")[0] for row in actual] == ["a.yaml", "b.yaml", "ext/c.yaml"]
    assert not any("glpat" in row for row in actual)


def test_a_step_can_name_a_step_of_another_cloud_config_of_the_file() -> None:
    first = "  - name: a.yaml\n    content: {name: one, stages: {boot: [{name: x, commands: [a]}]}}\n"
    second = "  - name: b.yaml\n    content: {stages: {boot: [{after: [{name: %s}], commands: [a]}]}}\n"

    assert summaries(f"cloud_config:\n{first}{second % 'one.x'}") == []
    assert "KF415" in summaries(f"cloud_config:\n{first}{second % 'one.y'}")[0]


@given(st.text(alphabet=st.sampled_from("stages:bot -\n[]{}'\"&*x|#<0name"), max_size=120))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_diagnostics_and_no_exception(text: str) -> None:
    for prefix in ("", "#cloud-config\n", "stages:\n  boot:\n    - "):
        for diagnostic in found_in(prefix + text):
            assert diagnostic.message
            assert diagnostic.hint
            assert diagnostic.range.start.line >= 1
