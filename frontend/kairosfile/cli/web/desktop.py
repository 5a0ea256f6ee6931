"""The browser of the person who started the server."""

from __future__ import annotations

import html
import os
import sys
import webbrowser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "open.html"


def is_there() -> bool:
    """Return whether the server was started from a terminal of a local desktop session."""
    has_screen = sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return has_screen and sys.stdout.isatty()


def show(address: str, state: Path) -> None:
    """Open an address with a one-time code, by way of a file: every user of the machine can read arguments."""
    file = state / NAME
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(f'<meta http-equiv="refresh" content="0; url={html.escape(address)}">\n')
    webbrowser.open(file.absolute().as_uri())
