"""What a run leaves behind for a test to read: recorded calls and extensions, logs, and the switches for tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.standins.usage import DEBIAN, NEWEST, VERSION, build, flags_of, make, succeed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.standins.image import Image

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def test_stage_extensions_are_recorded_at_their_points_in_lexical_order(image: Image) -> None:
    extensions = "/etc/kairos-init/stage-extensions"
    image.write(f"{extensions}/20-b.yml", "stages:\n  before-init:\n  - packages:\n      install: [x]\n")
    image.write(
        f"{extensions}/10-a.yaml",
        "name: x\nstages:\n  # remark\n  before-install:\n  - name: y\n"
        "  'after-init':\n  - name: z\nafter-install: 1\n",
    )
    image.write(f"{extensions}/30-c.txt", "stages:\n  init: []\n")
    image.write(f"{extensions}/40-broken.yaml", "stages:\n\tinit: []\n")
    build(image, NEWEST, *VERSION)
    assert image.extensions() == []
    build(image, NEWEST, "-x", *VERSION)
    assert image.extensions() == ["10-a.yaml before-install", "20-b.yml before-init", "10-a.yaml after-init"]


def test_a_missing_extension_directory_is_no_error(image: Image) -> None:
    build(image, NEWEST, "-x", *VERSION, KAIROS_INIT_STAGE_EXTENSIONS_DIR="/nowhere")
    assert image.calls()[0]["env"] == {"KAIROS_INIT_STAGE_EXTENSIONS_DIR": "/nowhere"}


def test_a_call_is_recorded_word_for_word(image: Image) -> None:
    words = ("-s", "install", "-p", 'a "b"\\c', "", "-t", "x\ty z'$HOME\n", *VERSION)
    image.run("v0.8.0", *words, INSTALL_K3S_CHANNEL="stable", L4T_VERSION="36.4", HTTP_PROXY="http://user:pw@p")
    image.run("v0.8.0", "-s", "install", "-t", "x\ty z'$HOME\n", "", "-m", 'a "b"\\c', *VERSION)
    run = image.run("v0.6.0", "-s", "install", *VERSION, L4T_VERSION="36.4", K0S_VERSION="v1.33.1+k0s.0")
    succeed(run)
    recorded = image.calls()
    assert recorded[0]["argv"][1:] == ["-s", "install", "-t", "x\ty z'$HOME\n", "", "-m", 'a "b"\\c', *VERSION]
    assert (recorded[0]["stage"], recorded[0]["release"], recorded[0]["env"]) == ("install", "v0.8.0", {})
    assert recorded[1]["env"] == {"K0S_VERSION": "v1.33.1+k0s.0"}


def test_the_environment_that_a_release_reads_is_recorded_and_a_proxy_is_not(image: Image) -> None:
    known = {"INSTALL_K3S_CHANNEL": "stable", "L4T_VERSION": "36.4", "BOARD_MODEL": "t234", "NVIDIA_RELEASE": "35"}
    succeed(image.run(NEWEST, "-s", "install", *VERSION, HTTP_PROXY="http://user:pw@proxy", **known))
    assert image.calls()[0]["env"] == known


@pytest.mark.parametrize("stage", ["install", "init", "validate"])
def test_a_stage_fails_when_a_marker_file_requests_it(image: Image, stage: str) -> None:
    build(image, NEWEST, *VERSION)
    image.write(f"/etc/kairos/stand-in-fail-{stage}", "")
    words = ("validate",) if stage == "validate" else ("-s", stage, *VERSION)
    run = image.run(NEWEST, *words)
    assert (run.exit, f"stage {stage} fails because" in run.stdout) == (1, True)


@pytest.mark.parametrize("release", ["v0.4.7", "v0.4.8"])
def test_the_log_is_dated_by_its_lines_and_in_old_releases_by_its_names(tmp_path: Path, release: str) -> None:
    base = make(tmp_path, DEBIAN)
    succeed(base.run(release, "-s", "install", *flags_of(release)))
    logs = sorted(base.root.rglob("kairos-init*.log"))
    names = [re.sub(TIME, "TIME", str(path.relative_to(base.root))) for path in logs]
    dated = ["run/kairos/kairos-init-TIME.log", "var/log/kairos/kairos-init-TIME.log"]
    assert names == (dated if release == "v0.4.7" else ["var/log/kairos/kairos-init.log"])
    for log in logs:
        assert re.search(rf"^{TIME} INF \[\d+\] Running stage install$", log.read_text(), re.MULTILINE)


def test_lines_are_coloured_even_without_a_terminal_unless_disabled(image: Image) -> None:
    """What zerolog's ConsoleWriter of the real program does."""
    coloured = succeed(image.run(NEWEST, "-s", "install", *VERSION)).stdout
    plain = succeed(image.run(NEWEST, "-s", "install", *VERSION, NO_COLOR="1")).stdout
    assert re.search(
        rf"^\x1b\[90m{TIME}\x1b\[0m \x1b\[32mINF\x1b\[0m \x1b\[1m\[\d+\] Running stage install\x1b\[0m$",
        coloured,
        re.MULTILINE,
    )
    assert re.search(rf"^{TIME} INF \[\d+\] Running stage install$", plain, re.MULTILINE)
    assert "\x1b" not in plain


def test_the_version_reaches_the_log_of_install_at_debug_alone(image: Image) -> None:
    succeed(image.run(NEWEST, "-s", "install", *VERSION))
    assert "v1.2.3" not in "".join(text for path, (_, text) in image.tree().items() if "calls" not in path)
    succeed(image.run(NEWEST, "-s", "install", "-l", "debug", *VERSION))
    assert "version=v1.2.3" in image.read("/var/log/kairos/kairos-init.log")


def test_a_variable_with_a_dash_in_its_name_raises_the_log_level(image: Image) -> None:
    run = image.run(NEWEST, "-s", "install", *VERSION, **{"KAIROS-INIT_DEBUG": "1"})
    assert "configuration: model=" in succeed(run).stdout
