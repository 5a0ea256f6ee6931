"""Tests that the commands of the docs that need an engine print the output on the page.

A source policy puts stand-ins in the place of the images that cannot be reached, so that commands and files stay as
they are: the frontend of this source, stand-ins for kairos-init and AuroraBoot, and one small Debian for every base.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from kairosfile.kairos.auroraboot import NEWEST as AURORABOOT
from tests import ROOT
from tests.e2e.conftest import NEWEST
from tests.e2e.test_source_policy import VARIABLE
from tests.support.images import push_auroraboot
from tests.support.pages.blocks import blocks
from tests.support.pages.reader import EXAMPLES, Reader, pages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.engine import DockerEngine, Engine

pytestmark = pytest.mark.docker26_is_long

BASES = ("alpine:3.21", "debian:13", "ubuntu:20.04", "ubuntu:22.04", "ubuntu:24.04")
NAMES = {"registry.example.com": "localhost:5000"}
LOADED = re.compile(r"-t (?P<image>[a-z0-9.-]+:[a-z0-9.-]+) .*--load")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def policy(
    tmp_path_factory: pytest.TempPathFactory, frontend: str, kairos_init: Callable[[str], str], base: str
) -> Path:
    """A source policy that maps images to their replacements."""
    images = {f"docker.io/library/{name}": base for name in BASES}
    images["quay.io/kairos/kairos-frontend:v1"] = frontend
    images[f"quay.io/kairos/kairos-init:{NEWEST}"] = kairos_init(NEWEST)
    images[f"quay.io/kairos/auroraboot:{AURORABOOT}"] = push_auroraboot(AURORABOOT)
    rules = [
        {
            "action": "CONVERT",
            "selector": {"identifier": f"docker-image://{name}"},
            "updates": {"identifier": f"docker-image://{other}"},
        }
        for name, other in images.items()
        if name != other
    ]
    path = tmp_path_factory.mktemp("policy") / "policy.json"
    path.write_text(json.dumps({"rules": rules}))
    return path


def follow(page: Path, engine: DockerEngine, policy: Path, folder: Path) -> None:
    """Follow a page; remove the images that it loads at the end."""
    actual = [block for block in blocks(page) if not block.excuse]
    reader = Reader(page, folder / "work", {**engine.env(), VARIABLE: str(policy)}, NAMES)
    try:
        for block in actual:
            reader.follow(block)
    finally:
        loaded = {image["image"] for block in actual for image in LOADED.finditer(block.text)}
        if loaded:
            engine.run(["docker", "image", "rm", "-f", *sorted(loaded)])


BUILDING = [page for page in pages() if any(block.needs_engine and not block.excuse for block in blocks(page))]


@pytest.mark.parametrize("page", [page for page in BUILDING if not page.is_relative_to(EXAMPLES)], ids=name)
def test_the_commands_of_a_page_do_what_it_shows(page: Path, docker28: Engine, policy: Path, tmp_path: Path) -> None:
    follow(page, docker28, policy, tmp_path)


@pytest.mark.parametrize("page", [page for page in BUILDING if page.is_relative_to(EXAMPLES)], ids=name)
def test_an_example_builds_what_its_page_shows(page: Path, engine: DockerEngine, policy: Path, tmp_path: Path) -> None:
    follow(page, engine, policy, tmp_path)
