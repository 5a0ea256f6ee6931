"""Tests the editor of `kairosfile web` in a real Chromium, with the language server and without it."""

from __future__ import annotations

import base64
import re
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.support.browser.access import violations
from tests.support.browser.served import served, with_stand_in
from tests.support.web_client import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Dialog, Page, Route, WebSocketRoute

    from tests.support.browser.served import Served

TEXT = "# the edge image\nbase: debian:13\nversion: v1.0.0\nvarient: core\n"
WINDOWS = b"\xef\xbb\xbfbase: debian:13\r\nversion: v1.0.0\r\n"
EMOJI = '{base: "debian:13", version: v1.0.0, labels: {a: "🙂🙂"}, varient: core}\n'
CHECK = "**/api/v1/check"
LANGUAGE_SERVER = "**/api/v1/lsp"
# Each scheme and each width once: what a scheme colours does not depend on the width.
THEMES: list[dict[str, Any]] = [
    {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    for scheme, width in (("light", 1280), ("dark", 320))
]
HOSTILE = """\
base: debian:13
version: v1.0.0
"<img src=x onerror=alert(1)>": "<script>alert(2)</script>"
labels: {"<b>a": "[a](javascript:alert(3))"}
"""
HOSTILE_PICTURE = """\
<svg xmlns="http://www.w3.org/2000/svg" onload="document.title='hacked'">
<script>document.title='hacked'</script>
<foreignObject><img xmlns="http://www.w3.org/1999/xhtml" src="x" onerror="document.title='hacked'"/></foreignObject>
<a href="javascript:alert(1)"><text>link</text></a>
<style>* { display: none }</style>
<g data-node="init" onclick="document.title='hacked'" style="opacity: 0">
<title>init: init kairos v1.0.0</title><text x="9" y="9">seen</text>
</g></svg>
"""
expect.set_options(timeout=120_000)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("web")
    (home / "images").mkdir()
    (home / "images" / "Kairosfile").write_text(TEXT)
    (home / "images" / "Kairosfile.above").write_text("extends: more.yaml\nversion: v1.0.0\n")
    (home / "images" / "more.yaml").write_text("base: debian:13\nvarient: core\n")
    (home / "images" / "Kairosfile.windows").write_bytes(WINDOWS)
    (home / "images" / "Kairosfile.emoji").write_text(EMOJI)
    (home / "images" / "Kairosfile.hostile").write_text(HOSTILE)
    with served(home / "images", home / "state", with_stand_in(home, 1)) as running_site:
        yield running_site
    assert running_site.faults == []


def opened(page: Page, name: str = "Kairosfile") -> Page:
    page.get_by_role("link", name=name, exact=True).click()
    editor(page).wait_for()
    return page


def editor(page: Page) -> Any:
    return page.get_by_role("textbox", name="Text of")


def problems(page: Page) -> Any:
    return page.get_by_role("region", name="Problems")


def test_the_language_server_reports_diagnostics_with_their_fixes(site: Served) -> None:
    page = site.open("/")
    page.route(CHECK, lambda route: route.abort())
    opened(page)

    expect(problems(page)).to_contain_text('line 4: unknown key "varient"')
    problems(page).get_by_role("button", name="Fix").click()
    expect(editor(page)).to_contain_text("variant: core")
    expect(problems(page)).to_contain_text("0 errors")


def test_a_diagnostic_of_an_included_file_has_its_name_and_marks_no_line_of_the_kairosfile(site: Served) -> None:
    page = opened(site.open("/"), "Kairosfile.above")

    expect(problems(page)).to_contain_text('more.yaml, line 2: unknown key "varient"')
    assert page.locator(".cm-lintRange").count() == 0


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: f"{theme['color_scheme']}-{theme['viewport']['width']}")
def test_valid_completions_are_offered_and_explained(site: Served, theme: dict[str, Any]) -> None:
    page = opened(site.open("/", **theme))
    expect(problems(page)).to_contain_text("1 error")
    editor(page).press("Control+End")
    page.keyboard.type("mod")
    option = page.get_by_role("option", name="model")
    expect(option).to_be_visible()
    expect(page.locator(".cm-completionInfo")).to_contain_text("Board that the image is for.")
    assert violations(page) == []
    option.click()
    expect(editor(page)).to_contain_text("model: ")
    page.keyboard.type("rpi")
    page.get_by_role("option", name="rpi4").click()
    expect(editor(page)).to_contain_text("model: rpi4")
    page.keyboard.press("F1")
    explained = page.get_by_role("status").filter(has_text="Default: generic")
    expect(explained).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(explained).to_be_hidden()


