"""The extension in a real Visual Studio Code: findings, completion, a quick fix, and its commands in a terminal.

The editor is code-server, in Debian's Chromium. It is half a gigabyte of npm, so this is a long test.
"""

from __future__ import annotations

import re
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST
from tests.support.browser import chromium
from tests.support.vscode import Window, code_server, is_possible, package

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.engine import Engine

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not is_possible(), reason="this machine has no npm, or no Node.js of npm: it is for Linux, amd64"
    ),
]

COMMAND = str(Path(sys.executable).with_name("kairosfile"))
LINES = 2  # their form on a terminal is another for plan
GIT = ["git", "-c", "user.name=me", "-c", "user.email=me@example.com"]


class Editor:
    """A window, the folder that it shows, and the environment of its commands."""

    def __init__(self, window: Window, folder: Path, environment: dict[str, str]) -> None:
        self.window = window
        self.folder = folder
        self.environment = environment

    def printed(self, command: str) -> str:
        """Return the end of a command's output for the file, as much as a small terminal shows."""
        words = [COMMAND, command, "--file", "Kairosfile"]
        done = subprocess.run(words, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
        return "\n".join((done.stdout + done.stderr).splitlines()[-LINES:])


@pytest.fixture(scope="module")
def editor(
    tmp_path_factory: pytest.TempPathFactory,
    docker28: Engine,
    frontend: str,
    base: str,
    kairos_init: Callable[[str], str],
) -> Iterator[Editor]:
    """An editor with a file that builds and has changed since HEAD, and some with a misspelt key."""
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("edge")
    hook = f"hooks: {{after_init: [{{run: echo {uuid.uuid4().hex} > /etc/nonce}}]}}"
    good = f"# syntax={frontend}\nbase: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n{hook}\n"
    (folder / "Kairosfile").write_text(good)
    for name in ("wrong", "mended", "typed"):
        (folder / f"Kairosfile.{name}").write_text(f"{good}varient: core\n")
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "first"]):
        subprocess.run([*GIT, *words], cwd=folder, check=True)
    (folder / "Kairosfile").write_text(good.replace("v1.0.0", "v1.0.1"))
    environment = docker28.env()
    with code_server(folder, home, package(home), environment) as address, chromium() as browser:
        yield Editor(Window.open(browser, address), folder, environment)


def test_findings_are_underlined_and_listed_with_their_rules(editor: Editor) -> None:
    editor.window.show("Kairosfile.wrong")

    problems = editor.window.problems()

    assert any(row.startswith('unknown key "varient"; did you mean "variant"? kairosfile KF004') for row in problems)
    assert any("KF501" in row for row in problems)
    assert editor.window.underlined("error") == 1


def test_keys_are_offered_as_they_are_typed(editor: Editor) -> None:
    editor.window.show("Kairosfile.typed")

    assert any(label.startswith("model") for label in editor.window.completions("mod"))


def test_the_quick_fix_mends_a_misspelt_key(editor: Editor) -> None:
    editor.window.show("Kairosfile.mended")
    editor.window.edit()
    editor.window.page.keyboard.press("ArrowUp")
    editor.window.fix('Change to "variant"')
    editor.window.run("File: Save")
    editor.window.page.locator(".tab.active:not(.dirty)").wait_for()

    assert (editor.folder / "Kairosfile.mended").read_text().endswith("\nvariant: core\n")


@pytest.mark.parametrize(("title", "command"), [("Check", "check"), ("Plan", "plan"), ("Diff with HEAD", "diff")])
def test_a_command_shows_in_the_terminal_what_it_prints(editor: Editor, title: str, command: str) -> None:
    editor.window.show("Kairosfile")
    editor.window.run_task(f"Kairosfile: {title}")

    editor.window.terminal(editor.printed(command))


def test_build_builds_the_file_on_the_engine(editor: Editor, docker28: Engine) -> None:
    editor.window.show("Kairosfile")
    editor.window.run_task("Kairosfile: Build")

    editor.window.terminal("Terminal will be reused by tasks")
    words = ["docker", "buildx", "build", "--progress", "plain", "--output", "type=cacheonly", "-f", "Kairosfile", "."]
    again = docker28.run(words, cwd=editor.folder)
    assert again.returncode == 0, again.stderr
    init = re.search(r"^(#\d+) .*init kairos v1\.0\.1$", again.stderr, re.MULTILINE)
    assert init, again.stderr
    assert f"{init[1]} CACHED" in again.stderr
