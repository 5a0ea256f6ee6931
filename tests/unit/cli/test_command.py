"""The installed command: a process with arguments, output and an exit status."""

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
import typer

from kairosfile.cli.app import COMMANDS, GROUPS, app
from kairosfile.kairos.releases import NEWEST
from kairosfile.language import rules
from kairosfile.sections import schema
from tests.support.generate.reference import SCHEMA
from tests.support.mutation import in_process

COMMAND = str(Path(sys.executable).with_name("kairosfile"))
DIGEST = "sha256:" + "a" * 64
SYNTAX = "# syntax=quay.io/kairos/kairos-frontend:v1\n"
CLEAN = f"{SYNTAX}base: mirror/debian:13@{DIGEST}\nversion: v1.0.0\n"
WARNED = f"{SYNTAX}base: mirror/debian:13@{DIGEST}\nversion: 1.0\nprovider: {{name: k3s, version: v1.33.1+k3s1}}\n"
FAULTY = "base: debian:13\nversion: v1.0.0\nprovdier: k3s\nfips: 1\n"


def run(*arguments: str, folder: Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    if in_process.mutants_are_tried():
        return in_process.run(arguments, folder, stdin)
    environment = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR"}}
    return subprocess.run(
        [COMMAND, *arguments], cwd=folder, input=stdin, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("clean", CLEAN), ("warned", WARNED), ("faulty", FAULTY)):
        (tmp_path / name).write_text(text)
    return tmp_path


def on_a_terminal(*arguments: str, folder: Path, **environment: str) -> str:
    """Return the command's output on a terminal."""
    ours, theirs = pty.openpty()
    output = b""
    with subprocess.Popen([COMMAND, *arguments], cwd=folder, stdout=theirs, env=environment):
        os.close(theirs)
        with suppress(OSError):  # Linux raises it at the end of a terminal
            while chunk := os.read(ours, 1 << 16):
                output += chunk
    os.close(ours)
    return output.decode()


def test_a_check_obeys_the_directive_of_the_file_and_the_build_arg_in_its_place(folder: Path) -> None:
    (folder / "strict").write_text(f"# check=skip=KF508;error=true\n{WARNED}")

    strict = run("check", "strict", folder=folder)
    assert (strict.returncode, "KF506" in strict.stdout, "KF508" in strict.stdout) == (1, True, False)
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
        (["warned", "--strict"], 1),
        (["clean", "--strict"], 0),
        (["-f", "clean", "-f", "faulty"], 1),
        (["clean", "--format", "xml"], 2),
        (["clean", "--platform", "linux/"], 2),
        (["clean", "--build-arg", "=main"], 2),
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
    assert last("faulty", "warned") == "2 errors, 2 warnings and 1 note in 2 files"


def test_check_reads_standard_input(folder: Path) -> None:
    done = run("check", "-", folder=folder, stdin=FAULTY)

    assert done.returncode == 1
    assert '<stdin>:3:1: error: unknown key "provdier" [KF004]\n   3 | provdier: k3s\n' in done.stdout


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
    data: dict[str, Any] = json.loads(done.stdout)
    return data


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

    assert "\ninstall: install kairos (k3s v1.33.1+k3s1)\n  network: default\n  does: /kairos-init " in text
    assert "\ninit: init kairos 1.0\n  network: none\n" in text
    assert all(step["id"] in text for step in plan_of(folder, "warned")["steps"])


def test_plan_on_a_terminal_omits_long_scripts_by_default(folder: Path) -> None:
    (folder / "iso").write_text(CLEAN + "provider: k3s\nartifacts:\n  iso:\n")
    short = on_a_terminal("plan", "iso", folder=folder, COLUMNS="200")

    assert "1. install" in short
    assert "depends on: kairos_init" in short
    assert len(short.splitlines()) < 40
    assert "for file in" not in short
    script = "hooks:\n  after_install:\n    - run: |\n" + "".join(f"        echo {number}\n" for number in range(9))
    (folder / "hook").write_text(CLEAN + script)
    assert "... 6 more lines" in run("plan", "hook", folder=folder).stdout
    assert "echo 8" not in run("plan", "hook", folder=folder).stdout
    assert "echo 8" in run("plan", "--full", "hook", folder=folder).stdout


NAMING = {
    "check": [],
    "plan": [],
    "eject": [],
    "llb": ["--format", "text"],
    "graph": [],
    "name": [],
    "bake": ["--matrix", "model=generic"],
    "build": ["--print"],
}


@pytest.mark.parametrize("command", NAMING)
def test_a_file_is_named_in_the_same_ways_on_all_commands(command: str, folder: Path) -> None:
    for place in (folder / "Kairosfile", folder / "os" / "Kairosfile"):
        place.parent.mkdir(exist_ok=True)
        place.write_text(CLEAN)
    options = [*NAMING[command], *([] if command in {"check", "bake"} else ["--platform", "linux/amd64"])]

    default = run(command, *options, folder=folder)
    assert default.returncode == 0, default.stderr
    assert default.stdout == run(command, "Kairosfile", *options, folder=folder).stdout
    assert default.stdout == run(command, "-f", "Kairosfile", *options, folder=folder).stdout
    assert default.stdout == run(command, ".", *options, folder=folder).stdout
    below = run(command, "os", *options, folder=folder)
    assert (below.returncode, below.stdout) == (0, run(command, "-f", "os/Kairosfile", *options, folder=folder).stdout)
    if command != "check":
        both = run(command, "-f", "Kairosfile", "os/Kairosfile", *options, folder=folder)
        assert (both.returncode, "two files are named" in both.stderr) == (2, True)
        context = run(command, "-f", "Kairosfile", "os", *options, folder=folder)
        assert context.returncode == 0, context.stderr


@pytest.mark.parametrize("command", ["plan", "eject"])
def test_plan_and_eject_take_what_explain_and_graph_take(command: str, folder: Path) -> None:
    board = CLEAN + "model: rpi4\n"
    (folder / "Kairosfile").write_text(board)
    for arguments in (
        ("init", "-q"),
        ("add", "Kairosfile"),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"),
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True)

    assert "linux/arm64" in run(command, folder=folder).stdout.splitlines()[0]
    assert "linux/arm64" in run(command, "-", folder=folder, stdin=board).stdout.splitlines()[0]
    (folder / "Kairosfile").write_text("")
    assert "linux/arm64" in run(command, "HEAD:Kairosfile", folder=folder).stdout.splitlines()[0]


def test_an_architecture_alone_is_a_platform_as_in_docker(folder: Path) -> None:
    assert plan_of(folder, "clean", "--platform", "arm64")["platform"] == "linux/arm64"
    assert plan_of(folder, "clean", "--platform", "aarch64,amd64")["platform"] == "linux/arm64"


def test_a_build_arg_without_a_value_is_read_from_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERSION", "v7.0.0")
    assert "v7.0.0" in run("plan", "clean", "--build-arg", "VERSION", folder=folder).stdout
    monkeypatch.delenv("VERSION")
    done = run("plan", "clean", "--build-arg", "VERSION", folder=folder)
    assert (done.returncode, "the environment has no variable VERSION" in done.stderr) == (0, True)


def test_check_fixes_what_carries_an_edit_and_keeps_everything_else(folder: Path) -> None:
    text = "\ufeff# kept\r\nbse: debian:13  # kept too\r\nversion: v1.0.0\r\nprovdier: k3s\r\nunknown: 1\r\n"
    (folder / "typed").write_bytes(text.encode())

    done = run("check", "--fix", "typed", folder=folder)

    assert (folder / "typed").read_bytes().decode() == text.replace("bse", "base").replace("provdier", "provider")
    assert done.returncode == 1
    assert "fixed 2 problems in typed" in done.stderr
    assert 'unknown key "unknown"' in done.stdout
    before = (folder / "clean").read_bytes()
    assert "fixed 0 problems" in run("check", "--fix", "clean", folder=folder).stderr
    assert (folder / "clean").read_bytes() == before
    assert run("check", "--fix", "-", folder=folder, stdin=CLEAN).returncode == 2


def test_check_fixes_lines_that_begin_with_tabs_and_keeps_the_line_ends_of_what_it_writes(folder: Path) -> None:
    head = "# syntax=quay.io/kairos/kairos-frontend:v1\r\nbase: debian:13\r\nversion: v1.0.0\r\nhooks:\r\n"
    typed = "\tafter_install:\r\n\t\t- packages: [vim]\r\n\t\t- run:\r\n\t\t\t- make all\r\n\t\t\t- make install\r\n"
    (folder / "typed").write_bytes((head + typed).encode())

    done = run("check", "--fix", "--strict", "typed", folder=folder)

    fixed = "  after_install:\r\n    - packages: [vim]\r\n    - run: |\r\n        make all\r\n        make install\r\n"
    assert (done.returncode, "fixed 2 problems in typed" in done.stderr) == (0, True), done.stdout
    assert (folder / "typed").read_bytes().decode() == head + fixed


def test_plan_of_an_invalid_file_prints_its_diagnostics_and_no_plan(folder: Path) -> None:
    done = run("plan", "faulty", folder=folder)

    assert (done.returncode, done.stdout) == (1, "")
    assert "[KF004]" in done.stderr


def test_plan_of_the_wrong_platform_is_an_error_of_the_file(folder: Path) -> None:
    (folder / "board").write_text(CLEAN + "model: rpi4\n")

    assert run("plan", "board", "--platform", "linux/amd64", folder=folder).returncode == 1
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
    text = run("version", folder=folder).stdout

    assert text.endswith(f"{NEWEST}\n")
    assert run("--version", folder=folder).stdout == text
    module = [sys.executable, "-m", "kairosfile", "version"]
    assert subprocess.run(module, cwd=folder, capture_output=True, text=True, check=True).stdout == text


def test_a_misspelt_command_is_answered_with_the_nearest_one(folder: Path) -> None:
    done = run("chekc", folder=folder)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'kairosfile: unknown command "chekc"; did you mean "check"?\n'


def test_help_lists_all_commands_in_groups_with_whole_summaries(folder: Path) -> None:
    text = run("--help", folder=folder).stdout

    assert all(f"\n{title}:\n" in text for title in GROUPS)
    assert all(f"  {name.ljust(max(map(len, COMMANDS)))}  {summary}\n" in text for name, summary in COMMANDS.items())
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_no_help_has_a_type_of_python(command: str, folder: Path) -> None:
    text = run(command, "--help", folder=folder).stdout

    assert not [word for word in ("<str>", "<list", "[[", "......") if word in text]


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


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    """`--help` imports no command, so their summaries are repeated; both texts must be equal."""
    group = typer.main.get_group(app)

    for name, summary in COMMANDS.items():
        command = group.get_command(typer.Context(group), name)
        assert command is not None
        assert summary == (command.help or "").splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (
            ["--help"],
            {
                "rich",
                "pydantic",
                "yaml",
                "kairosfile.language",
                "kairosfile.plan",
                *(f"kairosfile.cli.commands.{name}" for name in COMMANDS),
            },
        ),
        (["check", "clean"], {"rich", "kairosfile.llb", "kairosfile.gateway", "docker", "json.tool"}),
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


@pytest.mark.parametrize("arguments", [("plan", "clean"), ("check", "--format", "json", "warned"), ("schema",)])
def test_an_unwritable_output_is_reported_in_one_line(arguments: tuple[str, ...], folder: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([COMMAND, *arguments], cwd=folder, stdout=full, stderr=subprocess.PIPE, check=False)

    assert done.returncode == 2
    assert done.stderr == b"kairosfile: cannot write to standard output: No space left on device\n"


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_a_name_that_is_not_utf_8_is_shown(form: str, folder: Path) -> None:
    (folder / os.fsdecode(b"\xff")).write_text(FAULTY)
    done = subprocess.run([COMMAND, "check", "--format", form, b"\xff"], cwd=folder, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (1, b"")
    assert b"udcff" in done.stdout or b"%FF" in done.stdout


def test_a_token_is_hidden_by_its_pattern_anywhere(folder: Path) -> None:
    token = f"ghp_{'a' * 36}"
    done = run("build", "--print", "-t", "a", "--build-arg", f"URL=https://x/?t={token}", "clean", folder=folder)

    assert token not in done.stdout
    assert "***" in done.stdout
