"""The type-erased frontend of the image builds the same results as the typed one, and does not import `typing`."""

from __future__ import annotations

import marshal
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest
import yaml
from erase import compile_without_types

from tests import ROOT
from tests.gateway.test_start import IMAGES, PLAIN, PROGRAM, SECTIONS
from tests.support.gateway.fake_bridge import FakeBridge

PACKAGE = ROOT / "frontend" / "kairosfile"
ELSEWHERE = {"cli", "dockerfile"}  # only the command uses it


@pytest.fixture(scope="module")
def without_types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("erased")
    for source in PACKAGE.rglob("*.py"):
        name = source.relative_to(PACKAGE.parent)
        if not ELSEWHERE & set(name.parts):
            code = compile_without_types(source.read_bytes(), str(name))
            target = (folder / name).with_suffix(".pyc")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8) + marshal.dumps(code))
    return folder


def built(package: Path, text: str) -> tuple[set[str], list[bytes]]:
    """Return the modules that a build imports, and the graphs that it solves."""
    paths = [str(package), str(Path(yaml.__file__).parents[1])]
    program = f"import sys; sys.path += {paths}\n{PROGRAM}"
    with FakeBridge(files={"dockerfile": {"Kairosfile": text.encode()}}, images=IMAGES) as fake:
        run = fake.run([sys.executable, "-I", "-S", "-c", program], options={"filename": "Kairosfile"})
    assert run.error is None
    return set(run.stderr.split()), [
        solve.Definition.SerializeToString(deterministic=True) for solve in fake.requests("Solve")
    ]


@pytest.mark.parametrize("section", ["", *SECTIONS])
def test_types_make_no_difference(without_types: Path, section: str) -> None:
    modules, graphs = built(without_types, PLAIN + section)

    assert "typing" not in modules
    assert graphs == built(PACKAGE.parent, PLAIN + section)[1]
