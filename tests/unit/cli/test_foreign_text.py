"""Text from a file, a label or a builder cannot forge a line, control a terminal or issue a CI command."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from kairosfile.cli.build.progress import Progress
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
