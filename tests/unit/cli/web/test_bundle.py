"""The page's bundle is reproducible, small, complete and under permitted licences.

It is not checked in: `make page` builds it for a checkout and for the wheel of a release.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SOURCES = ROOT / "frontend" / "web"
PACKAGES = SOURCES / "node_modules"
KILOBYTE = 1000
FIRST_PAINT, EDITOR = 40 * KILOBYTE, 170 * KILOBYTE
# XML namespaces, which no browser fetches.
NAMESPACES = {"http://www.w3.org/1998/Math/MathML", "http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg"}

pytestmark = pytest.mark.skipif(
    not (PACKAGES / ".ready").exists() or shutil.which("node") is None,
    reason="needs Node and the packages of the page, which `make page` installs",
)


def bundle(place: Path) -> dict[str, bytes]:
    """Return the files of a bundle that is built in a folder from a copy of the sources."""
    copy = place / "frontend" / "web"
    shutil.copytree(SOURCES, copy, ignore=shutil.ignore_patterns("node_modules"))
    (copy / "node_modules").symlink_to(PACKAGES)
    subprocess.run(["node", "build.mjs"], cwd=copy, check=True, timeout=300, env={**os.environ, "TZ": place.name})
    built = place / "frontend" / "kairosfile" / "cli" / "web" / "static"
    return {path.name: path.read_bytes() for path in built.iterdir()}


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    return [bundle(tmp_path_factory.mktemp(name)) for name in ("one", "other-and-longer")]


@pytest.fixture
def files(bundles: list[dict[str, bytes]]) -> dict[str, bytes]:
    return bundles[0]


def imported(files: Mapping[str, bytes], name: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, files[name].decode()))


def with_imports(files: Mapping[str, bytes], name: str) -> set[str]:
    """Return a script with all its static imports."""
    names = imported(files, name, r'(?:from|import)"\./([^"]+)"')
    return {name}.union(*(with_imports(files, one) for one in names))


def compressed(files: Mapping[str, bytes], names: set[str]) -> int:
    return sum(len(gzip.compress(files[name])) for name in names)


def test_two_builds_at_two_places_have_the_same_bytes(bundles: list[dict[str, bytes]]) -> None:
    one, other = bundles

    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []
    assert {"index.html", "THIRD-PARTY.txt"} < one.keys()


def test_the_first_paint_and_the_editor_stay_within_their_budgets(files: dict[str, bytes]) -> None:
    (start,) = re.findall(r'src="/static/([^"]+\.js)"', files["index.html"].decode())
    first = with_imports(files, start)
    lazy = {name for one in first for name in imported(files, one, r'import\("\./([^"]+)"\)')}
    editor = set().union(*(with_imports(files, name) for name in lazy)) - first

    assert 5 * KILOBYTE < compressed(files, first) <= FIRST_PAINT
    assert 50 * KILOBYTE < compressed(files, editor) <= EDITOR
    scripts = {name for name in files if name.endswith(".js")}
    assert first | editor == scripts, "each script belongs to one of them"


def test_every_package_in_it_has_a_licence_that_allows_it(files: dict[str, bytes]) -> None:
    heads = re.findall(r"(?m)^(\S+) (\d\S+) \((.+)\)$", files["THIRD-PARTY.txt"].decode())
    names = {name for name, _, _ in heads}

    assert {"preact", "@codemirror/view", "@lezer/yaml"} <= names
    assert {licence for _, _, licence in heads} == {"MIT"}
    assert files["THIRD-PARTY.txt"].decode().count("Permission is hereby granted") == len(heads)


def test_nothing_in_it_names_another_host(files: dict[str, bytes]) -> None:
    code = {name: data.decode() for name, data in files.items() if name != "THIRD-PARTY.txt"}
    addresses = {match for text in code.values() for match in re.findall(r"(?:https?|wss?)://[\w.-]+[\w./-]*", text)}

    assert addresses <= NAMESPACES
    assert not any(re.search(r"""(?:src|href|url\(|import\()\s*=?\s*["'(]*//""", text) for text in code.values())
    assert not any("sourceMappingURL" in text for text in code.values())
