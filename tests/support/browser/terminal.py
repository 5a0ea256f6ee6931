"""Pictures of a terminal: xterm.js, which is the terminal of the tests' editor, draws what a program printed."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING

from tests.support.vscode import terminal_module

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

_PAGE = """<!doctype html>
<style>
body { margin: 0; background: #fff }
#window { display: inline-block; padding: 12px 16px 16px; background: #1b1d23; border-radius: 8px }
h1 { margin: 0 0 12px; font: 13px "DejaVu Sans Mono", monospace; color: #c5c8c6; text-align: center }
</style>
<div id="window"><h1>TITLE</h1><div id="terminal"></div></div>
"""
_DRAW = """async ([encoded, columns, rows]) => {
    const theme = { background: "#1b1d23", foreground: "#e4e4e4", black: "#1b1d23", cursor: "#1b1d23" };
    const font = { fontFamily: '"DejaVu Sans Mono", monospace', fontSize: 13 };
    const terminal = new Terminal({ cols: columns, rows, theme, scrollback: 0, ...font });
    terminal.open(document.getElementById("terminal"));
    const bytes = Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0));
    await new Promise((done) => terminal.write(bytes, done));
}"""


def draw(browser: Browser, title: str, output: bytes, size: tuple[int, int], path: Path) -> None:
    """Write a picture of a terminal of some columns and rows, at the end of an output."""
    module = terminal_module()
    page = browser.new_page(viewport={"width": 1400, "height": 1000}, color_scheme="light")
    page.set_content(_PAGE.replace("TITLE", html.escape(title)))
    page.add_style_tag(path=module.parent.parent / "css" / "xterm.css")
    page.add_script_tag(path=module)
    page.evaluate(_DRAW, [base64.b64encode(output).decode(), *size])
    page.evaluate("document.fonts.ready")
    page.locator("#window").screenshot(path=path)
    page.close()
