"""Whether colours are welcome, in the ways that people say so: a terminal, NO_COLOR (no-color.org), TERM=dumb.

Where a command writes a file that it makes; nothing is overwritten unless that was asked for.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile.cli.errors import CliError
from kairosfile.cli.options import STANDARD_OUTPUT
from kairosfile.printable import escape, one_line

if TYPE_CHECKING:
    from rich.console import RenderableType


_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")
# Of lines that are broken for nobody's terminal.
WIDTH = 100


def coloured() -> bool:
    """Return whether standard output takes colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show(*parts: RenderableType) -> None:
    """Print what has colours and folds its lines; plain text without blanks at the ends where no terminal reads it."""
    from rich.console import Console  # noqa: PLC0415 - not every command prints through it

    width = None if sys.stdout.isatty() else WIDTH
    out = Console(color_system="auto" if coloured() else None, width=width, highlight=False, markup=False, emoji=False)
    with out.capture() as captured:
        for part in parts:
            out.print(part)
    sys.stdout.write("".join(f"{_safe(line.rstrip())}\n" for line in captured.get().split("\n")[:-1]))


def _safe(line: str) -> str:
    """Return a line that was laid out without control characters of others; rich's colours stay."""
    parts = _COLOUR.split(line) if coloured() else [line]
    shown = "".join(part if number % 2 else escape(part) for number, part in enumerate(parts))
    return shown if coloured() else one_line(shown, len(shown))


@dataclass(frozen=True, slots=True)
class Output:
    """A file, or standard output."""

    path: str
    force: bool

    def write(self, text: str) -> None:
        """Write a text; raises CliError where a file is there already, or cannot be made."""
        if self.path == STANDARD_OUTPUT:
            sys.stdout.write(text)
            return
        try:
            with Path(self.path).open("w" if self.force else "x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError as error:
            raise CliError(f"{self.path} exists; --force overwrites it") from error
        except OSError as error:
            raise CliError(f"{self.path} cannot be written: {error.strerror}") from error
