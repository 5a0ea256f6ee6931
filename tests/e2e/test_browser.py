"""Tests that the browser of the tests is a real one: it runs scripts and reports errors in a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser import chromium
from tests.support.browser.access import violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

GOOD = "<!doctype html><html lang=en><title>A page</title><main><h1>Words</h1></main></html>"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser:
        yield browser.new_page()


def test_a_page_runs_its_scripts(page: Page) -> None:
    page.set_content("<!doctype html><p id=p></p><script>document.title = `${6 * 7}`</script>")

    assert page.title() == "42"


def test_a_picture_of_a_page_has_letters(page: Page) -> None:
    """Without fonts all of them are the same box."""
    page.set_content("<!doctype html><span>iiii</span><br><span>wwww</span>")

    narrow, wide = (span.bounding_box() for span in page.locator("span").all())

    assert narrow is not None
    assert wide is not None
    assert narrow["width"] < wide["width"]


@pytest.mark.parametrize(("html", "result"), [(GOOD, []), (GOOD.replace(" lang=en", ""), ["html-has-lang"])])
def test_accessibility_violations_of_a_page_are_detected(page: Page, html: str, result: list[str]) -> None:
    page.set_content(html)

    assert [violation.partition(" ")[0] for violation in violations(page)] == result