def test_the_pointer_on_a_word_explains_it(site: Served) -> None:
    page = opened(site.open("/"))
    expect(problems(page)).to_contain_text("1 error")
    editor(page).get_by_text("base", exact=True).hover()

    expect(page.get_by_role("status").filter(has_text="Linux image to start from.")).to_be_visible()


def test_a_hostile_file_is_a_text(site: Served) -> None:
    page = site.open("/")
    dialogs: list[str] = []

    def on_dialog(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", on_dialog)
    opened(page, "Kairosfile.hostile")

    expect(problems(page)).to_contain_text('line 3: unknown key "<img src=x onerror=alert(1)>"')
    editor(page).get_by_text("<img src=x onerror=alert(1)>").first.hover()
    expect(page.locator(".cm-tooltip").first).to_contain_text("<img src=x onerror=alert(1)>")
    editor(page).get_by_text("<b>a").first.click()
    page.keyboard.press("F1")
    page.get_by_role("tab", name="Dockerfile").click()
    page.get_by_role("tab", name="Plan and cost").click()
    assert page.locator("main").locator("img, script, b, a[href^=javascript]").count() == 0
    assert dialogs == []


def test_without_the_language_server_the_check_reports_diagnostics(site: Served) -> None:
    page = site.open("/")
    page.route_web_socket(LANGUAGE_SERVER, lambda socket: socket.close())
    opened(page)

    expect(problems(page)).to_contain_text('line 4: unknown key "varient"')
    problems(page).get_by_role("button", name="Fix").click()
    expect(problems(page)).to_contain_text("0 errors")


def without_findings(page: Page) -> list[str]:
    """Connect to the language server, whose findings never arrive; return the list of the page's messages."""
    sent: list[str] = []

    def connect(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def forward(text: str | bytes) -> None:
            sent.append(str(text))
            server.send(text)

        socket.on_message(forward)
        server.on_message(lambda text: None if "publishDiagnostics" in str(text) else socket.send(text))

    page.route_web_socket(LANGUAGE_SERVER, connect)
    return sent


def held_requests(page: Page, pattern: str) -> list[Route]:
    """Hold the requests to an address, and return the list of them."""
    routes: list[Route] = []

    def hold(route: Route) -> None:
        routes.append(route)

    page.route(pattern, hold)
    return routes


def test_the_check_is_shown_if_the_language_server_sends_no_findings(site: Served) -> None:
    page = site.open("/")
    sent = without_findings(page)
    checks = held_requests(page, CHECK)
    opened(page)
    until(lambda: any("didOpen" in text for text in sent), pause=lambda: page.wait_for_timeout(50))
    checks[-1].continue_()
    page.unroute(CHECK)
    expect(problems(page)).to_contain_text('line 4: unknown key "varient"')
    problems(page).get_by_role("button", name="Fix").click()
    expect(problems(page)).to_contain_text("0 errors")


def test_a_text_that_cannot_be_checked_says_why(site: Served) -> None:
    page = site.open("/")
    without_findings(page)
    reason = {"title": "Busy", "status": 503, "detail": "all 2 processes work on other texts"}
    page.route(CHECK, lambda route: route.fulfill(status=503, content_type="application/problem+json", json=reason))
    opened(page)
    expect(problems(page)).to_contain_text("not checked: all 2 processes work on other texts")
    expect(problems(page)).not_to_contain_text("checking")
    page.unroute(CHECK)
    editor(page).press("Control+End")
    page.keyboard.type("verzion: v1\n")
    expect(problems(page)).to_contain_text('unknown key "verzion"')
    expect(problems(page)).not_to_contain_text("not checked")


def test_a_lost_language_server_is_found_again_with_the_text_as_it_is_by_then(site: Served) -> None:
    sockets: list[WebSocketRoute] = []

    def meet(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page = site.open("/")
    page.route_web_socket(LANGUAGE_SERVER, meet)
    opened(page)
    expect(problems(page)).to_contain_text('unknown key "varient"')
    page.route(CHECK, lambda route: route.abort())
    sockets[0].close()
    editor(page).press("Control+Home")
    page.keyboard.type("verzion: v1\n")

    expect(problems(page)).to_contain_text('unknown key "verzion"')
    assert len(sockets) > 1


def test_line_ends_and_a_byte_order_mark_stay_as_they_are(site: Served) -> None:
    file = site.folder / "Kairosfile.windows"
    page = opened(site.open("/"), "Kairosfile.windows")
    expect(problems(page)).to_contain_text("0 errors")
    editor(page).press("Control+End")
    page.keyboard.type("# ours")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status").filter(has_text=re.compile("^saved$"))).to_be_visible()

    assert file.read_bytes() == WINDOWS + b"# ours\r\n"


@pytest.mark.parametrize("has_server", [True, False], ids=["language server", "check"])
def test_a_column_counts_characters(site: Served, *, has_server: bool) -> None:
    page = site.open("/")
    if not has_server:
        page.route_web_socket(LANGUAGE_SERVER, lambda socket: socket.close())
    opened(page, "Kairosfile.emoji")
    expect(problems(page)).to_contain_text("1 error")

    expect(page.locator(".cm-lintRange-error")).to_have_text("varient")


def link(text: str) -> str:
    """Return the end of a link that holds a text, as "Try it" of the docs makes it."""
    deflated = zlib.compress(text.encode(), wbits=-15)
    return "#file=" + base64.urlsafe_b64encode(deflated).decode().rstrip("=")


def test_the_text_of_a_link_becomes_a_file_only_after_confirmation(site: Served) -> None:
    text = "# <img src=x onerror=\"document.title='hacked'\"> ü\nbase: debian:13\nversion: v1.0.0\n"
    page = site.open("/" + link(text))
    shown = page.get_by_label("Text of the link")
    expect(shown).to_contain_text("version: v1.0.0")

    assert shown.text_content() == text
    assert "hacked" not in page.title()
    assert violations(page) == []
    page.get_by_label("Name of the new file").fill("Kairosfile")
    page.get_by_role("button", name="Create file").click()
    expect(page.get_by_role("alert")).to_contain_text("a file with this name already exists")
    page.get_by_label("Name of the new file").fill("Kairosfile.shared")
    page.get_by_role("button", name="Create file").click()
    expect(page.get_by_role("heading", name="Kairosfile.shared")).to_be_visible()
    assert (site.folder / "Kairosfile.shared").read_text() == text
    assert "#" not in page.url


def test_a_link_that_was_cut_says_so(site: Served) -> None:
    page = site.open("/#file=a")
    expect(page.get_by_role("alert")).to_contain_text("The link is damaged")
    page.get_by_role("link", name="kairosfile", exact=True).click()
    expect(page.get_by_role("heading", name="Kairosfiles")).to_be_visible()


def test_the_link_of_a_file_holds_its_text_as_it_is_now(site: Served) -> None:
    page = opened(site.open("/"))
    shared = page.get_by_role("link", name="Link", exact=True)
    expect(shared).to_have_attribute("href", re.compile(r"^/#file=[\w-]+$"))
    first = str(shared.get_attribute("href"))
    editor(page).press("Control+End")
    page.keyboard.insert_text("# ü")
    expect(shared).not_to_have_attribute("href", first)

    assert [held(first), held(str(shared.get_attribute("href")))] == [TEXT, TEXT + "# ü"]


def held(address: str) -> str:
    """Return the text that a link holds."""
    word = address.partition("=")[2]
    return zlib.decompress(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)), wbits=-15).decode()


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: f"{theme['color_scheme']}-{theme['viewport']['width']}")
def test_changes_of_another_writer_are_merged_range_by_range(site: Served, theme: dict[str, Any]) -> None:
    file = site.folder / "Kairosfile.merged"
    file.write_text("# ours\nbase: debian:13\nversion: v1.0.0\n")
    page = opened(site.open("/", **theme), file.name)
    editor(page).press("Control+End")
    page.keyboard.insert_text("model: rpi4\n")
    theirs = "# theirs\nbase: debian:13\nversion: v1.0.0\n"
    file.write_text(theirs)
    page.keyboard.press("Control+s")
    banner = page.get_by_role("alert", name="Changed on disk")
    banner.get_by_role("button", name="Compare in the editor").click()
    choices = page.get_by_role("button", name="Take theirs")
    expect(choices).to_have_count(2)
    assert violations(page) == []
    choices.first.press("Enter")
    expect(choices).to_have_count(1)
    page.get_by_role("button", name="Keep mine", exact=True).click()
    expect(choices).to_have_count(0)
    third = "# a third\n" + theirs
    file.write_text(third)
    banner.get_by_role("button", name="Keep my version").click()
    expect(banner.get_by_label("Text on disk")).to_have_text(third)
    assert file.read_text() == third
    banner.get_by_role("button", name="Keep my version").click()
    expect(banner).to_be_hidden()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    assert file.read_text() == theirs + "model: rpi4\n"


