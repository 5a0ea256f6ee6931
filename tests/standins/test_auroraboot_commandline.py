"""The stand-in for AuroraBoot accepts the command line of its release and no other."""

from __future__ import annotations

import pytest

from tests.support.standins.auroraboot.commandline import UsageError, parse
from tests.support.standins.auroraboot.releases import FIRST, NEWEST, UnknownReleaseError, commands

SOURCE = "dir:/rootfs"
KEYS = ("--sb-key", "a", "--sb-cert", "b", "--tpm-pcr-private-key", "c")


def refusal(release: str, *words: str) -> str:
    with pytest.raises(UsageError) as refused:
        parse(words, release)
    return str(refused.value)


@pytest.mark.parametrize(
    "words", [("--override-name", "x"), ("-override-name=x",), ("--override-name=x",), ("-n", "x")]
)
def test_flags_are_read_in_every_form_of_go(words: tuple[str, ...]) -> None:
    call = parse(("build-iso", *words, SOURCE), NEWEST)
    assert (call.command, call.text("override-name"), call.words) == ("build-iso", "x", (SOURCE,))


def test_a_flag_that_is_left_out_has_the_real_default() -> None:
    assert parse(("build-iso", SOURCE), FIRST).text("name") == "kairos"
    uki = parse(("build-uki", *KEYS, SOURCE), NEWEST)
    assert (uki.text("output-type"), uki.text("output-dir"), uki.values["efi-size-warn"]) == ("uki", ".", 1024)


@pytest.mark.parametrize(
    ("release", "words", "message"),
    [
        (NEWEST, ("build-iso", "--name", "x", SOURCE), "flag provided but not defined: -name"),
        (FIRST, ("build-iso", "--override-name", "x", SOURCE), "flag provided but not defined: -override-name"),
        (NEWEST, ("build-iso", "--overlay-uefi", "x", SOURCE), "not defined: -overlay-uefi"),
        (FIRST, ("build-iso", "--extend-live-cmdline", "x", SOURCE), "not defined: -extend-live-cmdline"),
        (NEWEST, ("build-iso", "--debug", SOURCE), "not defined: -debug"),
        (NEWEST, ("build-iso", "--image", SOURCE), "not defined: -image"),
        (NEWEST, ("build-iso", "-a", "arm64", SOURCE), "not defined: -a"),
        (NEWEST, ("build-iso", "--output"), "flag needs an argument: -output"),
        (NEWEST, ("build-iso", "--date=perhaps", SOURCE), 'invalid boolean value "perhaps" for -date'),
        (NEWEST, ("build-iso", "---output", "x", SOURCE), "bad flag syntax: ---output"),
        (NEWEST, ("build-uki", *KEYS, "--arch", "arm64", SOURCE), "not defined: -arch"),
        (NEWEST, ("build-uki", *KEYS, "--cloud-config", "x", SOURCE), "not defined: -cloud-config"),
        (NEWEST, ("build-uki", *KEYS, "--keys", "x", SOURCE), "not defined: -keys"),
        (NEWEST, ("build-uki", *KEYS, "--efi-size-warn", "big", SOURCE), 'invalid value "big"'),
        (NEWEST, ("build-uki", SOURCE), 'Required flags "tpm-pcr-private-key, sb-key, sb-cert" not set'),
        (FIRST, ("build-uki", SOURCE), 'Required flag "keys" not set'),
        (FIRST, ("build-uki", "--keys", "x", "--sb-key", "y", SOURCE), "not defined: -sb-key"),
        ("v0.8.3", ("build-uki", *KEYS, SOURCE), "not defined: -sb-key"),
        ("v0.8.3", ("build-iso", "--loglevel", "warn", SOURCE), "not defined: -loglevel"),
        ("v0.14.0", ("build-iso", "--arch", "arm64", SOURCE), "not defined: -arch"),
        (NEWEST, ("--loglevel", "debug", "build-iso", SOURCE), "not defined: -loglevel"),
    ],
)
def test_what_the_release_does_not_know_is_refused(release: str, words: tuple[str, ...], message: str) -> None:
    assert message in refusal(release, *words)


def test_flags_change_with_the_release_that_changed_them() -> None:
    named = {release: "name" in known(release) for release in ("v0.5.0", "v0.6.4", "v0.6.5")}
    assert named == {"v0.5.0": True, "v0.6.4": True, "v0.6.5": False}
    assert "overlay-uefi" in known("v0.19.9")
    assert "overlay-uefi" not in known("v0.20.0")
    assert "keys" in known("v0.8.9", "build-uki")
    assert "keys" not in known("v0.9.0", "build-uki")


def known(release: str, command: str = "build-iso") -> set[str]:
    return {flag.name for flag in commands(release)[command].flags}


def test_a_flag_behind_the_source_is_refused_where_the_real_one_ignores_it() -> None:
    assert "silently ignores what follows source: --output /out" in refusal(
        NEWEST, "build-iso", SOURCE, "--output", "/out"
    )
    assert "silently ignores" in refusal(NEWEST, "netboot", "a.iso", "/out", "kairos", "more")


def test_a_repeated_flag_collects_and_each_value_is_split_at_its_commas() -> None:
    call = parse(("build-uki", *KEYS, "-c", "a b", "--extra-cmdline", "console=ttyS0,115200", SOURCE), NEWEST)
    assert call.texts("extra-cmdline") == ("a b", "console=ttyS0", "115200")


def test_a_global_debug_reaches_the_command() -> None:
    assert parse(("--debug", "build-uki", *KEYS, SOURCE), NEWEST).switch("debug")


def test_short_names_of_commands_came_later() -> None:
    assert parse(("bi", SOURCE), NEWEST).command == "build-iso"
    assert parse(("bi",), FIRST).command == ""


@pytest.mark.parametrize("tag", ["latest", "0.26.2", "v0.26", "v0.4.9"])
def test_what_never_was_a_release_or_is_too_old_has_no_stand_in(tag: str) -> None:
    with pytest.raises(UnknownReleaseError):
        commands(tag)
