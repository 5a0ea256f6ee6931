"""The page of `kairosfile web` in a real Chromium, with a script in docker's place."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from kairosfile.cli.web.page import STATIC
from tests.support.browser.access import violations
from tests.support.browser.docker import DIGEST
from tests.support.browser.served import served, with_stand_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.support.browser.served import Served

GOOD = "# the edge image\nbase: ubuntu:24.04  # pinned by QA\nvariant: standard\nprovider: k3s\nversion: v1.0.0\n"
FAULTY = "base: alpine:3.22\nvarient: core  # typed in haste\nversion: v0.3.0\n"
# What a program may print, and a browser must not do.
HOSTILE = """\
<img src=x onerror="document.title='hacked'">
\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07 \x1b[32mgreen\x1b[0m \x1b[2Jgone \u202eesrever
<script>document.title='hacked'</script>
"""
DOCKERFILE = """FROM debian:13
COPY --from=quay.io/kairos/kairos-init:v0.17.3 /kairos-init /kairos-init
RUN /kairos-init -s install --version v1.0.0 && /kairos-init -s init --version v1.0.0
"""
EXPORT = {
    "version": 1,
    "kind": "auroraboot.build-config",
    "source": {"baseImage": "ubuntu:24.04", "kairosVersion": "v1.0", "arch": "amd64", "model": "generic"},
    "outputs": {"iso": True},
    "overlayRootfs": "/overlay",
}
THEMES: list[dict[str, Any]] = [
    {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    for scheme in ("light", "dark")
    for width in (1280, 320)
]
expect.set_options(timeout=120_000)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with two files, of which one is faulty."""
    home = tmp_path_factory.mktemp("web")
    for name, text in (("edge", GOOD), ("rpi", FAULTY)):
        (home / "images" / name).mkdir(parents=True)
        (home / "images" / name / "Kairosfile").write_text(text)
    words = ["--read-only", "--secret", "id=token,env=HOME"]
    with served(home / "images", home / "state", with_stand_in(home, 20, HOSTILE), *words) as running_site:
        yield running_site
    assert running_site.faults == []


@pytest.fixture
def opened(site: Served) -> Callable[..., Page]:
    """Open a file of the server as a separate new file, with a text."""
    result: list[Path] = []

    def open_file(text: str, **options: Any) -> Page:
        place = site.folder / "edge" / f"Kairosfile.{len(list((site.folder / 'edge').iterdir()))}"
        place.write_text(text)
        result.append(place)
        page = site.open("/", **options)
        page.get_by_role("link", name=f"edge/{place.name}", exact=True).click()
        editor(page).wait_for()
        return page

    return open_file


def editor(page: Page) -> Any:
    return page.get_by_role("textbox", name="Text of")


def save_fixed_text(page: Page, site: Served) -> Path:
    return site.folder / page.get_by_role("heading", level=1).inner_text()


def test_a_browser_that_is_not_signed_in_sees_nothing_and_says_so(site: Served) -> None:
    page = site.browser.new_page(base_url=site.address)
    page.goto("/builds")

    expect(page.get_by_text("This browser is not signed in")).to_be_visible()
    page.get_by_label("One-time code").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("the code is wrong, used or older than ten minutes")
    assert violations(page) == []


def test_an_error_is_shown_while_typing_and_its_fix_changes_only_its_word(
    site: Served, opened: Callable[..., Page]
) -> None:
    page = opened(FAULTY)
    problems = page.get_by_role("region", name="Problems")

    expect(problems).to_contain_text('line 2: unknown key "varient"')
    expect(page.get_by_role("button", name="Build", exact=True)).to_be_disabled()
    problems.get_by_role("button", name="Fix").click()
    expect(problems).to_contain_text("0 errors")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    assert save_fixed_text(page, site).read_text() == FAULTY.replace("varient", "variant")


def test_a_file_that_changed_on_disk_is_overwritten_only_after_a_choice(
    site: Served, opened: Callable[..., Page]
) -> None:
    page = opened(GOOD)
    place = save_fixed_text(page, site)
    editor(page).press("Control+End")
    page.keyboard.type("# mine")
    place.write_text("# theirs\n" + GOOD)
    page.keyboard.press("Control+s")

    banner = page.get_by_role("alert", name="Changed on disk")
    expect(banner).to_be_visible()
    assert place.read_text() == "# theirs\n" + GOOD
    assert violations(page) == []
    banner.get_by_role("button", name="Keep my version").click()
    expect(banner).to_be_hidden()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    assert place.read_text() == GOOD + "# mine"


def test_the_text_on_disk_can_replace_the_edited_text(site: Served, opened: Callable[..., Page]) -> None:
    page = opened(GOOD)
    editor(page).press("Control+End")
    page.keyboard.type("# mine")
    save_fixed_text(page, site).write_text("# theirs\n")
    page.keyboard.press("Control+s")
    page.get_by_role("button", name="Use the version on disk").click()

    expect(editor(page)).to_contain_text("# theirs")
    expect(editor(page)).not_to_contain_text("# mine")


def test_a_text_outlives_going_to_another_page_and_back(opened: Callable[..., Page]) -> None:
    page = opened(GOOD)
    editor(page).press("Control+End")
    page.keyboard.type("# not saved yet")
    page.get_by_role("link", name="Builds", exact=True).click()
    expect(page.get_by_role("heading", name="Builds")).to_be_visible()
    page.go_back()

    expect(editor(page)).to_contain_text("# not saved yet")
    expect(page.get_by_text("not saved", exact=False).first).to_be_visible()


def test_the_cost_of_a_change_is_shown_before_the_build(opened: Callable[..., Page]) -> None:
    page = opened(GOOD)
    page.get_by_role("tab", name="Plan and cost").click()
    page.get_by_label("Cost compared to").select_option("the saved file")
    plan = page.get_by_role("region", name="Plan for linux/amd64")

    expect(plan).to_contain_text("Nothing runs: all 4 steps are cached.")
    editor(page).press("Control+End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Backspace")
    page.keyboard.type("9")
    expect(plan).to_contain_text("3 of 4 steps run")
    expect(plan).to_contain_text("because version changed")


def test_every_page_can_be_used_by_everybody(site: Served, opened: Callable[..., Page]) -> None:
    actual: dict[str, list[str]] = {}
    page = site.open("/")
    page.get_by_text("1 error").first.wait_for()
    actual["projects"] = in_all_themes(page)
    page.get_by_role("link", name="rpi/Kairosfile", exact=True).click()
    expect(page.get_by_role("region", name="Problems")).to_contain_text("1 error")
    actual["faulty file"] = in_all_themes(page)
    page.get_by_role("link", name="Builds", exact=True).click()
    page.get_by_role("heading", name="Builds").wait_for()
    actual["builds"] = in_all_themes(page)
    page.goto("/new")
    expect(page.get_by_label("Text of the new file")).to_contain_text("version")
    actual["new"] = in_all_themes(page)
    page.goto("/import")
    page.get_by_role("heading", name="Import").wait_for()
    actual["import"] = in_all_themes(page)
    page.goto("/reference")
    page.get_by_text("POST /api/v1/plan").click()
    body = page.get_by_role("region", name="Body of POST /api/v1/plan")
    expect(body).to_contain_text('against: "saved" or "last" or string or null, optional')
    actual["reference"] = in_all_themes(page)
    page = opened(GOOD)
    page.get_by_label("base", exact=True).wait_for()
    actual["form"] = in_all_themes(page)
    page.get_by_role("tab", name="Plan and cost").click()
    page.get_by_text("steps run").first.wait_for()
    actual["file"] = in_all_themes(page)
    page.get_by_role("tab", name="Dockerfile").click()
    expect(page.get_by_label("Dockerfile", exact=True).first).to_contain_text("FROM")
    actual["Dockerfile"] = in_all_themes(page)
    page.get_by_role("button", name="Build", exact=True).click()
    page.get_by_text("4 ran, 0 cached").wait_for()
    actual["build"] = in_all_themes(page)

    assert actual == {name: [] for name in actual}


def in_all_themes(page: Page) -> list[str]:
    """Return axe's violations and overflows of a page in both colour schemes, wide and narrow (a file's views)."""
    actual = []
    views = page.get_by_role("button", name="Views", exact=True)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme["color_scheme"])
        page.set_viewport_size(theme["viewport"])
        if views.is_visible():
            views.click()
        actual += [f"{theme}: {one}" for one in violations(page)]
        width = page.evaluate("document.documentElement.scrollWidth")
        actual += [f"{theme}: {width} pixels wide"] if width > theme["viewport"]["width"] else []
    page.set_viewport_size(THEMES[0]["viewport"])
    return actual


def test_a_build_is_made_and_fetched_by_the_keyboard_alone(opened: Callable[..., Page]) -> None:
    page = opened(GOOD)
    page.get_by_label("Target").focus()
    page.keyboard.type("iso")
    page.keyboard.press("Tab")
    expect(page.get_by_text("steps run").first).to_be_visible()
    editor(page).focus()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("region", name="Artifacts")).to_contain_text("3.0 kB")
    link = page.get_by_role("link", name="kairos.iso")
    link.focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")

    assert download.value.path().read_bytes() == b"iso" * 1000


def test_a_hostile_log_is_text_and_a_long_one_has_few_rows(site: Served, opened: Callable[..., Page]) -> None:
    (site.folder.parent / "lines").write_text("12498")
    page = opened(GOOD)
    page.get_by_text("steps run").first.wait_for()
    page.get_by_role("button", name="Build", exact=True).click()
    expect(page.get_by_text("50004 lines")).to_be_visible()

    rows = page.get_by_role("region", name="Lines of the log")
    expect(rows).to_contain_text("line 12497 of check k3s")
    assert rows.locator(".line").count() < 100
    page.get_by_label("Search the log").fill("LINE 77 of init")
    expect(page.get_by_text("1 of 1", exact=True)).to_be_visible()
    expect(rows.locator(".hit")).to_contain_text("line 77 of init kairos v1.0.0")
    page.get_by_label("Search the log").fill("onerror")
    expect(page.get_by_text("1 of 4", exact=True)).to_be_visible()
    expect(rows.locator(".hit")).to_contain_text("<img src=x onerror=\"document.title='hacked'\">")
    expect(rows).to_contain_text("click green gone esrever")
    assert rows.locator("img, script, a:not(.number)").count() == 0
    assert "hacked" not in page.title()
    page.goto(f"{page.url}#L31")
    page.reload()
    expect(rows.locator(".hit")).to_contain_text("line 27 of install")
    rows.get_by_role("link", name="30", exact=True).click()
    expect(rows.locator(".hit")).to_contain_text("line 26 of install")
    assert page.url.endswith("#L30")
    (site.folder.parent / "lines").write_text("20")


def test_a_change_in_the_form_changes_only_its_words(site: Served, opened: Callable[..., Page]) -> None:
    page = opened(GOOD)
    page.get_by_role("tab", name="Form").click()
    page.get_by_label("version", exact=True).fill("v1.0.1")
    page.keyboard.press("Tab")
    expect(editor(page)).to_contain_text("version: v1.0.1")
    page.get_by_label("model", exact=True).fill("rpi4")
    page.keyboard.press("Tab")
    expect(editor(page)).to_contain_text("model: rpi4")
    page.get_by_label("provider.version", exact=True).fill("v1.33.1+k3s1")
    page.keyboard.press("Tab")
    expect(editor(page)).to_contain_text("provider: {name: k3s, version: v1.33.1+k3s1}")
    page.get_by_label("fips", exact=True).click()  # the file is edited first, then the box shows it
    expect(editor(page)).to_contain_text("fips: true")
    expect(page.get_by_label("fips", exact=True)).to_be_checked()
    page.get_by_label("fips", exact=True).click()
    expect(editor(page)).not_to_contain_text("fips")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()

    assert save_fixed_text(page, site).read_text().splitlines() == [
        "# the edge image",
        "base: ubuntu:24.04  # pinned by QA",
        "variant: standard",
        "model: rpi4",
        "provider: {name: k3s, version: v1.33.1+k3s1}",
        "version: v1.0.1",
    ]
    assert violations(page) == []


def test_the_form_leaves_alone_what_is_filled_in_from_elsewhere_and_a_text_that_is_no_yaml(
    opened: Callable[..., Page],
) -> None:
    page = opened('args: {VERSION: v1}\nbase: debian:13\nversion: "${VERSION}"\n')
    page.get_by_role("tab", name="Form").click()
    expect(page.get_by_label("version", exact=True)).to_be_disabled()
    expect(page.get_by_text("Cannot be edited here: its value comes from args")).to_be_visible()
    editor(page).press("Control+Home")
    page.keyboard.type("[")
    expect(page.get_by_text("The file is not valid YAML")).to_be_visible()
    expect(page.get_by_label("base", exact=True)).to_be_disabled()


def test_a_new_file_is_made_by_answers_and_nothing_is_written_over(site: Served) -> None:
    page = site.open("/new")
    page.get_by_label("Board", exact=True).select_option("rpi4")
    page.get_by_label("Kubernetes").select_option("k3s")
    text = page.get_by_label("Text of the new file")
    expect(text).to_contain_text("model: rpi4")
    expect(text).to_contain_text("standard, with k3s")
    page.get_by_label("CI").select_option("github")
    page.get_by_text(".github/workflows/kairos.yml (save it next to the Kairosfile)").click()
    expect(page.get_by_label(".github/workflows/kairos.yml")).to_contain_text("name: kairos")
    assert violations(page) == []
    page.get_by_label("Name of the new file").fill("edge/Kairosfile")
    page.get_by_role("button", name="Create file").click()
    expect(page.get_by_role("alert")).to_contain_text("a file with this name already exists")
    page.get_by_label("Name of the new file").fill("rpi/Kairosfile.new")
    page.get_by_role("button", name="Create file").click()
    expect(page.get_by_role("heading", name="rpi/Kairosfile.new")).to_be_visible()

    assert "model: rpi4" in (site.folder / "rpi" / "Kairosfile.new").read_text()
    assert (site.folder / "edge" / "Kairosfile").read_text() == GOOD


def test_a_dockerfile_and_a_build_that_auroraboot_exported_become_kairosfiles(site: Served) -> None:
    page = site.open("/import")
    page.get_by_label("A Dockerfile that calls kairos-init").fill(DOCKERFILE)
    page.get_by_role("button", name="Convert").click()
    expect(page.get_by_label("Text of the Kairosfile")).to_contain_text("base: debian:13")
    assert violations(page) == []
    page.get_by_label("A Dockerfile that calls kairos-init").fill(json.dumps(EXPORT))
    page.get_by_role("button", name="Convert").click()

    expect(page.get_by_label("Text of the Kairosfile")).to_contain_text("base: ubuntu:24.04")
    expect(page.get_by_role("heading", name="Changed or not converted")).to_be_visible()
    page.get_by_label("A Dockerfile that calls kairos-init").fill(GOOD)
    page.get_by_role("button", name="Convert").click()
    expect(page.get_by_label("Text of the Kairosfile")).to_have_text(GOOD)
    page.get_by_label("A Dockerfile that calls kairos-init").fill("{}")
    page.get_by_role("button", name="Convert").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_a_build_can_be_kept_made_again_and_read_as_a_file(opened: Callable[..., Page]) -> None:
    page = opened(GOOD)
    page.get_by_text("all 4 steps run").first.wait_for()
    page.get_by_role("button", name="Build", exact=True).click()
    page.get_by_text("4 ran, 0 cached").wait_for()
    assert page.get_by_text("more internal steps").count() == 0, "steps of artifacts that were not requested"
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("button", name="Keep", pressed=True)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="download the log").click()
    first = page.url
    page.get_by_role("button", name="Build again").click()
    page.wait_for_url(lambda url: url != first)

    assert "line 19 of check k3s" in download.value.path().read_text()
    page.get_by_text("4 ran, 0 cached").wait_for()


