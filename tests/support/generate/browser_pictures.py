"""The pictures of the extension in Visual Studio Code and of the page "Try it": real runs of both, in a browser.

    python -m tests.support.generate.browser_pictures

Both come from npm, half a gigabyte for the editor, which is kept in the user's cache.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.browser import chromium
from tests.support.browser.site import build_site, example, served_site
from tests.support.generate.pictures import IMAGES
from tests.support.vscode import Window, code_server, package

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZE = (1100, 700)
TALL = (1100, 900)  # for a whole answer in the terminal
HOOKS = """\
    - run: |
        if ! getent passwd app; then
          useradd --system "app"  # for the agent
        fi
    - file: /etc/motd
      content: |
        run: no command here
"""
TEXT = example() + HOOKS  # the example ends in a list of hooks
FAULT = TEXT.replace("variant:", "varaint:")
EDIT = TEXT.replace("v1.0.0", "v1.0.1")
GIT = ["git", "-c", "user.name=me", "-c", "user.email=me@example.com"]


def main() -> None:
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        _editor(browser, Path(folder))
        _playground(browser, Path(folder))


def _editor(browser: Browser, home: Path) -> None:
    folder = home / "images" / "edge"
    folder.mkdir(parents=True)
    (folder / "Kairosfile").write_text(TEXT)
    for words in (["init", "--quiet", "--initial-branch", "main"], ["add", "."], ["commit", "--quiet", "-m", "first"]):
        subprocess.run([*GIT, *words], cwd=folder, check=True)
    with code_server(folder, home, package(home)) as address:
        for name, text in (("vscode", FAULT), ("vscode-diff", EDIT)):
            (folder / "Kairosfile").write_text(text)
            window = Window.open(browser, address, SIZE if name == "vscode" else TALL)
            window.show("Kairosfile")
            window.run("View: Close Primary Side Bar")
            if name == "vscode":
                window.problems()
            else:
                window.run("Kairosfile: Diff with HEAD")
                window.terminal("label org.opencontainers.image.version: v1.0.0 -> v1.0.1")
            _shoot(window.page, name)
            window.page.close()


def _playground(browser: Browser, home: Path) -> None:
    build_site(home / "site", home / "pyodide")
    with served_site(home / "site") as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
        page.set_default_timeout(300_000)
        page.goto(f"{address}/try.html")
        page.add_style_tag(content=".md-header { position: static }")  # it would hide content that scrolls below it
        page.click("[data-part=start]")
        page.get_by_text("Ready").wait_for()
        page.click("[data-view=diff]")
        page.fill("[data-part=text]", page.input_value("[data-part=text]").replace("v1.0.0", "v1.0.1"))
        page.get_by_text("version: v1.0.0 -> v1.0.1").wait_for()
        page.locator("#playground").screenshot(path=IMAGES / "try-it.png")
        page.close()


def _shoot(page: Page, name: str) -> None:
    page.evaluate("document.fonts.ready")
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
