"""Whether colours are welcome, in the ways that people say so: a terminal, NO_COLOR (no-color.org), TERM=dumb."""

from __future__ import annotations

import os
import sys


def coloured() -> bool:
    """Tell whether standard output takes colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