def views(page: Page) -> None:
    """Show the views of a file, which a phone shows in place of the text."""
    if page.get_by_role("button", name="Views", exact=True).is_visible():
        page.get_by_role("button", name="Views", exact=True).click()
        expect(editor(page)).to_be_hidden()


def picture(page: Page) -> Any:
    views(page)
    page.get_by_role("tab", name="Plan and cost").click()
    region = page.get_by_role("region", name="Picture of the plan")
    expect(region.get_by_role("button", name="init: init kairos v1.0.0")).to_be_visible()
    return region


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: f"{theme['color_scheme']}-{theme['viewport']['width']}")
def test_a_box_of_the_picture_leads_to_its_line_and_the_line_to_its_boxes(site: Served, theme: dict[str, Any]) -> None:
    (site.folder / "Kairosfile.drawn").write_text("# drawn\nbase: debian:13\nversion: v1.0.0\nvariant: core\n")
    page = opened(site.open("/", **theme), "Kairosfile.drawn")
    boxes = picture(page)
    init, base = (
        boxes.get_by_role("button", name=name) for name in ("init: init", "base: docker.io/library/debian:13")
    )

    assert violations(page) == []
    expect(init).not_to_have_class("here")
    init.press("Enter")
    expect(editor(page)).to_be_focused()
    page.keyboard.type("# typed here\n")
    expect(editor(page)).to_contain_text("debian:13# typed here")
    views(page)
    expect(init).to_have_class("here")
    expect(base).not_to_have_class("here")
    base.click()
    expect(editor(page)).to_be_visible()
    views(page)
    expect(base).to_have_class("here")


