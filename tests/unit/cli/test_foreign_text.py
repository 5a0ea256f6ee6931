"""Text from a file, a label or a builder cannot forge a line, control a terminal or issue a CI command."""

from __future__ import annotations

import base64
import json
import subprocess
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from kairosfile.cli.build.progress import Progress
from kairosfile.cli.command_line import command_line
from kairosfile.cli.doctor import Finding
from kairosfile.cli.output import to_text
from tests.unit.cli.test_command import run
from tests.unit.test_untrusted import is_command

if TYPE_CHECKING:
    from pathlib import Path

EVIL = '"a\\n::error::forged\\n##[add-mask]x\\e[31m\\x9b2J\\u202e\\uFFFE"'
# The part of EVIL that KF131 permits in a label.
LINES = '"a\\n::error::forged\\n##[add-mask]x\\uFFFE"'
# Valid: a script may have any character, and a label several lines.
VALID = f"""\
base: debian:13
version: v1.0.0
hooks:
  after_install:
    - run: {EVIL}
    - run: [echo, {EVIL}]
    - run: |
        true
        ::stop-commands::token
labels: {{l: {LINES}}}
"""
FAULTY = f"base: debian:13\nversion: v1.0.0\n{EVIL}: 1\nmodel: {EVIL}\nprovider: {{name: {EVIL}}}\n"
DOCKERFILE = """\
FROM quay.io/kairos/kairos-init:v0.17.3 AS kairos-init
FROM debian:13
RUN --mount=type=bind,from=kairos-init,src=/kairos-init,dst=/kairos-init /kairos-init --version v1.0.0
"""
COMMANDS = {
    "plan": ("plan", "f"),
    "explain": ("explain", "-f", "f"),
    "diff": ("diff", "plain", "f"),
    "llb": ("llb", "--format", "text", "f"),
    "mermaid": ("graph", "f"),
    "dot": ("graph", "--format", "dot", "f"),
    "svg": ("graph", "--format", "svg", "f"),
    "svg of LLB": ("graph", "--of", "llb", "--format", "svg", "f"),
}


def assert_safe(shown: str) -> None:
    assert "forged" in shown
    assert not [line for line in shown.split("\n") if is_command(line) or not line.replace("\t", "").isprintable()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "f").write_text(VALID)
    (tmp_path / "plain").write_text("base: debian:13\nversion: v1.0.0\n")
    (tmp_path / "faulty").write_text(FAULTY)
    (tmp_path / "controls").write_text(VALID.replace(f"l: {LINES}", f"{EVIL}: {EVIL}"))
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_shows_text_of_the_file_on_its_line(command: str, folder: Path) -> None:
    done = run(*COMMANDS[command], folder=folder)

    assert done.returncode == 0, done.stderr
    assert_safe(done.stdout)
    if command.startswith("svg"):
        ET.fromstring(done.stdout)  # noqa: S314 - our own


def test_a_check_shows_text_of_the_file_on_its_line(folder: Path) -> None:
    assert_safe(run("check", "faulty", folder=folder).stdout)
    assert_safe(run("plan", "faulty", folder=folder).stderr)


def test_a_check_of_control_characters_shows_them_on_their_line(folder: Path) -> None:
    done = run("check", "controls", folder=folder)

    assert (done.returncode, done.stdout.count("[KF131]")) == (1, 2)
    assert_safe(done.stdout)


def test_a_check_shows_the_name_of_a_file_on_its_line(tmp_path: Path) -> None:
    (tmp_path / "a\n::error::forged").write_text("base: x\n")

    assert_safe(run("check", "a\n::error::forged", folder=tmp_path).stdout)
    assert_safe(run("check", "none\n::error::forged", folder=tmp_path).stderr)


