"""The site of docs/: no requests to other hosts, navigation and search. `mkdocs build --strict` checks its links."""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Page(HTMLParser):
    """The URLs that a browser fetches for a page, and the targets of its links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.components: set[str | None] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        options = dict(attrs)
        self.components.add(options.get("data-md-component"))
        address = options.get("src") or options.get("href") or ""
        (self.links if tag == "a" else self.fetched).append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    logging.getLogger("mkdocs").setLevel(logging.ERROR)
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder)))
    yield folder
    logging.getLogger("mkdocs").setLevel(logging.NOTSET)


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    """The site's pages by their paths."""
    return {str(path.relative_to(site)): Page(path.read_text()) for path in site.rglob("*.html")}


def test_no_page_makes_a_browser_ask_another_host(pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert not [address for address in page.fetched if "//" in address]
        assert "source" not in page.components  # this component queries GitHub for the number of stars


def test_no_picture_makes_a_browser_ask_another_host(site: Path) -> None:
    pictures = {path.name: path.read_text() for path in (site / "images").glob("*.svg")}

    assert pictures
    assert not [name for name, text in pictures.items() if re.search(r"(url\(|href=)\W*http", text)]


def test_a_link_to_a_file_that_is_a_page_leads_to_the_page(pages: dict[str, Page]) -> None:
    assert "rules/index.html" in pages["reference.html"].links
    assert "internals/architecture.html" in pages["contributing.html"].links


def test_a_link_to_any_other_file_leads_to_the_repository(pages: dict[str, Page]) -> None:
    assert "https://github.com/kairos-io/kairosfile/tree/main/examples/ci" in pages["reference/cli.html"].links


def test_every_page_is_in_the_navigation(pages: dict[str, Page]) -> None:
    listed = {link.split("#")[0] for link in pages["404.html"].links}

    assert {f"/{place}" for place in pages} - {"/404.html", "/index.html"} <= listed


def test_the_search_finds_a_field(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.js").read_text().removeprefix("var __index = "))

    assert any(entry["location"] == "reference.html#trusted_boot" for entry in index["docs"])


# Queries of users, each with a page that must be among the first three results.
QUERIES: dict[str, str] = {
    "reproducible": "guides/reproducible-builds.html",
    "air-gapped": "guides/air-gapped.html",
    "offline": "guides/air-gapped.html",
    "faq": "faq.html",
    "playground": "try.html",
    "troubleshooting": "troubleshooting.html",
    "migrate": "guides/migrate.html",
    "dockerfile": "guides/migrate.html guides/ejecting.html",
    "k3s version": "faq.html",
    "secrets": "guides/install-secrets.html guides/contexts.html",
    "raspberry pi": "tutorial/rpi4-ubuntu.html tutorial/rpi4-alpine.html",
    "proxy": "faq.html",
    "private registry": "faq.html",
    "caching": "guides/caching.html",
    "upgrade size": "guides/layers.html",
    "github actions": "guides/ci.html",
    "iso": "guides/artifacts.html",
    "trusted boot": "tutorial/trusted-boot.html",
    "cloud-config": "guides/cloud-config.html",
    "lock file": "guides/lock.html",
    "matrix": "guides/matrix.html",
    "sbom": "guides/supply-chain.html",
    "vscode": "guides/editors.html",
    "auroraboot": "reference/comparison.html guides/artifacts.html",
    "image tests": "guides/image-tests.html",
    "check strict": "reference/commands/check.html reference/cli.html",
    "security": "internals/threat-model.html",
}


@pytest.mark.skipif(not shutil.which("node"), reason="the theme's search is JavaScript, and this machine has no node")
def test_an_ordinary_query_finds_its_page_among_the_first_three(site: Path) -> None:
    (worker,) = (site / "assets" / "javascripts" / "workers").glob("search.*.min.js")
    command: list[str | Path] = [
        "node",
        ROOT / "tests" / "support" / "pages" / "search.cjs",
        worker,
        site / "search" / "search_index.js",
    ]
    done = subprocess.run(command, input=json.dumps(list(QUERIES)), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")  # the output reports a query that throws, which has no result
    data: dict[str, list[str]] = json.loads(done.stdout)

    missed = {query: data[query][:5] for query, pages in QUERIES.items() if not {*pages.split()} & {*data[query][:3]}}
    assert missed == {}