def test_of_the_picture_only_what_is_known_is_shown(site: Served) -> None:
    page = site.context().new_page()  # not watched: the policy refuses the handlers too, and reports it
    page.goto("/")
    page.route("**/api/v1/graph.svg", lambda route: route.fulfill(content_type="image/svg+xml", body=HOSTILE_PICTURE))
    (site.folder / "Kairosfile.drawn").write_text("base: debian:13\nversion: v1.0.0\nvariant: core\n")
    boxes = picture(opened(page, "Kairosfile.drawn"))

    expect(boxes.get_by_text("seen")).to_be_visible()
    boxes.get_by_role("button").click()
    assert boxes.locator("svg *").evaluate_all("all => all.map(one => one.localName)") == ["g", "title", "text"]
    assert boxes.locator("[onload], [onclick], [style], [href]").count() == 0
    assert "hacked" not in page.title()


def test_the_first_paint_waits_for_no_script_and_the_editor_for_no_answer(site: Served) -> None:
    page = opened(site.open("/"))
    address = page.url
    page = site.context().new_page()
    page.route("**/static/*", lambda route: route.abort())
    page.goto(address)
    expect(page.get_by_text("Connecting")).to_have_css("margin-top", "48px")
    page.unroute("**/static/*")
    page.goto(address)
    editor(page).wait_for()
    times = page.evaluate(
        "performance.getEntriesByType('resource').map(one => [one.name, one.startTime, one.responseEnd])"
    )
    began = {name.rpartition("/")[2]: (start, end) for name, start, end in times}
    script, chunk = (next(name for name in began if name.startswith(word)) for word in ("main-", "chunk-"))
    assert began[chunk][0] < began[script][1]
    for name in (next(name for name in began if name.startswith("file-")), "Kairosfile", "projects?details=false"):
        assert began[name][0] < began["access"][1]


