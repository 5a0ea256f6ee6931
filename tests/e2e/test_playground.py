"""The page "Try it" of the built site, in a real browser that reaches no network but the site's own server."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from docs.site import playground
from tests.support import npm
from tests.support.browser import chromium
from tests.support.browser.access import violations
from tests.support.browser.site import build_site, served_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.skipif(not npm.is_here(), reason="Pyodide comes from npm, which this machine lacks")

MOST = 7_000_000  # bytes that a browser fetches for Python and our code, compressed
LIMIT = 300_000  # milliseconds until a test gives up; nothing takes nearly as long
OUTPUT = "[data-part=output]"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it."""
    folder, runtime = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("npm") / "pyodide"
    build_site(folder, runtime)
    return folder


class Visit:
    """A page that can reach the site only, with its requested paths and its blocked requests."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.fetched: list[str] = []
        self.elsewhere: list[str] = []
        page.set_default_timeout(LIMIT)
        page.route("**/*", self._route)

    def _route(self, route: Route) -> None:
        url = route.request.url
        if url.startswith(f"{self.address}/"):
            self.fetched.append(url.removeprefix(f"{self.address}/").partition("#")[0])
            route.continue_()
        else:
            self.elsewhere.append(url)
            route.abort()

    def start(self, fragment: str = "") -> None:
        """Open the page anew and start Python in it."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}/try.html{fragment}")
        self.page.click("[data-part=start]")
        self.wait(lambda text: text.startswith("Ready"), "[data-part=status]")

    def wait(self, is_there: Any, part: str = OUTPUT) -> str:
        """Return the text of a part of the page once it fulfils a condition."""
        for _ in range(LIMIT // 100):
            text = self.page.inner_text(part)
            if is_there(text):
                return text
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{part} still says: {self.page.inner_text(part)}")

    def write(self, text: str) -> None:
        """Replace the text as a person does."""
        self.page.fill("[data-part=text]", text)


@pytest.fixture(scope="module")
def visit(site: Path) -> Iterator[Visit]:
    """The page with Python running in it."""
    with served_site(site) as address, chromium() as browser:
        visit = Visit(browser.new_context().new_page(), address)
        visit.page.goto(f"{address}/try.html")
        assert not [path for path in visit.fetched if "pyodide" in path]  # it loads after a click
        visit.start()
        yield visit


def test_it_loads_at_most_seven_megabytes_and_contacts_no_other_host(visit: Visit, site: Path) -> None:
    fetched = {path for path in visit.fetched if path.startswith(playground.PLACE)}
    sizes = {path: len(gzip.compress((site / path).read_bytes(), 9)) for path in fetched}

    assert f"{playground.PLACE}/pyodide/pyodide.asm.wasm" in fetched
    assert sum(sizes.values()) <= MOST, sizes
    assert visit.elsewhere == []


def test_a_diagnostic_is_reported_and_its_fix_applied(visit: Visit) -> None:
    visit.page.click("[data-view=check]")
    visit.write("# syntax=quay.io/kairos/kairos-frontend:v1\nbase: debian:13 # ü 🙂\nvaraint: core\nversion: v1.0.0\n")

    visit.wait(lambda text: 'unknown key "varaint"' in text)
    visit.page.locator(".kf-error .md-button").click()
    visit.wait(lambda text: "varaint" not in text)
    assert "\nvariant: core\n" in visit.page.input_value("[data-part=text]")


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        ("plan", "/kairos-init -l info -s install"),
        ("explain", "the first part of install"),
        ("dockerfile", "FROM ${BASE_IMAGE} AS base"),
    ],
)
def test_a_view_shows_the_steps(visit: Visit, view: str, shown: str) -> None:
    visit.write("base: debian:13\nversion: v1.0.0\n")
    visit.page.click(f"[data-view={view}]")

    visit.wait(lambda text: shown in text)


def test_an_edit_costs_the_steps_that_depend_on_it(visit: Visit) -> None:
    visit.write("base: debian:13\nversion: v1.0.0\n")
    visit.page.click("[data-part=built]")
    visit.wait(lambda text: "nothing runs" in text)
    visit.write("base: debian:13\nversion: v1.0.1\n")

    text = visit.wait(lambda text: "steps run" in text)
    assert "version: v1.0.0 -> v1.0.1" in text
    visit.page.click("[data-view=graph]")
    visit.page.wait_for_function("document.querySelector('[data-part=output] img')?.naturalWidth > 100")


def test_a_link_is_its_text(visit: Visit) -> None:
    text = f"base: debian:13\nversion: v9.8.7 # ü 🙂 {'long ' * 500}\n"
    visit.page.click("[data-view=plan]")
    visit.write(text)
    visit.wait(lambda text: "v9.8.7" in text)
    fragment = visit.page.evaluate("location.hash")

    visit.start(fragment)

    assert visit.page.input_value("[data-part=text]") == text
    assert not [path for path in visit.fetched if "file=" in path]


def test_markup_in_a_text_stays_text(visit: Visit) -> None:
    visit.page.click("[data-view=check]")
    visit.write("base: debian:13\nversion: v1.0.0\n<img src=x onerror=alert(1)>: a\n")

    visit.wait(lambda text: "<img src=x" in text)
    assert visit.page.locator(f"{OUTPUT} img").count() == 0


# The theme around it is the business of others.
ALONE = """
const main = document.createElement("main"), title = document.createElement("h1");
title.textContent = "Try it";
main.append(title, document.getElementById("playground"));
document.body.replaceChildren(main);
"""


def test_the_page_has_no_accessibility_violations(visit: Visit) -> None:
    other = Visit(visit.page.context.new_page(), visit.address)
    other.start()
    other.write("base: debian:13\nversion: v1.0.1\n")
    other.page.click("[data-view=diff]")
    other.wait(lambda text: "steps run" in text)

    other.page.evaluate(ALONE)

    assert violations(other.page) == []
