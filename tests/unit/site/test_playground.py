"""The page "Try it" gives the command's output, with only the libraries that the browser loads."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from docs.site import playground
from docs.site.try_it.answers import VIEWS, answer
from kairosfile.cli.app import app
from tests.support.browser.site import example

if TYPE_CHECKING:
    from pathlib import Path

BUILT = (
    example()
    + """\
    - run: |
        echo "grüße" > /etc/motd
"""
)
TEXT = BUILT.replace("v1.0.0", "v1.0.1").replace("curl", "jq")
WRONG = BUILT.replace("variant:", "varaint:") + "x: [\n"


def reply(view: str, text: str = TEXT) -> Any:
    return json.loads(answer(json.dumps({"view": view, "text": text, "built": BUILT})))


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command in a folder with both texts and an invalid one."""
    for name, text in {"Kairosfile": TEXT, "built": BUILT, "wrong": WRONG}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> str:
        return CliRunner().invoke(app, words).stdout

    return run


def test_check_finds_what_the_command_finds(command: Any) -> None:
    assert reply("check")["findings"] == json.loads(command("check", "--format", "json", "Kairosfile"))["diagnostics"]


@pytest.mark.parametrize("view", ["check", *VIEWS])
def test_every_view_of_an_invalid_text_shows_its_diagnostics(command: Any, view: str) -> None:
    expected = json.loads(command("check", "--format", "json", "wrong"))["diagnostics"]
    errors = [(one["rule"], one["start"]) for one in expected if one["severity"] == "error"]

    assert errors
    actual = [(one["rule"], one["start"]) for one in reply(view, WRONG)["findings"] if one["severity"] == "error"]
    assert actual == errors


def test_plan_and_explain_have_the_steps_of_the_command(command: Any) -> None:
    steps = json.loads(command("explain", "--platform", "linux/amd64", "--format", "json"))["steps"]
    planned, explained = reply("plan")["blocks"], reply("explain")["blocks"]

    assert [one["title"] for one in planned] == [one["title"] for one in explained] == [one["id"] for one in steps]
    for block, step in zip(explained, steps, strict=True):
        rows = {row["name"]: row["text"] for row in block["rows"]}
        assert rows["why"] == step["purpose"]
        assert rows["runs when"].split("\n") == step["runs_again_when"]


def test_diff_counts_the_same_steps_as_the_command(command: Any) -> None:
    steps = json.loads(command("diff", "built", "Kairosfile", "--platform", "linux/amd64", "--format", "json"))["steps"]

    assert {one["title"]: one["mark"] for one in reply("diff")["blocks"]} == {one["id"]: one["result"] for one in steps}
    assert {one["mark"] for one in reply("diff")["blocks"]} == {"cached", "runs"}
    assert reply("diff", BUILT)["head"] == "nothing runs: all steps are cached"


def test_the_dockerfile_and_the_picture_are_those_of_the_command(command: Any) -> None:
    platform = ("--platform", "linux/amd64")

    assert reply("dockerfile")["text"] == command("eject", *platform)
    drawn = command("graph", "built", "Kairosfile", *platform, "--format", "svg")
    assert reply("graph")["picture"] == drawn.replace("built -&gt; Kairosfile", "Kairosfile")


def test_a_board_is_planned_for_its_own_platform() -> None:
    assert reply("plan", BUILT + "model: rpi4\n")["head"].startswith("linux/arm64: ")


def test_equal_code_gives_equal_bytes() -> None:
    assert playground.code() == playground.code()
    with zipfile.ZipFile(io.BytesIO(playground.code())) as archive:
        assert not [
            name for name in archive.namelist() if name.startswith(("kairosfile/cli/web", "kairosfile/gateway"))
        ]


# The browser's modules, in a Python that has only its standard library.
ALONE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import answers
for request in json.load(sys.stdin):
    print(len(answers.answer(json.dumps(request))))
"""


def test_all_views_run_with_what_the_archive_has(tmp_path: Path) -> None:
    archive = tmp_path / "kairosfile.zip"
    archive.write_bytes(playground.code())
    requests = [{"view": view, "text": text, "built": BUILT} for view in ("check", *VIEWS) for text in (TEXT, WRONG)]
    command = [sys.executable, "-I", "-S", "-c", ALONE, str(archive)]

    done = subprocess.run(command, input=json.dumps(requests), capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.split() if int(line) > 20] == done.stdout.split()
    assert len(done.stdout.split()) == len(requests)


def test_without_npm_the_site_is_built_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    playground.main(tmp_path / "pyodide")

    assert "gets no Python: npm pack pyodide@" in capsys.readouterr().err
