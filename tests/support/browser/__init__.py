"""Debian's Chromium, driven by Playwright for the tests of web pages; unpacked once, next to the engines.

    with chromium() as browser:
        page = browser.new_page()

It runs in its own folder and in its own namespaces, and ends with its caller, however that ends. The network is the
machine's: a server on any port of 127.0.0.1 is in reach. /tmp is the machine's too, for profiles and downloads.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.support.browser.program import program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

# It runs in namespaces and as root; its own sandbox supports neither.
_WORDS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a running headless browser. The thread cannot run another asyncio loop: Playwright runs one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=_WORDS)
        try:
            yield browser
        finally:
            browser.close()
