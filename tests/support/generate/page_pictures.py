"""The pictures of the page: `python -m tests.support.generate.page_pictures` takes them anew, after `make page`.

The build of `build` runs on a real engine, with a tiny base and the stand-in for kairos-init; a script in place of
docker prints the builds of the other pictures.
"""

from __future__ import annotations

import re
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import images
from tests.support.browser.served import served, with_stand_in
from tests.support.engine import BASE, Engine, Registry
from tests.support.engine import images as bases
from tests.support.generate.pictures import IMAGES, OLD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

FILES = {"edge": OLD, "rpi": "base: alpine:3.22\nvarient: core\nmodel: rpi4\nversion: v0.3.0\n"}
BUILDERS = '{"Name": "default", "Driver": "docker", "Current": true}'
SIZE = {"width": 1280, "height": 800}
LINES = 40
RELEASE = "v0.17.3"
FIRST, NEXT = "v1.2.3", "v1.2.4"


def main() -> None:
    """Take all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        take_build(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        take_files(Path(folder))


@contextmanager
def _engine() -> Iterator[tuple[Engine, str]]:
    """Yield an engine, and the text of a file that it can build."""
    with Registry() as registry:
        bases.ensure(registry)
        with Engine("sid") as engine:
            frontend, init = images.push_frontend(engine), images.push_stand_in(engine, RELEASE)
            names = f"# syntax={frontend}\nbase: {registry.address}/{BASE}\nkairos_init: {init}\n"
            hooks = f"hooks:\n  after_install:\n    - run: echo built for the picture at {time.time_ns()}\n"
            cloud_config = "cloud_config:\n  - {name: 90_users.yaml, from: users.yaml}\n"
            yield engine, f"{names}version: {FIRST}\n{hooks}{cloud_config}"


def take_build(home: Path) -> None:
    """Take the picture of a build: the second one of a file, after a new version."""
    place = home / "images" / "edge"
    place.mkdir(parents=True)
    (place / "users.yaml").write_text("#cloud-config\nusers: [{name: kairos}]\n")
    with _engine() as (engine, text), served(home / "images", home / "state", engine.env()) as site:
        for version in (FIRST, NEXT):
            (place / "Kairosfile").write_text(text.replace(FIRST, version))
            page = site.open("/", viewport=SIZE, color_scheme="light")
            page.get_by_role("link", name="edge/Kairosfile", exact=True).click()
            page.get_by_text(re.compile("steps run")).first.wait_for()
            page.get_by_role("button", name="Build", exact=True).click()
            page.get_by_text(re.compile(r"took \d")).wait_for()
        page.get_by_label("times").check()
        _shoot(page, "build")


def take_files(home: Path) -> None:
    """Take the pictures of files, which need no engine."""
    for name, text in FILES.items():
        (home / "images" / name).mkdir(parents=True)
        (home / "images" / name / "Kairosfile").write_text(text)
    (home / "images" / "edge" / "overlay" / "etc").mkdir(parents=True)
    environment = with_stand_in(home, LINES)
    (home / "builders").write_text(BUILDERS)
    with served(home / "images", home / "state", environment) as site:
        page = site.open("/", viewport=SIZE, color_scheme="light")
        _take(page)
        page.get_by_role("link", name="kairosfile", exact=True).click()
        page.get_by_role("link", name="New", exact=True).click()
        page.get_by_label("Board", exact=True).select_option("rpi4")
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
    page.get_by_role("link", name="Builder ok").wait_for()
    page.evaluate("document.fonts.ready")
    page.screenshot(path=IMAGES / f"web-{name}.png")


if __name__ == "__main__":
    main()
