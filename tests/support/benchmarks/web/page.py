"""The page in a browser: its bytes, when it is seen and can be used, and how long an answer to a key takes."""

from __future__ import annotations

import gzip
import statistics
import time
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

from kairosfile.cli.web.page import STATIC
from tests.support.browser.served import served, with_stand_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.support.browser.served import Served

Figure = tuple[str, str, str]  # its name, its target and the measured value

TEXT = "# the edge image\nbase: debian:13\nversion: v1.0.0\nvariant: core\n"
TRIES = 30
PATIENCE = 60  # seconds
LOADS = 5
STEPS = 5  # of the plan
LINES = 200_000
# Records the time of a key press, and of the next change in the text that `seen` selects.
WATCH = """([seen]) => {
  window.times = []; let began = null, before = document.querySelector(seen)?.textContent;
  const begin = () => { began = performance.now(); };
  addEventListener('keydown', begin, true); addEventListener('change', begin, true);
  new MutationObserver(() => {
    const now = document.querySelector(seen)?.textContent;
    if (now === before) return;
    before = now;
    if (began !== null && !/checking/.test(now)) { window.times.push(performance.now() - began); began = null; }
  }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""

BEFORE = "paint => 1 + performance.getEntriesByType('resource').filter(one => one.responseEnd <= paint).length"


def bundle() -> Iterator[Figure]:
    """Yield the sizes of the bundle."""
    files = {path.name: path.read_bytes() for path in STATIC.iterdir()}
    shown = files["index.html"].decode()
    first = [name for name in files if name.endswith(".js") and (name in shown or name.startswith("chunk-"))]
    editor = [name for name in files if name.startswith("file-")]
    yield "JavaScript for first paint, gzip", "40 kB", _kilobytes(sum(len(gzip.compress(files[one])) for one in first))
    yield "editor, loaded with the first file, gzip", "170 kB", _kilobytes(len(gzip.compress(files[editor[0]])))
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in files.items():
            wheel.writestr(name, data)
    yield "growth of the wheel", "400 kB", _kilobytes(len(packed.getvalue()))


def measure(home: Path) -> Iterator[Figure]:
    """Yield the figures of the page, each with its aim."""
    (home / "images").mkdir(parents=True)
    (home / "images" / "Kairosfile").write_text(TEXT)
    with served(home / "images", home / "state", with_stand_in(home, LINES // STEPS)) as site:
        yield from _loading(site)
        yield from _keys(site)
        yield from _log(site)


def _loading(site: Served) -> Iterator[Figure]:
    paints, usable, before = [], [], []
    for _ in range(LOADS):
        page = site.open("/")
        page.get_by_role("link", name="Kairosfile", exact=True).wait_for()
        paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        before.append(page.evaluate(BEFORE, paints[-1]))
        address = page.get_by_role("link", name="Kairosfile", exact=True).get_attribute("href")
        page.context.close()
        page = site.open(str(address))
        page.locator(".cm-content").wait_for()
        usable.append(page.evaluate("performance.now()"))
        page.context.close()
    yield "first contentful paint", "0.3 s", _times(paints)
    yield "requests that end before it", "", f"{min(before)} to {max(before)}"
    yield "editor can be used", "0.8 s", _times(usable)


def _opened(site: Served) -> Page:
    page = site.open("/")
    page.get_by_role("link", name="Kairosfile", exact=True).click()
    page.get_by_text("steps run").first.wait_for()
    return page


def _keys(site: Served) -> Iterator[Figure]:
    page = _opened(site)
    editor = page.get_by_role("textbox", name="Text of")
    editor.press("Control+End")
    page.keyboard.type("a")
    page.locator(".problems .count", has_text="1 error").wait_for()
    page.keyboard.press("Backspace")
    page.locator(".problems .count", has_text="0 errors").wait_for()
    yield _answer("key to diagnostics", "200 ms", page, ".problems .count", _presses(page, "a"))
    page = _opened(site)
    page.get_by_role("tab", name="Plan and cost").click()
    page.get_by_label("Cost compared to").select_option("the saved file")
    page.get_by_text("Nothing runs").first.wait_for()
    editor = page.get_by_role("textbox", name="Text of")
    editor.press("Control+Home")
    for key in ("ArrowDown", "ArrowDown", "End"):
        page.keyboard.press(key)
    yield _answer("plan and cost after a key", "300 ms", page, ".cost", _presses(page, "1"))
    page = _opened(site)
    field = page.get_by_label("version", exact=True)

    def change(at: int) -> None:
        field.fill(f"v1.1.{at}")
        page.keyboard.press("Tab")

    yield _answer("change in the form to the new text", "100 ms", page, ".cm-content", change)


def _presses(page: Page, key: str) -> Callable[[int], None]:
    """Return an act that types a character, and takes it back the next time."""
    return lambda at: page.keyboard.press(key if at % 2 == 0 else "Backspace")


def _answer(name: str, aim: str, page: Page, selector: str, act: Callable[[int], None]) -> Figure:
    """Return the time until the elements of `selector` change after an act."""
    return name, aim, _times(_watched(page, selector, act))


def _watched(page: Page, visited: str, act: Callable[[int], None]) -> list[float]:
    """Return how long something took to be seen, after each of many acts."""
    page.evaluate(WATCH, [visited])
    for at in range(TRIES):
        act(at)
        began = time.monotonic()
        while page.evaluate("window.times.length") <= at:
            page.wait_for_timeout(20)
            if time.monotonic() - began > PATIENCE:
                raise RuntimeError(f"{visited} has not changed")
        page.wait_for_timeout(400)  # the other effects of the act are over
    return [float(one) for one in page.evaluate("window.times")]


def _log(site: Served) -> Iterator[Figure]:
    page = _opened(site)
    page.get_by_role("button", name="Build", exact=True).click()
    page.get_by_text("ran, 0 cached").wait_for()
    page = site.open(page.url.removeprefix(site.address))
    lines = STEPS * (LINES // STEPS)
    page.get_by_text(f"{lines} lines").wait_for()
    seconds = page.evaluate("performance.now()") / 1000
    rows = page.locator(".log .line").count()
    yield f"a log of {lines:,} lines, loaded and seen", "2 s", f"{seconds:.1f} s"
    yield "rows of it in the document", "100", str(rows)


def _kilobytes(size: int) -> str:
    return f"{size / 1000:.1f} kB"


def _times(milliseconds: list[float]) -> str:
    last = statistics.quantiles(milliseconds, n=20, method="inclusive")[-1]
    return f"{min(milliseconds):.0f} ms at least, {last:.0f} ms in 95 % of {len(milliseconds)}"