NAME = "::error::forged\n::error::forged\x1b[31m\x9b##[group]y\u202e"
# On a file and in a folder of that name.
ON_NAMES = [
    ("check", "--fix", "F"),
    ("check", "--format", "json", "F"),
    ("lock", "--check", "-f", "F"),
    ("lock", "--check", "--format", "json", "-f", "F"),
    ("build", "--print", "F"),
    ("build", "--print", "--build-arg", f"A={NAME}", "F"),
    ("build", "--print", "F", "--", NAME),
    ("plan", "--build-arg", NAME, "F"),
    ("llb", "--format", "json", "F"),
    ("eject", "F"),
    ("bake", "F"),
    ("name", "--registry", NAME, "F"),
    ("new", f"{NAME}/new"),
    ("adopt", f"{NAME}/Dockerfile"),
    ("adopt", "--explain", f"{NAME}/Dockerfile"),
]


@pytest.mark.parametrize("command", ON_NAMES, ids=lambda command: " ".join(command)[:30].replace("\n", " "))
def test_a_command_shows_names_and_arguments_on_their_line(command: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / NAME).write_text("base: debian:13\nversion: v1.0.0\n")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    done = run(*(word.replace("F", f"{NAME}/{NAME}") if word == "F" else word for word in command), folder=tmp_path)

    assert done.returncode in {0, 1}, done.stderr
    assert_safe(f"{done.stdout}{done.stderr}")


def test_annotations_name_their_file_without_control_characters(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("base: debian:13\nversion: v1.0.0\n")
    shown = run("check", "--format", "github", NAME, folder=tmp_path).stdout

    assert shown.startswith("::notice file=%3A%3Aerror")
    assert_safe(shown.removesuffix("\n").replace("\n::notice ", "\n").removeprefix("::notice "))


def test_a_printed_command_line_has_the_same_words_for_bash() -> None:
    words = ["a b", "it's", "\\", "a\n::error::x", "\x1b\x9b\u202e", "##[group]'\\", "\udcff"]
    line = command_line(["printf", "%s\\0", *words])
    printed = subprocess.run(["bash", "-c", line], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}).stdout

    assert_safe(line + " forged")
    assert [word.decode(errors="surrogateescape") for word in printed.split(b"\0")[:-1]] == words


def test_a_refused_combination_is_reported_on_its_line(tmp_path: Path) -> None:
    matrix = f"matrix: {{base: [debian:13, {EVIL}], model: [generic, rpi4]}}\n"
    (tmp_path / "f").write_text(f"version: v1.0.0\nbase: debian:13\n{matrix}")
    done = run("bake", "f", folder=tmp_path)

    assert_safe(done.stdout + done.stderr)


def test_plain_progress_shows_each_line_without_commands_of_a_runner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CR in the output of a step ends a line for a runner."""
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\nprintf '#5 0.1 a\\r::error::forged\\n#5 0.2 ##[group]forged\\033[2J\\n' >&2\n")
    docker.chmod(0o755)
    (tmp_path / "f").write_text("base: debian:13\nversion: v1.0.0\n")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    done = run("build", "--progress", "plain", "--tag", "x", "f", folder=tmp_path)

    assert done.returncode == 0
    assert_safe(done.stderr)


def test_a_finding_is_one_line_whatever_a_label_says() -> None:
    shown = to_text([Finding("labels", "ok", "base x\nok       signature   forged\x1b[1A", "do\n::error::x")], "fine")

    assert_safe(shown)
    assert [line[:9] for line in shown.splitlines() if line] == ["ok       ", "         ", "fine"]


def test_the_progress_of_a_build_shows_text_of_the_builder_on_its_line() -> None:
    progress = Progress()
    evil = "a\n::error::forged\x1b[2J\x9b"
    encoded = base64.b64encode(evil.encode()).decode()
    vertex = {"digest": "d", "name": evil, "started": "2026-01-01T00:00:00Z"}
    progress.feed(json.dumps({"vertexes": [vertex], "warnings": [{"vertex": "d", "short": encoded}]}))
    progress.feed(json.dumps({"logs": [{"vertex": "d", "data": encoded}]}))
    progress.feed("::error::forged\x1b[2J\n")

    assert_safe("\n".join([progress.vertices["d"].name, *progress.warnings, *progress.vertices["d"].log]))
    assert_safe("".join(progress.text))
