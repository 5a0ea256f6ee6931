"""The page of `kairosfile web` on a real engine: from a fault in the editor to the files of a build."""

from __future__ import annotations

import hashlib
import re
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.browser.served import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.browser.served import Served
    from tests.support.engine import Engine

expect.set_options(timeout=240_000)  # an engine that is busy with other tests


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory,
    docker28: Engine,
    frontend: str,
    base: str,
    kairos_init: Callable[..., str],
    auroraboot: Callable[..., str],
) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("web")
    nonce = hashlib.sha256(str(home).encode()).hexdigest()  # the first build runs everything
    text = (
        f"# syntax={frontend}\nbase: {base}  # tiny\nkairos_init: {kairos_init()}\nvariant: core\nversion: v1.2.3\n"
        f"hooks: {{after_init: [{{run: echo {nonce}}}]}}\n"
        f"artifacts: {{auroraboot: {auroraboot()}, iso: {{}}}}\n"
    )
    for name in ("iso", "image"):
        (home / "images" / name).mkdir(parents=True)
        (home / "images" / name / "Kairosfile").write_text(text)
    with served(home / "images", home / "state", docker28.env()) as running_site:
        yield running_site
    assert running_site.faults == []


def test_an_error_is_fixed_and_an_iso_is_built_and_downloaded(site: Served) -> None:
    file = site.folder / "iso" / "Kairosfile"
    file.write_text(file.read_text().replace("variant", "varient"))
    page = site.open("/")
    page.get_by_role("link", name="iso/Kairosfile", exact=True).click()
    page.get_by_role("region", name="Problems").get_by_role("button", name="Fix").click()
    page.get_by_label("Target").fill("iso")
    page.get_by_label("Target").press("Tab")
    page.get_by_text("steps run").first.wait_for()
    page.get_by_role("button", name="Save and build").click()
    artifacts = page.get_by_role("region", name="Artifacts")
    expect(artifacts.get_by_role("link", name=re.compile(r"\.iso$"))).to_be_visible()

    assert "variant: core\n" in file.read_text()
    steps = page.get_by_role("region", name="Steps").get_by_role("listitem").all_inner_texts()
    assert any("init kairos v1.2.3" in step and "line" in step for step in steps)
    assert not any("failed" in step for step in steps)
    result = artifacts.get_by_role("listitem").filter(has_text=".iso").first.inner_text()
    with page.expect_download() as download:
        artifacts.get_by_role("link", name=re.compile(r"\.iso$")).click()
    content = download.value.path().read_bytes()
    assert content
    assert f"sha256:{hashlib.sha256(content).hexdigest()}" in result


def test_an_image_is_loaded_and_its_next_version_costs_as_predicted(site: Served, docker28: Engine) -> None:
    file = site.folder / "image" / "Kairosfile"
    text = file.read_text()
    fresh = time.time_ns()  # a second try builds its own versions
    for version in (f"v2.{fresh}.0", f"v2.{fresh}.1"):
        file.write_text(re.sub(r"(?m)^version: .*$", f"version: {version}", text))
        page = site.open("/")
        page.get_by_role("link", name="image/Kairosfile", exact=True).click()
        page.get_by_label("Name of the image").fill("web-page:1")
        page.get_by_text(re.compile(r"^(First build|\d of \d steps run)")).first.wait_for()
        page.get_by_role("button", name="Build", exact=True).click()
        expect(page.get_by_text(re.compile(r"took \d"))).to_be_visible()  # before, not all that runs has run

    counted = page.get_by_text(re.compile(r"\d ran, \d cached")).inner_text()
    predicted, ran = re.findall(r"Predicted: (\d) of \d run\. (\d) ran", counted)[0]
    assert predicted == ran
    assert docker28.run(["docker", "image", "inspect", "web-page:1"]).returncode == 0
