"""A reader that follows a page to the letter."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.support.pages.blocks import Block, Command

EXAMPLES = ROOT / "examples"
TIMEOUT_SECONDS = 300
COMMIT = ["-c", "user.name=reader", "-c", "user.email=reader@example.com", "commit", "-qm", "begin"]


def pages() -> list[Path]:
    """Return every page that may have instructions."""
    actual = [path for folder in ("docs", "examples", "kairosfile-spec") for path in (ROOT / folder).rglob("*.md")]
    return sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *actual])


class Reader:
    """The folder of a reader, and its environment.

    `names` are texts of the page that a reader would replace, with their replacements.
    """

    def __init__(self, page: Path, folder: Path, environment: Mapping[str, str], names: Mapping[str, str]) -> None:
        self.page = page
        self.folder = folder
        self.names = names
        self.environment = {**environment, "HOME": str(folder.with_name("home")), "NO_COLOR": "1", "COLUMNS": "300"}
        if page.is_relative_to(EXAMPLES):
            shutil.copytree(page.parent, folder)
        else:
            folder.mkdir()
            shutil.copy(EXAMPLES / "standard" / "Kairosfile", folder)
        for words in (["init", "-q", "-b", "main"], ["add", "."], COMMIT):
            subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)

    def follow(self, block: Block) -> None:
        """Write the file or run the commands of a block; raise AssertionError if the output is not the page's."""
        if block.title:
            path = self.folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._named(block.text))
        for command in block.commands:
            self._run(block, command, block.status if command == block.commands[-1] else 0)

    def _run(self, block: Block, command: Command, status: int) -> None:
        text = self._named(command.text)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        place = f"{self.page.relative_to(ROOT)}:{block.line}: $ {text}\n{done.stdout}"
        assert done.returncode == status, f"{place}\nexited with {done.returncode}"
        missing = not_shown(map(self._named, command.shown), done.stdout)
        assert not missing, f"{place}\nnot in it, or not in this order: {missing}"

    def _named(self, text: str) -> str:
        for name, other in self.names.items():
            text = text.replace(name, other)
        return text


def not_shown(lines: Iterable[str], output: str) -> str:
    """Return the first of these lines that is not in an output after the ones before it; empty if all are."""
    rest = iter(output.splitlines())
    for line in lines:
        pattern = re.compile(".*".join(map(re.escape, line.rstrip().split("..."))))
        if line.strip() and not any(pattern.fullmatch(item.rstrip()) for item in rest):
            return line
    return ""
