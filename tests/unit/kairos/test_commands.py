"""The command table against every release and every sample command line that the real sources parsed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from kairosfile import language, sections
from kairosfile.kairos.commands import (
    PLACEHOLDER_VERSION,
    SCHEMAS,
    STAGE_EXTENSIONS,
    VARIABLES,
    Stage,
    first_release_with,
    first_release_without,
    schema_for,
    steps_of,
    variable,
)
from kairosfile.kairos.releases import NEWEST, Release, is_official, release
from kairosfile.language import records
from kairosfile.sections.image.records import KairosInit
from kairosfile.sections.short_forms import tool_from_text
from tests import ROOT

FACTS: dict[str, Any] = json.loads((ROOT / "tests/support/standins/kairos-init.json").read_text())
RANGES = {row["id"]: row for row in FACTS["ranges"]}
TAGS = [(entry["tag"], entry["dialect"]) for entry in FACTS["releases"]]
VERSION = "v1.2.3"

# The settings of each sample configuration in the facts.
SAMPLES: dict[str, dict[str, Any]] = {
    "core_generic": {},
    "standard_k3s_latest": {"variant": "standard", "provider.name": "k3s"},
    "standard_k3s_pinned": {
        "variant": "standard",
        "provider.name": "k3s",
        "provider.version": "v1.33.1+k3s1",
    },
    "standard_k0s_pinned": {
        "variant": "standard",
        "provider.name": "k0s",
        "provider.version": "v1.33.1+k0s.0",
    },
    "trusted_boot": {"trusted": "true"},
    "fips": {"fips": True},
    "rpi4": {"model": "rpi4"},
    "skip_steps": {"skip_steps.install": "branding", "skip_steps.init": "workarounds"},
    "stage_extensions": {"stage_extensions": True},
    "provider_config_file": {
        "variant": "standard",
        "provider.name": "k3s",
        "provider.version": "v1.33.1+k3s1",
        "provider.config": "/etc/kairos/provider-k3s.yaml",
    },
    "framework_and_registry": {"framework.version": "v2.18.3", "framework.registry": "registry.example.com/acme"},
}
STAGES: tuple[Stage, ...] = ("install", "init", "validate")

# Flags in the samples that a stage does not read; their removal changes nothing.
UNREAD = {
    "install": {"--version", "-r"},
    "init": {"--k8sversion", "--provider-k3s-version", "--provider-k0s-version", "--provider-k3s-config"},
    "validate": {"-l", "-m", "--k8sversion", "--version", "-f", "-r", "--stage-extensions"},
}

# Each stage receives only its own steps of the sample's list.
SKIPPED = {"install": "branding", "init": "workarounds"}


def settings(sample: str) -> dict[str, Any]:
    plain = {"log_level": "info", "model": "generic", "variant": "core", "trusted": "false", "version": VERSION}
    return plain | SAMPLES[sample]


def words(argv: list[str] | tuple[str, ...]) -> dict[str, str | None]:
    """Return the flags of a command line with their values; a subcommand is a key without a value."""
    actual: dict[str, str | None] = {}
    rest = list(argv[1:])
    while rest:
        flag = rest.pop(0)
        actual[flag] = rest.pop(0) if rest and flag.startswith("-") and not rest[0].startswith("-") else None
    return actual


def read_flags(stage: str, argv: list[str], facts: dict[str, Any]) -> dict[str, str | None]:
    """Return the flags of a sample that the stage reads, as the facts list them."""
    sample = words(argv)
    unread = set(UNREAD[stage])
    if stage != "validate" and "--fips" not in facts[f"{stage}_reads"]:
        unread.add("--fips")
    if facts["argv"]["core_generic"]["install"] == argv or "core" in sample.values():
        unread |= {"-k", "--k8sversion"}
    if stage == "validate":
        unread.add("--fips")
    if sample.get("--k8sversion") == "latest":
        unread.add("--k8sversion")
    if "--skip-step" in sample:
        sample["--skip-step"] = SKIPPED[stage]
    return {flag: value for flag, value in sample.items() if flag not in unread}


@pytest.mark.parametrize(("tag", "dialect_id"), TAGS, ids=[tag for tag, _ in TAGS])
def test_each_stage_of_each_release_gets_exactly_the_settings_that_it_reads(tag: str, dialect_id: str) -> None:
    facts, dialect = RANGES[dialect_id], schema_for(release(tag))
    for sample in SAMPLES:
        if not facts["argv"][sample]["supported"]:
            continue
        for stage in STAGES:
            argv = dialect.command("/kairos-init", stage, settings(sample)).argv
            got = words(argv)
            version = got.pop("--version", None)

            expected = read_flags(stage, facts["argv"][sample][stage], facts)
            expected.pop("--version", None)
            assert got == expected, (sample, stage)
            expected_value = VERSION if stage == "init" else PLACEHOLDER_VERSION
            takes_version = facts["version_required"] and not (
                stage == "validate" and facts["validate"]["form"] == "sub-command"
            )
            assert version == (expected_value if takes_version else None), (sample, stage)


@pytest.mark.parametrize(("tag", "dialect_id"), TAGS, ids=[tag for tag, _ in TAGS])
def test_models_and_providers_are_those_of_the_release(tag: str, dialect_id: str) -> None:
    dialect, facts = schema_for(release(tag)), RANGES[dialect_id]
    known = set(facts["models"]["known"])
    if tag == "v0.2.0":
        known -= {"agx-orin"}
    if tag == "v0.6.0-RC1":
        known -= {"orin-nx"}
    if tag.startswith("v0.7.0-beta"):
        known = {"generic", "rpi3", "rpi4", "agx-orin", "orin-nx"}

    assert known == set(dialect.models)
    if isinstance(facts["providers"], list):
        assert set(facts["providers"]) == set(dialect.providers)


def test_install_does_not_change_with_the_version_of_the_image() -> None:
    for dialect in SCHEMAS:
        one = dialect.command("/k", "install", settings("standard_k3s_pinned") | {"version": "v1.0.0"})
        two = dialect.command("/k", "install", settings("standard_k3s_pinned") | {"version": "v2.0.0"})

        assert one == two
        assert "version" not in one.settings


def test_releases_sort_by_number_with_pre_releases_first() -> None:
    tags = ["v0.2.6", "v0.5.0-rc1", "v0.5.0", "v0.5.29", "v0.6.0-RC1", "v0.6.0", "v0.7.0-beta3", "v0.7.0", "v4.2.0"]

    assert tags == sorted(tags, key=release)


@pytest.mark.parametrize(("tag", "dialect_id"), TAGS, ids=[tag for tag, _ in TAGS])
def test_every_sample_of_the_facts_is_compared(tag: str, dialect_id: str) -> None:
    assert set(SAMPLES) == set(RANGES[dialect_id]["argv"]), tag


# The same samples as a user writes them.
FILES = {
    "core_generic": "",
    "standard_k3s_latest": "provider: k3s",
    "standard_k3s_pinned": "provider: {name: k3s, version: v1.33.1+k3s1}",
    "standard_k0s_pinned": "provider: {name: k0s, version: v1.33.1+k0s.0}",
    "trusted_boot": "trusted_boot: true",
    "fips": "fips: true",
    "rpi4": "model: rpi4",
    "skip_steps": "skip_steps: [workarounds, branding]",
    "stage_extensions": "stage_extensions: extensions",
    "provider_config_file": "provider: {name: k3s, version: v1.33.1+k3s1, config: provider.yaml}",
    "framework_and_registry": "framework: {version: v2.18.3, registry: registry.example.com/acme}",
}
# For each sample that some release does not support: the first that does, or the one that removed it.
KNOWN_FROM = {"standard": "v0.2.0", "fips": "v0.2.0", "skip_steps": "v0.5.0-rc1", "stage_extensions": "v0.3.0"}
KNOWN_FROM |= {"provider_config_file": "v0.6.0-rc1", "framework_and_registry": "v0.5.0-rc1"}


def image_version(tag: str) -> str:
    return VERSION if release(tag) >= release("v0.2.5") else "v2.18.3"


@pytest.mark.parametrize(("tag", "dialect_id"), TAGS, ids=[tag for tag, _ in TAGS])
def test_a_sample_that_a_release_does_not_know_is_refused_with_the_release_that_does(tag: str, dialect_id: str) -> None:
    facts = RANGES[dialect_id]["argv"]
    for sample, text in FILES.items():
        before = "framework: {version: v2.18.3}\n" if release(tag) < release("v0.2.5") else ""
        before = "" if sample.startswith("framework") else before
        source = f"base: example.com/linux:1\nversion: {image_version(tag)}\nkairos_init: {tag}\n{before}{text}\n"
        try:
            sections.read(language.Source("Kairosfile", source))
        except language.KairosfileError as error:
            assert not facts[sample]["supported"], (sample, str(error))
            known = next(first for name, first in KNOWN_FROM.items() if sample.startswith(name))
            assert any(known in diagnostic.hint for diagnostic in error.diagnostics), (sample, str(error))
        else:
            assert facts[sample]["supported"], sample


@pytest.mark.parametrize(("tag", "dialect_id"), TAGS, ids=[tag for tag, _ in TAGS])
def test_the_steps_that_can_be_skipped_are_those_of_the_release(tag: str, dialect_id: str) -> None:
    known = set(RANGES[dialect_id]["skip_steps"])
    if release(tag) >= release("v0.6.0-rc1"):
        known -= {"kubernetes"}  # accepted, without effect

    assert known == set(steps_of(release(tag)))


def test_a_step_is_skipped_in_the_stage_that_runs_it() -> None:
    notes, newest = FACTS["skip_step_notes"], steps_of(release(NEWEST))

    assert {name for name, stage in newest.items() if stage == "init"} == {"init", *notes["belongs_to_init"]}
    install = {name.partition(" ")[0] for name in notes["belongs_to_install"]}
    assert {name for name, stage in newest.items() if stage == "install"} == {"install", *install}
    assert steps_of(release("v0.5.4"))["initramfsConfigs"] == "install"
    assert steps_of(release("v0.5.29"))["kubernetes"] == "install"


@pytest.mark.parametrize("name", ["INSTALL_K3S_A=B", "INSTALL_K3S_A B", "INSTALL_K3S_É", "K0S_VERSION=x"])
def test_no_program_reads_what_is_no_name_of_a_variable(name: str) -> None:
    assert variable(name) is None


def test_the_environment_is_that_of_the_facts() -> None:
    named = {name.rstrip("*") for key in FACTS["environment_variables"] for name in re.findall(r"[A-Z][\w-]*\*?", key)}

    assert named == {row.name for row in VARIABLES} | {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", STAGE_EXTENSIONS}
    for row in VARIABLES:
        text = next(text for key, text in FACTS["environment_variables"].items() if row.name.rstrip("_") in key)
        first = re.match(r"(v\S+?)\+", text)
        assert first is None or row.first == release(first.group(1)), row.name


@pytest.mark.parametrize(
    ("text", "image", "expected"),
    [
        (None, f"quay.io/kairos/kairos-init:{NEWEST}", NEWEST),
        ("v0.2.6", "quay.io/kairos/kairos-init:v0.2.6", "v0.2.6"),
        ("0.2.6", "quay.io/kairos/kairos-init:v0.2.6", "v0.2.6"),
        ("v0.6.0-RC1", "quay.io/kairos/kairos-init:v0.6.0-RC1", "v0.6.0-rc1"),
        ("localhost:5000/init:v0.5.3", "localhost:5000/init:v0.5.3", "v0.5.3"),
        ("localhost:5000/init", "localhost:5000/init", NEWEST),
        ("example.com/init:latest", "example.com/init:latest", NEWEST),
        ("example.com/init:v0.3.0@sha256:ab", "example.com/init:v0.3.0@sha256:ab", "v0.3.0"),
        ("example.com/init@sha256:ab", "example.com/init@sha256:ab", NEWEST),
        ("example.com/init:v4.2.0", "example.com/init:v4.2.0", "v4.2.0"),
        ({"digest": "sha256:ab"}, "quay.io/kairos/kairos-init@sha256:ab", NEWEST),
        ({"version": "0.6.0", "digest": "sha256:ab"}, "quay.io/kairos/kairos-init:v0.6.0@sha256:ab", "v0.6.0"),
        ({"image": "example.com/init", "version": "v0.6.0"}, "example.com/init:v0.6.0", "v0.6.0"),
        ({"image": "example.com/init:edge", "version": "v0.6.0"}, "example.com/init:edge", "v0.6.0"),
        ({"image": "example.com:80/init@sha256:ab", "version": "v0.6.0"}, "example.com:80/init@sha256:ab", "v0.6.0"),
    ],
)
def test_kairos_init_is_a_release_or_an_image_or_both(text: object, image: str, expected: str) -> None:
    chosen, _ = records.read(KairosInit, tool_from_text(text))

    assert image == chosen.reference
    assert release(expected) == chosen.release


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("quay.io/kairos/kairos-init", True),
        ("quay.io/kairos/kairos-init:v0.6.0@sha256:ab", True),
        ("quay.io/kairos/kairos-init-dev:v0.6.0", False),
        ("example.com/quay.io/kairos/kairos-init", False),
    ],
)
def test_the_image_of_kairos_itself_is_known(image: str, expected: bool) -> None:
    assert expected is is_official(image)


def test_a_tag_that_is_no_release_has_no_release() -> None:
    assert Release.parse("latest") is None
    with pytest.raises(ValueError, match="not a release"):
        release("latest")


def test_the_first_release_with_a_setting_is_known() -> None:
    assert release("v0.2.5") == first_release_with("version")
    assert release("v0.2.0") == first_release_with("fips")
    assert first_release_with("nothing") is None
    assert release("v0.5.0-rc1") == first_release_without("framework.version")
    assert first_release_without("fips") is None
