"""Whether colours are welcome, in the ways that people say so: a terminal, NO_COLOR (no-color.org), TERM=dumb."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

# Of lines that are broken for nobody's terminal.
WIDTH = 100


def coloured() -> bool:
    """Tell whether standard output takes colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show(*parts: RenderableType) -> None:
    """Print what has colours and folds its lines; plain text without blanks at the ends where no terminal reads it."""
    from rich.console import Console  # noqa: PLC0415 - not every command prints through it

    width = None if sys.stdout.isatty() else WIDTH
    out = Console(color_system="auto" if coloured() else None, width=width, highlight=False, markup=False, emoji=False)
    with out.capture() as captured:
        for part in parts:
            out.print(part)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
