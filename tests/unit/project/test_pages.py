"""The docs' commands that need no engine produce the output in the page; the rules of tests/support/pages hold."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests import ROOT
from tests.support.pages.blocks import Block, blocks
from tests.support.pages.reader import EXAMPLES, Reader, not_shown, pages

PLAIN = [page for page in pages() if any(b.commands and not b.excuse and not b.needs_engine for b in blocks(page))]
SHELLS = {"bash", "sh", "shell", "zsh"}


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PLAIN, ids=name)
def test_the_commands_of_a_page_do_what_it_shows(page: Path, tmp_path: Path) -> None:
    here = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    reader = Reader(page, tmp_path / "work", {"PATH": here, "PYTHONPATH": os.environ.get("PYTHONPATH", "")}, {})

    for block in blocks(page):
        if not block.excuse and not block.needs_engine:
            reader.follow(block)


@pytest.mark.parametrize("page", pages(), ids=name)
def test_commands_are_found_in_console_blocks(page: Path) -> None:
    actual = list(blocks(page))

    assert not [block.line for block in actual if block.language in SHELLS]
    assert not [block.line for block in actual if block.language == "console" and not block.commands]


@pytest.mark.parametrize("page", sorted(EXAMPLES.glob("*/README.md")), ids=name)
def test_the_page_of_an_example_shows_the_files_of_its_folder(page: Path) -> None:
    shown = {block.title: block.text for block in blocks(page) if block.title}

    assert {title: text for title, text in shown.items() if (page.parent / title).exists()} == {
        path.name: path.read_text() for path in page.parent.iterdir() if path.suffix != ".json" and path != page
    }


def parsed(tmp_path: Path, text: str) -> list[Block]:
    page = tmp_path / "page.md"
    page.write_text(text)
    return list(blocks(page))


def test_a_command_goes_on_after_a_backslash_and_ends_where_its_output_begins(tmp_path: Path) -> None:
    (block,) = parsed(tmp_path, "# A\n\n```console\n$ echo a \\\n    b\na b\n$ true\n```\n")

    assert [tuple(command) for command in block.commands] == [("echo a \\\n    b", ["a b"]), ("true", [])]
    assert block.line == 3


def test_only_a_reason_excuses_a_block(tmp_path: Path) -> None:
    text = "".join(
        f"{comment}\n```console\n$ true\n```\n\n"
        for comment in ("<!-- not run here: no moon -->", "<!-- not run here: -->", "", "<!-- other -->")
    )

    assert [block.excuse for block in parsed(tmp_path, text)] == ["no moon", "", "", ""]


def test_building_needs_an_engine_and_printing_how_does_not(tmp_path: Path) -> None:
    commands = ["docker ps", "kairosfile build", "kairosfile build --print", "kairosfile check Kairosfile"]
    actual = parsed(tmp_path, "".join(f"```console\n$ {command}\n```\n" for command in commands))

    assert [block.needs_engine for block in actual] == [True, True, False, False]


def test_shown_lines_must_come_in_their_order_and_dots_match_anything() -> None:
    assert not_shown(["a", "c ... e"], "a\nb\nc d e\n") == ""
    assert not_shown(["c d e", "a"], "a\nb\nc d e\n") == "a"
    assert not_shown(["c"], "a\nb\nc d e\n") == "c"


@pytest.mark.parametrize(("command", "message"), [("false", "page.md:1: $ false"), ("echo b\na", "in this order: a")])
def test_a_page_that_is_wrong_fails_at_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, message: str
) -> None:
    (block,) = parsed(tmp_path, f"```console\n$ {command}\n```\n")
    monkeypatch.setattr("tests.support.pages.reader.ROOT", tmp_path)
    reader = Reader(tmp_path / "page.md", tmp_path / "work", {"PATH": "/usr/bin:/bin"}, {})

    with pytest.raises(AssertionError, match=r"page.md:1") as caught:
        reader.follow(block)
    assert message in str(caught.value)
