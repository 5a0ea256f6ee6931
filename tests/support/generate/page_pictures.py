"""The pictures of the page: `python -m tests.support.generate.page_pictures` takes them anew, after `make page`.

A script stands in for the engine, so its log is no real one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.browser.served import served, with_stand_in
from tests.support.generate.pictures import IMAGES, OLD

if TYPE_CHECKING:
    from playwright.sync_api import Page

FILES = {"edge": OLD, "rpi": "base: alpine:3.22\nvarient: core\nmodel: rpi4\nversion: v0.3.0\n"}
SIZE = {"width": 1280, "height": 800}
LINES = 40


def main() -> None:
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name, text in FILES.items():
            (home / "images" / name).mkdir(parents=True)
            (home / "images" / name / "Kairosfile").write_text(text)
        (home / "images" / "edge" / "overlay" / "etc").mkdir(parents=True)
        with served(home / "images", home / "state", with_stand_in(home, LINES)) as site:
            page = site.open("/", viewport=SIZE, color_scheme="light")
            _take(page)
            page.get_by_role("link", name="kairosfile", exact=True).click()
            page.get_by_role("link", name="New", exact=True).click()
            page.get_by_label("Board").select_option("rpi4")
            page.get_by_label("Kubernetes").select_option("k3s")
            page.get_by_text("standard, with k3s").wait_for()
            _shoot(page, "new")
            dark = site.open("/", viewport=SIZE, color_scheme="dark")
            dark.get_by_role("link", name="rpi/Kairosfile", exact=True).click()
            dark.get_by_text("unknown key").first.wait_for()
            _shoot(dark, "problems")


def _take(page: Page) -> None:
    page.get_by_role("link", name="edge/Kairosfile", exact=True).click()
    page.get_by_text("steps run").first.wait_for()
    page.get_by_role("button", name="Build", exact=True).click()
    page.get_by_text("ran, 0 cached").wait_for()
    _shoot(page, "build")
    page.get_by_role("link", name="kairosfile", exact=True).click()
    page.get_by_role("link", name="edge/Kairosfile", exact=True).click()
    page.get_by_label("base", exact=True).wait_for()
    page.get_by_text("Nothing runs").first.wait_for()
    _shoot(page, "form")
    page.get_by_role("tab", name="Plan and cost").click()
    page.get_by_text("Nothing runs").first.wait_for()
    editor = page.get_by_role("textbox", name="Text of")
    editor.press("Control+Home")
    for key in (*["ArrowDown"] * 4, "End", "Backspace", "1"):
        page.keyboard.press(key)
    page.get_by_text("because version changed").first.wait_for()
    _shoot(page, "file")


def _shoot(page: Page, name: str) -> None:
    page.evaluate("document.fonts.ready")
    page.screenshot(path=IMAGES / f"web-{name}.png")


if __name__ == "__main__":
    main()
