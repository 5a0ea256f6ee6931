"""`kairosfile new`: its output satisfies the rules for every combination of answers."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from contextlib import suppress
from itertools import product
from typing import TYPE_CHECKING

import pytest

from kairosfile import language, sections
from kairosfile.cli.commands.new import BASES, CI_FILES, CI_FOLDERS, PROVIDERS, TRUSTED, Answers, files, kairosfile
from kairosfile.plan.resolve import resolve
from tests import ROOT
from tests.support.comments import commands_of
from tests.support.e2e.artifacts import PUBLIC
from tests.unit.cli.test_command import COMMAND, run

if TYPE_CHECKING:
    from pathlib import Path

UNPINNED = {"KF501", "KF502"}  # a new file has no lock file yet
EXAMPLES = ROOT / "examples" / "ci"
PLAIN = [
    Answers(base, model, provider, "v0.1.0")
    for bases in BASES.values()
    for (model, base), provider in product(bases.items(), ["", *PROVIDERS])
]
TRUSTING = [
    Answers(base, provider=provider, trusted_boot=True)
    for base, provider in product(TRUSTED.values(), ["", *PROVIDERS])
]


@pytest.mark.parametrize("answers", [*PLAIN, *TRUSTING], ids=str)
def test_what_is_written_has_nothing_to_report_and_makes_a_plan(answers: Answers) -> None:
    document = sections.read(language.Source("Kairosfile", kairosfile(answers)))

    assert {one.rule.id for one in document.warnings} <= UNPINNED
    assert resolve(document, [answers.platform])
    model = document.model
    assert (model.base, model.model, model.trusted_boot) == (answers.base, answers.model, answers.trusted_boot)
    assert (model.provider.name if model.provider else "") == answers.provider


def uncommented(text: str) -> str:
    for key in ("provider", "hooks", "artifacts"):
        text = text.replace(f"# {key}:", f"{key}:")
    return re.sub(r"(?m)^#   (?! *(?:kairosfile|--))", "  ", text)


def test_what_a_comment_offers_makes_a_plan_too() -> None:
    document = sections.read(language.Source("Kairosfile", uncommented(kairosfile(Answers("ubuntu:24.04")))))

    assert document.model.provider is not None
    assert document.model.artifacts
    assert document.model.artifacts.iso is not None
    trusted = uncommented(kairosfile(Answers("ubuntu:24.04", trusted_boot=True)))
    result = sections.read(language.Source("Kairosfile", trusted)).model.artifacts
    assert result
    assert result.uki is not None
    assert [len(steps) for steps in (document.model.hooks.before_install, document.model.hooks.after_install)] == [0, 2]


def new(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("new", *arguments, folder=folder)


def test_new_writes_files_that_check_has_nothing_against(tmp_path: Path) -> None:
    done = new(tmp_path, "--distro", "alpine", "--model", "rpi4", "--provider", "k0s", "--version", "v1.2.3", "os")

    assert done.returncode == 0, done.stderr
    assert done.stdout == "wrote os/Kairosfile\nwrote os/.dockerignore\nThe next step: cd os && kairosfile build\n"
    checked = run("check", "--platform", "linux/arm64", "--format", "json", "os/Kairosfile", folder=tmp_path)
    assert {one["rule"] for one in json.loads(checked.stdout)["diagnostics"]} <= UNPINNED


def test_without_a_terminal_new_shows_no_prompt(tmp_path: Path) -> None:
    assert new(tmp_path).returncode == 0
    assert "\nbase: ubuntu:24.04\n" in (tmp_path / "Kairosfile").read_text()


def test_new_never_overwrites_silently_and_writes_all_or_nothing(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("mine\n")

    refused = new(tmp_path)
    assert refused.returncode == 2
    assert ".dockerignore would be overwritten in .; --force does it" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == [".dockerignore"]
    assert (tmp_path / ".dockerignore").read_text() == "mine\n"

    assert new(tmp_path, "--force").returncode == 0
    assert (tmp_path / ".dockerignore").read_text() != "mine\n"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--distro", "ubuntoo"], 'did you mean "ubuntu"?'),
        (["--distro", "fedora", "--model", "rpi4"], "choose --distro ubuntu, debian, alpine, opensuse or hadron"),
        (["--distro", "debian", "--trusted-boot"], "--distro ubuntu, fedora or hadron"),
        (["--model", "rpi4", "--trusted-boot"], "Trusted Boot is for the model generic"),
        (["--provider", "rke2"], "known are none, k3s and k0s"),
        (["--ci", "githubs"], 'did you mean "github"?'),
        (["--version", "main"], "kairos-init cannot parse it"),
        (["--version", "1.2.3"], "write v1.2.3"),
    ],
)
def test_answers_that_do_not_go_together_say_what_does(tmp_path: Path, arguments: list[str], why: str) -> None:
    done = new(tmp_path, *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr
    assert list(tmp_path.iterdir()) == []


def on_a_terminal(folder: Path, *arguments: str, answers: str = "") -> str:
    """Return the output of `new` for a user at a terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    command = [COMMAND, "new", *arguments]
    with subprocess.Popen(command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        os.write(ours, answers.encode())
        output = b""
        with suppress(OSError):  # Linux raises it at the end of a terminal
            while chunk := os.read(ours, 1 << 16):
                output += chunk
    os.close(ours)
    return output.decode()


def test_the_user_is_prompted_for_missing_options(tmp_path: Path) -> None:
    text = on_a_terminal(tmp_path, answers="rpi4\ndebian\nk3s\nv2.0.0\nshell\n")

    model = sections.read(language.Source("Kairosfile", (tmp_path / "Kairosfile").read_text())).model
    assert (model.base, model.model, model.version) == ("debian:13", "rpi4", "v2.0.0")
    assert model.provider is not None
    assert (tmp_path / "build.sh").stat().st_mode & 0o111
    assert text.endswith("The next step: kairosfile build\r\n")
    assert "Board" in text
    assert "[ubuntu/debian/alpine/opensuse/hadron]" in text
    assert "Trusted Boot" not in text


@pytest.mark.parametrize(
    ("answers", "target"),
    [
        (Answers("ubuntu:24.04"), "iso"),
        (Answers("ubuntu:22.04", "rpi4"), "raw"),
        (Answers("ubuntu:24.04", trusted_boot=True), "uki"),
    ],
    ids=str,
)
def test_every_command_in_a_comment_runs(answers: Answers, target: str, tmp_path: Path) -> None:
    """The test prints builds and plans their target; tests/e2e runs the ISO on an engine."""
    text = kairosfile(answers)
    (tmp_path / "Kairosfile").write_text(uncommented(text) if answers.trusted_boot else text)
    (tmp_path / "keys").mkdir()
    for name in PUBLIC:
        (tmp_path / "keys" / name).write_text("")
    commands = commands_of(text)

    assert [command[0] for command in commands] == ["check", "plan", "build", "lock", "build"]
    assert commands[-1][1:3] == ["--target", target]
    for command in commands:
        if command[0] == "lock":  # it queries registries
            assert run("lock", "--check", folder=tmp_path).returncode == 1
            continue
        extra = ["--print"] if command[0] == "build" else []
        done = run(*command, *extra, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        if "--target" in command:
            assert "--output type=local,dest=build" in done.stdout


def test_the_schema_line_is_the_text_of_the_schema_of_this_repository() -> None:
    (address,) = re.findall(r"\$schema=(\S+)", kairosfile(Answers("ubuntu:24.04")))
    path = address.partition("/main/")[2]

    assert address.startswith("https://raw.githubusercontent.com/kairos-io/kairosfile/main/")
    assert (ROOT / path).read_text().startswith("{")


def test_no_prompt_is_shown_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "Kairosfile").write_text("mine\n")
    (tmp_path / "file").write_text("")

    assert "would be overwritten" in on_a_terminal(tmp_path)
    assert "Board" not in on_a_terminal(tmp_path)
    assert "file is not a folder" in on_a_terminal(tmp_path, "file/os")


@pytest.mark.parametrize("kind", CI_FILES)
def test_the_ci_file_is_the_example_for_the_platform_of_the_board(tmp_path: Path, kind: str) -> None:
    example, path = CI_FILES[kind]
    text = (EXAMPLES / example).read_text()

    assert new(tmp_path, "--ci", kind).returncode == 0
    assert (tmp_path / path).read_text() == text
    board = files(Answers("ubuntu:22.04", "rpi4", ci=kind))[path]
    assert board == text.replace("linux/amd64", "linux/arm64")


def test_the_wheel_carries_the_ci_files_where_they_are_looked_for() -> None:
    assert CI_FOLDERS[1] == EXAMPLES
    assert f'"examples/ci" = "kairosfile/{CI_FOLDERS[0].relative_to(ROOT / "frontend" / "kairosfile")}"' in (
        (ROOT / "pyproject.toml").read_text()
    )
