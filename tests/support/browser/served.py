"""`kairosfile web` for a browser: a separate process with a folder, and a browser that is signed in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kairosfile.cli.web import page as served_page
from tests.support.browser import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, BrowserContext, Page, StorageState

COMMAND = str(Path(sys.executable).with_name("kairosfile"))
STAND_IN = Path(__file__).with_name("docker.py")
_PATIENCE = 120_000  # milliseconds: the machine is busy with other tests


class Served(NamedTuple):
    """A server with a browser; `faults` are the browser's errors, `reader` the address of a reader, if any."""

    address: str
    folder: Path
    browser: Browser
    session: StorageState
    faults: list[str]
    reader: str = ""

    def context(self, **options: Any) -> BrowserContext:
        """Return a new window that is signed in, with options of Playwright's `new_context`."""
        result = self.browser.new_context(base_url=self.address, storage_state=self.session, **options)
        result.set_default_timeout(_PATIENCE)
        return result

    def open(self, path: str, **options: Any) -> Page:
        """Return a page of the server in a new window."""
        page = self.context(**options).new_page()
        self.watch(page)
        page.goto(path)
        return page

    def close_pages(self) -> None:
        """Close all windows; the server refuses a language server to more than 20 pages at a time."""
        for context in self.browser.contexts:
            context.close()

    def watch(self, page: Page) -> None:
        """Record the errors in a page, violations of its policy too."""
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on(
            "console", lambda result: self.faults.append(result.text) if "Content Security" in result.text else None
        )


def with_stand_in(home: Path, lines: int, first: str = "") -> dict[str, str]:
    """Return an environment in which `docker` is the script that prints builds; `home` gets it and its output."""
    (home / "bin").mkdir()
    shutil.copy(STAND_IN, home / "bin" / "docker")
    (home / "bin" / "docker").chmod(0o755)
    texts = {"lines": str(lines), "first": first, "fails": "", "pause": "", "builders": ""}
    for name, text in texts.items():
        (home / name).write_text(text, newline="")
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, **{name.upper(): str(home / name) for name in texts}}


@contextmanager
def served(
    folder: Path, state: Path, environment: Mapping[str, str], *words: str, program: str = COMMAND
) -> Iterator[Served]:
    """Serve a folder, and sign a browser in by the address that is printed."""
    assert served_page.is_built(), "the page is not built: run `make page`"
    command = [program, "web", "--port", "0", "--state", str(state), *words, str(folder)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    try:
        printed = server.stdout.readline().split()[0]
        with chromium() as browser:
            context = browser.new_context()
            page = context.new_page()
            page.goto(printed)
            page.get_by_role("heading", name="Kairosfiles").wait_for(timeout=_PATIENCE)
            assert "code" not in page.url
            reader = server.stdout.readline().split()[0] if "--read-only" in words else ""
            actual = Served(printed.partition("?")[0], folder, browser, context.storage_state(), [], reader)
            context.close()
            yield actual
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()
