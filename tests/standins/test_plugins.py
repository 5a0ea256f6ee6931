"""Own provider plugins: each outcome that the real program was seen to have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.standins.usage import DEBIAN, NEWEST, VERSION, make, succeed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.standins.image import Image

PLUGIN = "/system/providers/agent-provider-own"
SUCCESS = '{"state": "success", "data": "", "error": ""}'
OWN = ("-p", "own", "--provider-own-version", "v7", "--provider-own-config", "/c.yaml")
WITHOUT_BUNDLED = ("--skip-step", "providerBinaries")


def add_plugin(image: Image, answer: str, *, code: int = 0, path: str = PLUGIN, mode: int = 0o755) -> None:
    image.write("/answer", answer)
    image.write(
        path,
        f"#!/bin/sh\ncat >'{image.root}/event'\nprintf '%s ' \"$1\" >>'{image.root}/events'\n"
        f"cat '{image.root}/answer'\nexit {code}\n",
    )
    (image.root / path.lstrip("/")).chmod(mode)


def test_a_plugin_gets_the_event_and_the_options_of_the_command_line(image: Image) -> None:
    add_plugin(image, SUCCESS)
    succeed(image.run(NEWEST, "-s", "install", *OWN, *WITHOUT_BUNDLED, *VERSION))

    event = json.loads(image.read("/event"))
    assert (event["name"], image.read("/events")) == ("init.provider.install", "init.provider.install ")
    assert json.loads(event["data"]) == {
        "provider": "own",
        "version": "v7",
        "config": "/c.yaml",
        "logLevel": "info",
        "family": "debian",
    }


@pytest.mark.parametrize(
    ("answer", "code", "mode", "says"),
    [
        ('{"state": "error", "error": "no such version"}', 0, 0o755, "build-install errors; no such version"),
        (SUCCESS, 3, 0o755, "exits with an error"),
        ("", 0, 0o755, "unexpected end of JSON input"),
        ("done", 0, 0o755, "invalid character"),
        (SUCCESS, 0, 0o644, "cannot be run"),
    ],
)
def test_a_plugin_that_does_not_answer_as_it_must_fails_the_install(
    tmp_path: Path, answer: str, code: int, mode: int, says: str
) -> None:
    base = make(tmp_path, DEBIAN)
    add_plugin(base, answer, code=code, mode=mode)
    run = base.run(NEWEST, "-s", "install", *OWN, *WITHOUT_BUNDLED, *VERSION)
    assert (run.exit, says in run.stdout) == (1, True), run.output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 2),
        (("--skip-step", "providerBinaries"), 0),
        (("--skip-step", "buildProvider"), 0),
    ],
)
def test_an_own_plugin_beside_the_bundled_one_is_a_deadlock(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    base = make(tmp_path, DEBIAN)
    add_plugin(base, '{"state": "non-applicable"}')
    run = base.run(NEWEST, "-s", "install", "-p", "k3s", *words, *VERSION)
    assert (run.exit, "deadlock!" in run.stderr) == (code, code == 2), run.output


@pytest.mark.parametrize("path", ["/usr/local/system/providers/agent-provider-x", "/usr/bin/agent-provider-x"])
def test_a_plugin_is_found_in_every_directory_that_is_searched(tmp_path: Path, path: str) -> None:
    base = make(tmp_path, DEBIAN)
    add_plugin(base, SUCCESS, path=path)
    assert base.run(NEWEST, "-s", "install", *OWN, *VERSION).exit == 2


def test_releases_before_v0_6_0_look_for_no_plugin(image: Image) -> None:
    add_plugin(image, SUCCESS)
    succeed(image.run("v0.5.29", "-s", "install", "-k", "k3s", *VERSION))
    assert (image.has("/usr/bin/k3s"), image.has("/events")) == (True, False)


def test_without_any_plugin_a_provider_installs_nothing(image: Image) -> None:
    succeed(image.run(NEWEST, "-s", "install", "-p", "k3s", *WITHOUT_BUNDLED, *VERSION))
    assert not image.has("/usr/bin/k3s")


def test_init_records_the_software_of_a_plugin_without_the_provider_too(image: Image) -> None:
    succeed(image.run(NEWEST, "-s", "install", *VERSION))
    add_plugin(image, json.dumps({"state": "success", "data": json.dumps({"provider": "own", "version": "v7.1"})}))
    succeed(image.run(NEWEST, "-s", "init", *VERSION))

    text = image.release_file()
    assert (text["KAIROS_SOFTWARE_VERSION"], text["KAIROS_SOFTWARE_VERSION_PREFIX"]) == ('"v7.1"', '"own"')
    assert (text["KAIROS_VARIANT"], image.read("/events")) == ('"core"', "init.provider.info ")