def test_an_image_can_be_used_by_commands_and_goes_to_its_output(opened: Callable[..., Page]) -> None:
    page = opened(GOOD)
    page.get_by_text("steps run").first.wait_for()
    page.get_by_label("Output", exact=True).select_option("OCI archive")
    page.get_by_label("secret token").check()
    page.get_by_role("button", name="Build", exact=True).click()
    page.get_by_text("4 ran, 0 cached").wait_for()
    page.get_by_text("Command", exact=True).click()
    command = page.get_by_label("Command", exact=True)
    expect(command).to_contain_text("--secret=id=token,env=HOME")
    expect(command).to_contain_text("--output=type=oci,dest=artifacts/image.tar")
    page.get_by_text("Use this build", exact=True).click()
    expect(page.get_by_text("skopeo copy oci-archive:image.tar")).to_be_visible()
    assert violations(page) == []
    expect(page.get_by_role("region", name="Artifacts")).to_contain_text(f"Image digest {DIGEST}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the image digest").click()
    assert page.evaluate("navigator.clipboard.readText()") == DIGEST


@pytest.mark.parametrize("theme", THEMES[:3:2], ids=["light", "dark"])
def test_the_keys_are_listed(site: Served, theme: dict[str, Any]) -> None:
    page = site.open("/", **theme)
    page.get_by_role("heading", name="Kairosfiles").wait_for()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys).to_contain_text("go to the next or previous problem")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_a_reader_sees_all_and_has_nothing_to_press(site: Served, opened: Callable[..., Page]) -> None:
    page = opened(GOOD)
    page.get_by_text("steps run").first.wait_for()
    page.get_by_role("button", name="Build", exact=True).click()
    page.get_by_text("4 ran, 0 cached").wait_for()
    reader = site.browser.new_page(base_url=site.address)
    reader.set_default_timeout(120_000)
    reader.goto(site.reader)
    expect(reader.get_by_text("This session is read-only.")).to_be_visible()
    reader.goto(page.url)
    expect(reader.get_by_text("4 ran, 0 cached")).to_be_visible()
    assert reader.get_by_role("button", name=re.compile("^(Build again|Keep|Remove|Cancel)$")).count() == 0
    reader.get_by_role("link", name="Open the file").click()
    editor(reader).press("Control+End")
    reader.keyboard.type("# mine")
    expect(reader.get_by_text("not saved")).to_be_visible()
    expect(reader.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    expect(reader.get_by_role("button", name="Save and build")).to_be_disabled()
    assert violations(reader) == []


def test_the_builder_is_described_and_a_machine_without_one_says_so(site: Served) -> None:
    page = site.open("/builder")

    expect(page.get_by_text("Docker is not responding")).to_be_visible()
    expect(page.get_by_role("link", name="Builder not responding")).to_be_visible()
    expect(page.get_by_role("definition").filter(has_text="token")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("listitem").first).to_be_visible()
    assert violations(page) == []


def test_the_bundle_is_small_and_names_no_other_host() -> None:
    files = {path.name: path.read_bytes() for path in STATIC.iterdir()}
    shown = files["index.html"].decode()
    first = [name for name in files if name.endswith(".js") and (name in shown or name.startswith("chunk-"))]
    editor = [name for name in files if name.startswith("file-")]

    loaded = [text for name, text in files.items() if name != "THIRD-PARTY.txt"]
    hosts = {host for text in loaded for host in re.findall(rb"https?://([\w.-]+)", text)}
    assert hosts <= {b"www.w3.org"}  # the names of SVG and MathML
    assert 0 < sum(len(gzip.compress(files[name])) for name in first) <= 40_000
    assert 0 < sum(len(gzip.compress(files[name])) for name in editor) <= 170_000
    licences = re.findall(r"^\S+ [\d.]+ \((.+)\)$", files["THIRD-PARTY.txt"].decode(), re.MULTILINE)
    assert len(licences) > 10
    assert set(licences) == {"MIT"}
