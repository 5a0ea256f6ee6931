"""A window of the editor in a browser: the actions of a user, and its content."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PATIENCE = 180_000  # milliseconds: the machine is busy with other tests
_PAUSE = 250
_SIZE = (1200, 900)


class Window(NamedTuple):
    """A window; `page` is its page in the browser."""

    page: Page

    @classmethod
    def open(cls, browser: Browser, address: str, size: tuple[int, int] = _SIZE) -> Window:
        """Return a new window of an editor."""
        page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        page.set_default_timeout(_PATIENCE)
        page.goto(address)
        page.locator(".monaco-workbench").wait_for()
        return cls(page)

    def show(self, name: str) -> None:
        """Open a file of the folder, and wait for its first finding."""
        self.page.get_by_role("treeitem", name=name, exact=True).first.dblclick()
        self.page.locator(".tab.active").filter(has=self.page.get_by_text(name, exact=True)).wait_for()
        self.page.locator("[class*=squiggly-]").first.wait_for()

    def run(self, command: str) -> None:
        """Run a command of the palette by its full name."""
        self.page.keyboard.press("F1")
        self.page.locator(".quick-input-widget input").first.wait_for()
        self.page.keyboard.type(command)
        self.page.locator(".quick-input-list .monaco-list-row").filter(has_text=command).first.click()

    def problems(self) -> list[str]:
        """Return the rows of the panel Problems."""
        self.run("Problems: Focus on Problems View")
        rows = self.page.locator(".markers-panel .monaco-list-row")
        rows.nth(1).wait_for()
        return [" ".join(text.split()) for text in rows.all_inner_texts()]

    def underlined(self, kind: str) -> int:
        """Return the number of words that are underlined as an `error`, a `warning` or an `info`."""
        return self.page.locator(f".squiggly-{kind}").count()

    def edit(self) -> None:
        """Put the cursor at the end of the text."""
        self.run("View: Focus Active Editor Group")
        self.page.keyboard.press("Control+End")

    def completions(self, start: str) -> list[str]:
        """Type the start of a word on a new line; return the completions."""
        self.edit()
        self.page.keyboard.type(f"\n{start}")
        self.page.keyboard.press("Control+Space")
        offered = self.page.locator(".suggest-widget.visible .monaco-list-row")
        offered.first.wait_for()
        labels = [row.get_attribute("aria-label") or "" for row in offered.all()]
        self.page.keyboard.press("Escape")
        return labels

    def fix(self, title: str) -> None:
        """Use the quick fix of this title where the cursor is."""
        self.page.keyboard.press("Control+.")
        self.page.locator(".action-widget .monaco-list-row").filter(has_text=title).first.click()

    def run_task(self, command: str) -> None:
        """Run a command that has a terminal, without terminals of earlier ones."""
        self.run("Terminal: Kill All Terminals")
        self.page.locator(".xterm").first.wait_for(state="detached")
        self.run(command)

    def terminal(self, text: str) -> str:
        """Return the text of the visible terminal, once it has one; lines may be broken anywhere."""
        shown = ""
        end = time.monotonic() + _PATIENCE / 1000
        while time.monotonic() < end:
            rows = self.page.locator(".xterm-rows").filter(visible=True)
            shown = "\n".join(rows.all_inner_texts()).replace("\xa0", " ")
            if squeezed(text) in squeezed(shown):
                return shown
            self.page.wait_for_timeout(_PAUSE)
        raise AssertionError(f"not in the terminal: {text}\n{shown}")


def squeezed(text: str) -> str:
    """Return a text without spaces and line ends."""
    return "".join(text.split())
