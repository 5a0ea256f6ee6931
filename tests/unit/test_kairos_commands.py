"""The command table against every release and every sample command line that was parsed by the real sources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kairosfile.kairos.commands import DIALECTS, PLACEHOLDER_VERSION, Stage, dialect_of, first_release_with
from kairosfile.kairos.releases import NEWEST, Release, image_of, release, release_of

FACTS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "standin" / "kairos-init.json").read_text())
RANGES = {row["id"]: row for row in FACTS["ranges"]}
TAGS = [(entry["tag"], entry["dialect"]) for entry in FACTS["releases"]]
VERSION = "v1.2.3"

# What each sample configuration of the facts means as settings.
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
}
STAGES: tuple[Stage, ...] = ("install", "init", "validate")

# Pairs that a stage is given in the samples though it does not read them; leaving them out changes nothing.
UNREAD = {
    "install": {"--version"},
    "init": {"--k8sversion", "--provider-k3s-version", "--provider-k0s-version"},
    "validate": {"-l", "-m", "--k8sversion", "--version"},
}


def settings(sample: str) -> dict[str, Any]:
    plain = {"log_level": "info", "model": "generic", "variant": "core", "trusted": "false", "version": VERSION}
    return plain | SAMPLES[sample]


def words(argv: list[str] | tuple[str, ...]) -> dict[str, str | None]:
    """Return the flags of a command line with their values; a sub-command stands under its own name."""
    found: dict[str, str | None] = {}
    rest = list(argv[1:])
    while rest:
        flag = rest.pop(0)
        found[flag] = rest.pop(0) if rest and flag.startswith("-") and not rest[0].startswith("-") else None
    return found


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
    return {flag: value for flag, value in sample.items() if flag not in unread}


@pytest.mark.parametrize(("tag", "dialect_id"), TAGS, ids=[tag for tag, _ in TAGS])
def test_each_stage_of_each_release_gets_what_it_reads_and_no_more(tag: str, dialect_id: str) -> None:
    facts, dialect = RANGES[dialect_id], dialect_of(release(tag))
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
            wanted = VERSION if stage == "init" else PLACEHOLDER_VERSION
            takes_version = facts["version_required"] and not (
                stage == "validate" and facts["validate"]["form"] == "sub-command"
            )
            assert version == (wanted if takes_version else None), (sample, stage)


@pytest.mark.parametrize(("tag", "dialect_id"), TAGS, ids=[tag for tag, _ in TAGS])
def test_models_and_providers_are_those_of_the_release(tag: str, dialect_id: str) -> None:
    dialect, facts = dialect_of(release(tag)), RANGES[dialect_id]
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
    for dialect in DIALECTS:
        one = dialect.command("/k", "install", settings("standard_k3s_pinned") | {"version": "v1.0.0"})
        two = dialect.command("/k", "install", settings("standard_k3s_pinned") | {"version": "v2.0.0"})

        assert one == two
        assert "version" not in one.settings


def test_releases_sort_by_number_with_pre_releases_first() -> None:
    tags = ["v0.2.6", "v0.5.0-rc1", "v0.5.0", "v0.5.29", "v0.6.0-RC1", "v0.6.0", "v0.7.0-beta3", "v0.7.0", "v4.2.0"]

    assert tags == sorted(tags, key=release)


@pytest.mark.parametrize(
    ("setting", "image", "expected"),
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
    ],
)
def test_kairos_init_is_a_release_or_an_image(setting: str | None, image: str, expected: str) -> None:
    assert image == image_of(setting)
    assert release(expected) == release_of(image)


def test_a_tag_that_is_no_release_has_no_release() -> None:
    assert Release.parse("latest") is None
    with pytest.raises(ValueError, match="not a release"):
        release("latest")


def test_the_first_release_that_can_be_told_a_setting_is_known() -> None:
    assert release("v0.2.5") == first_release_with("version")
    assert release("v0.2.0") == first_release_with("fips")
    assert first_release_with("nothing") is None
