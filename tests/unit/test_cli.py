"""The command as it is installed: a process with arguments, output and an exit status."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from kairosfile.cli.app import COMMANDS
from kairosfile.kairos.releases import NEWEST
from kairosfile.spec import rules, schema
from tests.generate import SCHEMA

COMMAND = str(Path(sys.executable).with_name("kairosfile"))
DIGEST = "sha256:" + "a" * 64
CLEAN = f"base: debian:13@{DIGEST}\nversion: v1.0.0\n"
WARNED = "base: debian:13\nversion: v1.0.0\nprovider: k3s\n"
FAULTY = "base: debian:13\nversion: v1.0.0\nprovdier: k3s\nfips: 1\n"


def run(*arguments: str, folder: Path, given: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR"}}
    return subprocess.run(
        [COMMAND, *arguments], cwd=folder, input=given, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("clean", CLEAN), ("warned", WARNED), ("faulty", FAULTY)):
        (tmp_path / name).write_text(text)
    return tmp_path


def on_a_terminal(*arguments: str, folder: Path, **environment: str) -> str:
    """Return what the command writes when its output is a terminal."""
    ours, theirs = pty.openpty()
    written = b""
    with subprocess.Popen([COMMAND, *arguments], cwd=folder, stdout=theirs, env=environment):
        os.close(theirs)
        with suppress(OSError):  # what Linux says at the end of a terminal
            while chunk := os.read(ours, 1 << 16):
                written += chunk
    os.close(ours)
    return written.decode()


def test_a_check_obeys_the_directive_of_the_file_and_the_build_arg_in_its_place(folder: Path) -> None:
    (folder / "strict").write_text(f"# check=skip=KF503;error=true\n{WARNED}")

    strict = run("check", "strict", folder=folder)
    assert (strict.returncode, "KF501" in strict.stdout, "KF503" in strict.stdout) == (1, True, False)
    mild = run("check", "--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skip=all", "strict", folder=folder)
    assert (mild.returncode, "KF50" in mild.stdout) == (0, False)


@pytest.mark.parametrize(
    ("files", "status"),
    [
        (["clean"], 0),
        (["warned"], 0),
        (["faulty"], 1),
        (["clean", "faulty"], 1),
        (["nowhere"], 2),
        (["."], 2),
        (["clean", "--format", "xml"], 2),
        (["clean", "--platform", "linux"], 2),
        (["clean", "--build-arg", "VERSION"], 2),
        (["clean", "--no-such-option"], 2),
        ([], 2),
    ],
)
def test_the_exit_status_of_check_says_what_was_found(folder: Path, files: list[str], status: int) -> None:
    done = run("check", *files, folder=folder)

    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert bool(done.stderr) == (status == 2)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
@pytest.mark.parametrize(("name", "status"), [("clean", 0), ("warned", 0), ("faulty", 1)])
def test_the_exit_status_does_not_depend_on_the_form(folder: Path, form: str, name: str, status: int) -> None:
    assert run("check", "--format", form, name, folder=folder).returncode == status


def test_check_ends_with_a_line_of_summary(folder: Path) -> None:
    def last(*files: str) -> str:
        return run("check", *files, folder=folder).stdout.splitlines()[-1]

    assert last("clean") == "nothing to report in clean"
    assert last("warned") == "2 warnings in warned"
    assert last("faulty", "warned") == "2 errors and 2 warnings in 2 files"


def test_check_reads_standard_input(folder: Path) -> None:
    done = run("check", "-", folder=folder, given=FAULTY)

    assert done.returncode == 1
    assert done.stdout.startswith('<stdin>:3:1: error: unknown key "provdier" [KF004]\n   3 | provdier: k3s\n')


def test_check_takes_build_args(folder: Path) -> None:
    done = run("check", "clean", "--build-arg", "VERSION=main", folder=folder)

    assert "--build-arg VERSION" in done.stdout
    assert done.returncode == 1


def test_check_for_a_platform_finds_what_only_the_platform_shows(folder: Path) -> None:
    (folder / "board").write_text(CLEAN + "model: rpi4\n")

    assert run("check", "board", "--platform", "linux/arm64", folder=folder).returncode == 0
    assert "needs linux/arm64" in run("check", "board", "--platform", "linux/amd64", folder=folder).stdout


def test_included_files_are_looked_up_beside_the_file_or_in_the_context(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "common.yaml").write_text("fips: 1\n")
    (folder / "sub" / "Kairosfile").write_text(CLEAN + "extends: common.yaml\n")

    assert "\ncommon.yaml:1:7: error: " in "\n" + run("check", "sub/Kairosfile", folder=folder).stdout
    assert '"common.yaml"' in run("check", "sub/Kairosfile", "--context", ".", folder=folder).stdout


def test_colours_are_for_terminals_and_can_be_refused(folder: Path) -> None:
    assert "\033" not in run("check", "warned", folder=folder).stdout
    assert "\033[33mwarning\033[0m" in on_a_terminal("check", "warned", folder=folder)
    assert "\033" not in on_a_terminal("check", "warned", folder=folder, NO_COLOR="1")
    assert "\033" not in on_a_terminal("check", "warned", folder=folder, TERM="dumb")


def plan_of(folder: Path, *arguments: str) -> dict[str, Any]:
    done = run("plan", *arguments, "--format", "json", folder=folder)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_plan_as_json_has_a_versioned_schema_and_every_step(folder: Path) -> None:
    plan = plan_of(folder, "warned", "--platform", "linux/arm64", "--build-arg", "VERSION=v2.0.0")

    assert plan["schema"].startswith("kairosfile.plan/")
    assert plan["platform"] == "linux/arm64"
    steps = {step["id"]: step for step in plan["steps"]}
    assert steps["init"]["run"]["argv"][-1] == "v2.0.0"
    for step in steps.values():
        assert {"id", "name", "ranges", "fields"} <= step.keys()
    assert {"argv", "mounts", "network", "env"} <= steps["install"]["run"].keys()
    assert "version" not in steps["install"]["fields"]


def test_plan_as_text_names_each_step_its_network_and_its_fields(folder: Path) -> None:
    text = run("plan", "warned", folder=folder).stdout

    assert "\ninstall: install kairos (k3s latest)\n  network: default\n  does: /kairos-init " in text
    assert "\ninit: init kairos v1.0.0\n  network: none\n" in text
    assert all(step["id"] in text for step in plan_of(folder, "warned")["steps"])


def test_plan_on_a_terminal_is_a_table(folder: Path) -> None:
    assert "depends on" in on_a_terminal("plan", "warned", folder=folder, COLUMNS="200")


def test_plan_of_a_faulty_file_says_why_and_prints_no_plan(folder: Path) -> None:
    done = run("plan", "faulty", folder=folder)

    assert (done.returncode, done.stdout) == (1, "")
    assert "[KF004]" in done.stderr


def test_plan_of_the_wrong_platform_is_an_error_of_the_file(folder: Path) -> None:
    (folder / "board").write_text(CLEAN + "model: rpi4\n")

    assert run("plan", "board", folder=folder).returncode == 1
    assert run("plan", "nowhere", folder=folder).returncode == 2


def test_schema_prints_the_schema_that_is_checked_in(folder: Path) -> None:
    assert run("schema", folder=folder).stdout == schema.text() == SCHEMA.read_text()


def test_rules_lists_every_rule_and_explains_one_by_id_or_name(folder: Path) -> None:
    listed = run("rules", folder=folder).stdout

    assert [line.split()[0] for line in listed.splitlines()] == [rule.id for rule in rules.every()]
    page = run("rules", "KF501", folder=folder).stdout
    assert page.startswith("# KF501 base-not-pinned\n")
    assert page.endswith(f"{rules.BASE_PINNED.url}\n")
    assert run("rules", "base-not-pinned", folder=folder).stdout == run("rules", "kf501", folder=folder).stdout == page


def test_an_unknown_rule_is_refused_with_the_nearest_one(folder: Path) -> None:
    done = run("rules", "base-not-pined", folder=folder)

    assert done.returncode == 2
    assert 'did you mean "base-not-pinned"?' in done.stderr


def test_version_names_the_newest_known_kairos_init(folder: Path) -> None:
    assert run("version", folder=folder).stdout.endswith(f"{NEWEST}\n")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_help_has_an_example(folder: Path, command: str) -> None:
    done = run(*filter(None, [command]), "--help", folder=folder)

    assert done.returncode == 0
    assert f"Example: kairosfile {command}" in done.stdout


def test_without_its_libraries_the_command_says_what_to_install(folder: Path) -> None:
    program = "import sys; sys.modules['typer'] = None; from kairosfile.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith("kairosfile: the library typer is missing")
    assert "pip install kairosfile" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], {"rich", "pydantic", "yaml", "kairosfile.spec", "kairosfile.plan"}),
        (["check", "clean"], {"rich", "kairosfile.plan", "kairosfile.gateway", "docker", "json.tool"}),
    ],
)
def test_a_command_imports_only_what_it_needs(folder: Path, arguments: list[str], unwanted: set[str]) -> None:
    program = f"""
import atexit, sys
sys.argv = ["kairosfile", *{arguments!r}]
atexit.register(lambda: print("MODULES", *sys.modules))
from kairosfile.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)

    assert unwanted & set(done.stdout.rpartition("MODULES")[2].split()) == set()
