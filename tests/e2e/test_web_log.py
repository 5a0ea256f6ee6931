"""The page of a build in a real Chromium: its steps, its log and the prediction, with a script in docker's place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.support.browser.access import violations
from tests.support.browser.served import served, with_stand_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

    from tests.support.browser.served import Served

TEXT = "base: debian:13\nprovider: k3s\nversion: v1.0.0\n"
STEPS = 7  # of its plan
LINES = 30
LONG = 9000
SHOWN_LETTERS = 8192  # letters of a line, with a sign that there are more
WIDE = "漢字 " * 100
FIRST = f"10 %\r50 %\r100 % done\n{'x' * LONG}\n{WIDE}\n\x1b[31mred\x1b[0m\u202e plain\n"
EACH = FIRST.count("\n") + LINES  # lines of a step
BUILDERS = '{"Name": "default", "Driver": "docker", "Current": true}\n{"Name": "far", "Driver": "remote"}\n'
NO_DAEMON = '{"Name": "default", "Driver": "", "Current": true, "Err": "Cannot connect to the Docker daemon"}'
THEMES: list[dict[str, Any]] = [
    {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    for scheme, width in (("light", 320), ("dark", 1280))
]
PHONE = {"width": 320, "height": 800}
expect.set_options(timeout=120_000)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("web")
    for name in ("log", "failing", "slow", "far"):
        (home / "images" / name).mkdir(parents=True)
        (home / "images" / name / "Kairosfile").write_text(TEXT)
    environment = with_stand_in(home, LINES, FIRST)
    (home / "builders").write_text(BUILDERS)
    with served(home / "images", home / "state", environment) as running_site:
        yield running_site
    assert running_site.faults == []


def built(site: Served, name: str, text: str = "ran, 0 cached") -> Page:
    """Build a file, and return the page of its build."""
    page = site.open("/")
    page.get_by_role("link", name=f"{name}/Kairosfile", exact=True).click()
    page.get_by_text(re.compile(r"steps run|Nothing runs")).first.wait_for()
    page.get_by_role("button", name="Build", exact=True).click()
    page.get_by_text(text).first.wait_for()
    return page


def rows(page: Page) -> Locator:
    return page.get_by_role("region", name="Lines of the log")


def beginning(page: Page) -> None:
    """Scroll the log to its first line."""
    rows(page).evaluate("log => { log.scrollTop = 0; }")
    expect(rows(page).get_by_role("link", name="1", exact=True)).to_be_visible()


def test_a_redrawn_line_has_its_last_state_and_a_long_one_its_beginning(site: Served) -> None:
    page = built(site, "log")
    beginning(page)
    text = rows(page).locator(".text")

    expect(text.nth(0)).to_have_text("100 % done")
    expect(text.nth(1)).to_have_text(f"{'x' * SHOWN_LETTERS} …")
    page.get_by_label("Search the log").fill("50 %")
    expect(page.get_by_text("not found")).to_be_visible()
    page.get_by_label("raw").check()
    expect(page.get_by_text(f"1 of {STEPS}", exact=True)).to_be_visible()
    beginning(page)
    expect(text.nth(0)).to_have_text(r"10 %\x0d50 %\x0d100 % done")
    expect(text.nth(1)).to_have_text("x" * LONG)
    expect(text.nth(3)).to_have_text(r"\x1b[31mred\x1b[0m\u202e plain")


def test_lines_are_wrapped_and_do_not_overlap(site: Served) -> None:
    page = built(site, "log")
    beginning(page)
    page.get_by_label("wrap").check()
    lines = rows(page).locator(".line")
    for width in (1280, PHONE["width"]):
        page.set_viewport_size({"width": width, "height": 800})
        beginning(page)
        expect(lines.nth(1).locator(".text")).to_have_text(re.compile("^x+ …$"))
        sizes = lines.evaluate_all(
            "all => all.map(one => [one.offsetHeight, one.querySelector('.text').scrollHeight, one.offsetTop])"
        )
        assert sizes[1][0] > 20 * SHOWN_LETTERS / width
        assert all(height >= needed for height, needed, _ in sizes)
        assert [top + height for height, _, top in sizes[:-1]] == [top for *_, top in sizes[1:]]
        assert rows(page).evaluate("log => log.scrollWidth <= log.clientWidth")
    assert violations(page) == []


def test_the_time_of_each_line_is_shown_on_request(site: Served) -> None:
    page = built(site, "log")
    time = rows(page).get_by_text(re.compile(r"^\d+:\d\d\.\d$"))

    expect(time).to_have_count(0)
    page.get_by_label("times").check()
    expect(time.last).to_be_visible()
    assert violations(page) == []


def test_the_log_of_a_step_has_an_address_and_so_have_its_lines(site: Served) -> None:
    page = built(site, "log")
    page.get_by_role("button", name="init kairos").click()
    expect(page.get_by_text(f"{EACH} lines", exact=True)).to_be_visible()
    expect(rows(page)).not_to_contain_text("of install kairos")
    assert page.url.endswith("#step=init")
    rows(page).locator(".line", has_text="line 29 of init").get_by_role("link").click()
    assert re.search(r"#step=init&L\d+$", page.url)
    page.reload()

    expect(rows(page).locator(".hit")).to_contain_text("line 29 of init")
    expect(page.get_by_role("button", name="init kairos")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="All steps").click()
    expect(page.get_by_text(f"{STEPS * EACH} lines", exact=True)).to_be_visible()
    assert "#" not in page.url
    page.go_back()
    expect(page.get_by_text(f"{EACH} lines", exact=True)).to_be_visible()


def test_what_is_searched_is_gone_through_without_a_keyboard(site: Served) -> None:
    page = built(site, "log")
    page.get_by_label("Search the log").fill("LINE 7 of")
    expect(page.get_by_text(f"1 of {STEPS}", exact=True)).to_be_visible()
    page.get_by_role("button", name="Next match").click()
    expect(rows(page).locator(".hit")).to_contain_text("line 7 of install kernel")
    page.get_by_role("button", name="Previous match").click()
    page.get_by_role("button", name="Previous match").click()
    expect(rows(page).locator(".hit")).to_contain_text("line 7 of check k3s")
    assert violations(page) == []


def test_a_step_that_fails_is_opened_at_its_end(site: Served) -> None:
    (site.folder.parent / "fails").write_text("init")
    try:
        page = built(site, "failing", "init kairos v1.0.0 failed")
    finally:
        (site.folder.parent / "fails").write_text("")

    expect(page.get_by_role("button", name="init kairos")).to_have_attribute("aria-pressed", "true")
    expect(rows(page)).to_contain_text("line 29 of init")
    expect(page.locator(".source .failed")).to_have_text(["  2 ✗ provider: k3s", "  3 ✗ version: v1.0.0"])
    assert violations(page) == []
    expect(page.get_by_text(f"{EACH} lines", exact=True)).to_be_visible()
    page.get_by_role("button", name="All steps").click()
    expect(page.get_by_text(f"{5 * EACH} lines", exact=True)).to_be_visible()


def test_each_step_that_differs_from_the_prediction_is_reported(site: Served) -> None:
    page = built(site, "failing")
    expect(page.get_by_text(f"Predicted: {STEPS} of {STEPS} run. {STEPS} ran, 0 cached.")).to_be_visible()
    expect(page.get_by_text("not as predicted")).to_be_hidden()
    page = built(site, "failing")  # the script has no cache
    message = f"Predicted: 0 of {STEPS} run. {STEPS} ran, 0 cached. {STEPS} steps not as predicted."
    expect(page.get_by_text(message)).to_be_visible()
    expect(page.get_by_role("button", name="should have been cached: the cache was pruned")).to_have_count(STEPS)
    page.reload()
    expect(page.get_by_text(message)).to_be_visible()
    assert violations(page) == []


def test_a_running_build_shows_its_time_and_the_next_one_an_estimate(site: Served) -> None:
    pause = site.folder.parent / "pause"
    pause.write_text("until it was seen")
    try:
        page = built(site, "slow", "running")
        expect(page.get_by_text(re.compile(r"^([2-9]|\d\d) s( of about \d+ s)?$"))).to_be_visible()
        expect(page.get_by_role("button", name=re.compile(r"check k3s running \d+ s"))).to_be_visible()
        expect(page.get_by_text(f"So far {STEPS - 1} ran.")).to_be_visible()
        pause.write_text("")
        expect(page.get_by_text(f"{STEPS} ran, 0 cached.")).to_be_visible()
        page.get_by_role("link", name="Open the file").click()
        page.get_by_role("textbox", name="Text of").press("Control+End")
        for key in ("ArrowLeft", "Backspace", "1"):
            page.keyboard.press(key)
        expect(page.get_by_text(re.compile(r"^\d of 7 steps run, about \d+ s"))).to_be_visible()
        pause.write_text("until it was seen")
        page.get_by_role("button", name="Save and build").click()
        expect(page.get_by_text(re.compile(r"^\d+ s of about \d+ s$"))).to_be_visible()
    finally:
        pause.write_text("")


def test_a_builder_is_chosen_where_there_are_several_and_its_builds_are_what_costs_are_compared_with(
    site: Served,
) -> None:
    page = built(site, "far")
    expect(page.get_by_role("link", name="Builder ok", exact=True)).to_be_visible()
    page.get_by_role("link", name="Open the file").click()
    expect(page.get_by_text("Nothing runs").first).to_be_visible()
    page.get_by_label("Builder", exact=True).select_option("far")
    expect(page.get_by_text(f"First build: all {STEPS} steps run.").first).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Build", exact=True).click()
    expect(page.get_by_text("on far")).to_be_visible()
    page.get_by_text("Command", exact=True).click()
    expect(page.get_by_label("Command", exact=True)).to_contain_text("--builder=far")


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: f"{theme['color_scheme']}-{theme['viewport']['width']}")
def test_every_page_says_that_the_builder_has_an_error(site: Served, theme: dict[str, Any]) -> None:
    listed = site.folder.parent / "builders"
    listed.write_text(NO_DAEMON)
    try:
        page = site.open("/builds", **theme)
        page.get_by_role("link", name="Builder error", exact=True).click()
        expect(page.get_by_role("definition").first).to_contain_text("default (used): Cannot connect")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= theme["viewport"]["width"]
        listed.write_text(BUILDERS.replace("true", "false"))
        page.reload()
        expect(page.get_by_role("link", name="Builder missing", exact=True)).to_be_visible()
    finally:
        listed.write_text(BUILDERS)
