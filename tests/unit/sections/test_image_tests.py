"""Tests of a Kairosfile: as checks of a plan, and the shell's output for a root in which they fail."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING

import pytest

from kairosfile import language, plan, sections
from kairosfile.plan.resolve import resolve
from kairosfile.plan.targets import select
from kairosfile.sections.image_tests.steps import SCRIPT, VARIABLE

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "base: debian:13\nversion: v1.0.0\n"
USER, UID = pwd.getpwuid(os.getuid()).pw_name, os.getuid()
GROUP, GID = grp.getgrgid(os.getgid()).gr_name, os.getgid()
OWNER = f"owner {USER}:{GROUP} ({UID}:{GID})"
SHELLS = {"dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "sh"]}


def plan_of(text: str) -> plan.Plan:
    document = sections.read(language.Source("Kairosfile", HEAD + text))
    (plan,) = resolve(document, ["linux/amd64"])
    return plan


def runs(own_plan: plan.Plan) -> list[plan.Run]:
    return [
        step.action for step in own_plan.steps if isinstance(step.action, plan.Run) and step.id.startswith("tests-")
    ]


def test_tests_check_the_finished_root_and_write_nothing_into_it() -> None:
    result = plan_of("hooks: {after_init: [{run: a}]}\ntests: [{path: /etc/a}, {run: b}, {run: [c]}]\n")

    assert result.checks == ("validate", "tests-1", "tests-2", "tests-3")
    assert result.root == "after_init-1"
    assert {step.start for step in result.steps if step.id in result.checks} == {"after_init-1"}
    assert all(run.read_only_root and run.network == "none" for run in runs(result))
    assert all([mount.kind for mount in run.mounts].count("empty") == 1 for run in runs(result))


def test_a_list_of_words_that_only_has_to_succeed_needs_no_shell() -> None:
    plain, ends, writes = runs(plan_of("tests: [{run: [a, b]}, {run: [a], exit_code: 1}, {run: [a], stdout: b}]\n"))

    assert (plain.argv, plain.env) == (("a", "b"), ())
    assert ends.argv[:2] == writes.argv[:2] == ("/bin/sh", "-c")
    assert (VARIABLE, SCRIPT) in ends.env


def test_the_tests_are_a_target_together_and_each_by_its_name() -> None:
    result = plan_of("provider: k3s\ntests: [{name: My motd, path: /etc/motd}, {run: b}]\n")

    assert select(result, "tests").checks == ("tests-1", "tests-2")
    assert select(result, "tests").root == result.root
    assert select(result, "my-motd").checks == ("tests-1",)
    assert select(result, "image").checks == ("validate", "check", "tests-1", "tests-2")
    assert "tests-1" not in {step.id for step in select(result, "init").steps}


def test_the_name_of_a_test_is_no_part_of_its_operation() -> None:
    (one,), (other,) = (runs(plan_of(f"tests: [{{name: {name}, path: /etc/a}}]\n")) for name in ("a", "b"))

    assert one == other


def run(shell: str, *words: str) -> tuple[str, str]:
    """Run the script with a folder as /tmp; return its output and its complaints."""
    command = [*SHELLS[shell], "-c", f'eval "${VARIABLE}"', "test", *words]
    with tempfile.TemporaryDirectory() as memory:
        environment = {**os.environ, VARIABLE: SCRIPT.replace("/tmp/", f"{memory}/")}  # noqa: S108 - the image's
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}
    assert "expected" in done.stderr or done.returncode == 0
    return done.stdout, done.stderr


def diagnostics(shell: str, *words: str) -> list[tuple[str, str]]:
    """Return the expected and the actual value of each complaint."""
    lines = [line.strip() for line in run(shell, *words)[1].splitlines()]
    expected = [line.removeprefix("expected").strip() for line in lines if line.startswith("expected ")]
    actual = [line.removeprefix("found").strip() for line in lines if line.startswith("found ")]
    return list(zip(expected, actual, strict=True))


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if not shutil.which(SHELLS[name][0]):
        pytest.skip(f"{name} is not installed; tests/e2e/test_image_tests.py runs the script in an image of busybox")
    return name


@pytest.fixture
def motd(tmp_path: Path) -> Path:
    path = tmp_path / "motd"
    path.write_text("hello you\nsecond line\n")
    path.chmod(0o640)
    return path


def test_an_expected_result_passes(shell: str, motd: Path) -> None:
    words = ["type=file", "mode=640"]
    words += [f"owner={USER}:{GROUP}", f"owner={UID}:{GID}", f"owner={UID}", "contains=lo y", "matches=^s.*e$"]

    assert diagnostics(shell, "path", str(motd)) == []
    assert diagnostics(shell, "path", str(motd), *words) == []
    assert diagnostics(shell, "path", str(motd.parent), "type=directory") == []
    assert diagnostics(shell, "path", f"{motd}-not", "absent") == []


@pytest.mark.parametrize(
    ("word", "expected", "actual"),
    [
        ("absent", "nothing", "a file"),
        ("type=directory", "a directory", "a file"),
        ("type=symlink", "a symbolic link", "a file"),
        ("mode=644", "mode 644", "mode 640"),
        ("owner=games", "owner games", OWNER),
        (f"owner={USER}:games", f"owner {USER}:games", OWNER),
        (f"owner={USER}:*", f"owner {USER}:*", OWNER),
        ("contains=bye", "a line that contains: bye", "none of 2 lines"),
        ("contains=hel.o", "a line that contains: hel.o", "none of 2 lines"),
        ("contains=-x", "a line that contains: -x", "none of 2 lines"),
        ("matches=^you", "a line that matches: ^you", "none of 2 lines"),
    ],
)
def test_difference_is_printed_with_the_actual_value(
    shell: str, motd: Path, word: str, expected: str, actual: str
) -> None:
    assert diagnostics(shell, "path", str(motd), word) == [(expected, actual)]


def test_all_differences_are_reported_at_once(shell: str, motd: Path) -> None:
    assert len(diagnostics(shell, "path", str(motd), "mode=600", "owner=games", "contains=bye", "contains=hello")) == 3


def test_a_missing_path_gives_one_message(shell: str, motd: Path) -> None:
    assert diagnostics(shell, "path", f"{motd}-not", "type=file", "mode=644") == [("a file", "nothing")]
    assert diagnostics(shell, "path", f"{motd}-not", "contains=x") == [("something", "nothing")]


def test_a_link_is_what_it_leads_to_unless_a_link_is_expected(shell: str, motd: Path) -> None:
    link, dangling = motd.with_name("link"), motd.with_name("dangling")
    link.symlink_to(motd)
    dangling.symlink_to("/nowhere")

    assert diagnostics(shell, "path", str(link), "type=file", "mode=640", "contains=hello") == []
    assert diagnostics(shell, "path", str(link), "type=symlink") == []
    assert diagnostics(shell, "path", str(dangling), "type=symlink") == []
    assert diagnostics(shell, "path", str(dangling)) == [("something", "a symbolic link to what does not exist")]
    assert diagnostics(shell, "path", str(dangling), "absent") == [
        ("nothing", "a symbolic link to what does not exist")
    ]


def test_a_folder_has_no_lines(shell: str, motd: Path) -> None:
    assert diagnostics(shell, "path", str(motd.parent), "contains=x") == [("a file", "a directory")]


def test_an_invalid_expression_is_reported(shell: str, motd: Path) -> None:
    ((expected, actual),) = diagnostics(shell, "path", str(motd), "matches=(")

    assert expected == "a line that matches: ("
    assert actual.startswith("this cannot be looked for: ")


def test_the_lines_of_a_file_are_shown_only_where_anybody_may_read_them(shell: str, motd: Path) -> None:
    _, private = run(shell, "path", str(motd), "contains=bye")
    motd.chmod(0o644)
    _, public = run(shell, "path", str(motd), "contains=bye")

    assert "hello" not in private
    assert "| hello you\n" in public


def test_a_program_is_looked_into_but_not_shown(shell: str, motd: Path) -> None:
    motd.write_bytes(b"\x7fELF\0\0version v1.33.1\0\n")
    motd.chmod(0o755)

    assert diagnostics(shell, "path", str(motd), "contains=v1.33.1", "matches=^version v1[.]33[.]1$") == []
    assert "ELF" not in run(shell, "path", str(motd), "contains=v1.34")[1]


def test_a_command_is_checked_by_its_exit_code_and_its_output(shell: str) -> None:
    script = 'echo "out $KAIROSFILE_TEST"; echo err >&2; exit 3'

    assert (
        diagnostics(shell, "run", "3", "2", "stdout.matches=^out $", "stderr.contains=err", "/bin/sh", "-c", script)
        == []
    )
    assert diagnostics(shell, "run", "0", "1", "stdout.contains=err", "/bin/sh", "-c", script) == [
        ("exit code 0", "exit code 3"),
        ("a line that contains: err", "none of 1 lines"),
    ]


def test_what_a_command_writes_is_in_the_log_and_its_words_stay_words(shell: str) -> None:
    text, complaints = run(shell, "run", "0", "0", "printf", "%s|", "a b", "$(id)", "contains=x")

    assert (text, complaints) == ("a b|$(id)|contains=x|", "")


def test_a_command_that_does_not_exist_ends_with_127(shell: str) -> None:
    assert diagnostics(shell, "run", "0", "0", "no-such-program") == [("exit code 0", "exit code 127")]
