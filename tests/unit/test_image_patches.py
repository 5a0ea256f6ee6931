"""What the frontend image changes in libraries: it fits the installed releases, and stops where it does not fit."""

from __future__ import annotations

import importlib.util
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

FILE = Path(__file__).parents[2] / "frontend" / "image" / "patches.py"


@pytest.fixture(scope="module")
def patches() -> ModuleType:
    spec = importlib.util.spec_from_file_location("patches", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_patch_fits_the_installed_libraries(patches: ModuleType) -> None:
    folders = {patches.STANDARD_LIBRARY: sysconfig.get_path("stdlib"), patches.WHEELS: sysconfig.get_path("purelib")}
    for group, folder in folders.items():
        for patch in group:
            text = (Path(folder) / patch.module).read_text()
            assert not patch.old or text.count(patch.old) == 1, patch.module


def test_a_patch_replaces_its_text_or_the_whole_module(patches: ModuleType, tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("one = 1\ntwo = 2\n")

    patches.apply((patches.Patch("a.py", "two = 2", "two = 3"), patches.Patch("b.py", "", "four = 4\n")), tmp_path)

    assert (tmp_path / "a.py").read_text() == "one = 1\ntwo = 3\n"
    assert (tmp_path / "b.py").read_text() == "four = 4\n"


@pytest.mark.parametrize("text", ["", "x = 1\nx = 1\n"])
def test_a_library_that_has_changed_stops_the_build(patches: Any, tmp_path: Path, text: str) -> None:
    (tmp_path / "a.py").write_text(text)

    with pytest.raises(SystemExit, match=r"a\.py no longer holds this once"):
        patches.apply((patches.Patch("a.py", "x = 1", "x = 2"),), tmp_path)