def test_what_is_not_saved_is_seen_line_by_line_and_taken_back(site: Served) -> None:
    file = site.folder / "Kairosfile.changed"
    file.write_text("base: debian:13\nversion: v1.0.0\n")
    page = opened(site.open("/"), file.name)
    expect(page.get_by_role("button", name="Changes")).to_be_hidden()
    editor(page).press("Control+Home")
    page.keyboard.insert_text("# mine\n")
    page.get_by_role("button", name="Changes").click()
    back = page.get_by_role("button", name="Revert")
    expect(back).to_have_count(1)
    assert violations(page) == []
    back.press("Enter")
    expect(editor(page)).not_to_contain_text("# mine")
    expect(page.get_by_role("button", name="Changes")).to_be_hidden()
    expect(back).to_have_count(0)
    assert file.read_text() == "base: debian:13\nversion: v1.0.0\n"


def test_what_is_typed_in_a_field_stays_when_an_answer_about_another_one_comes(site: Served) -> None:
    (site.folder / "Kairosfile.form").write_text("base: debian:13\nversion: v1.0.0\n")
    page = opened(site.open("/"), "Kairosfile.form")
    expect(problems(page)).to_contain_text("0 errors")
    checks = held_requests(page, CHECK)
    field = page.get_by_label("base", exact=True)
    with page.expect_request(CHECK):
        page.get_by_label("version", exact=True).fill("v1.0.1")
        page.keyboard.press("Tab")
    field.focus()
    field.press("ControlOrMeta+a")
    page.keyboard.type("debian:1")
    with page.expect_response(CHECK):
        checks[-1].continue_()
    page.wait_for_timeout(200)  # it is drawn
    page.keyboard.type("2")
    page.keyboard.press("Tab")

    expect(editor(page)).to_contain_text("base: debian:12")


def test_a_typed_name_of_an_image_stays_when_its_default_changes(site: Served) -> None:
    page = site.open("/")
    checks = held_requests(page, CHECK)
    with page.expect_request(CHECK):
        opened(page, "Kairosfile.windows")
    name = page.get_by_label("Name of the image")
    name.fill("edge:1")
    checks[-1].continue_()
    expect(name).to_have_attribute("placeholder", "images:v1.0.0")
    expect(name).to_have_value("edge:1")
