"""The packed modules of the image import like the modules of a folder."""

from __future__ import annotations

import marshal
import subprocess
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest
from erase import compile_without_types
from pack import pack

from tests import ROOT

READER = ROOT / "frontend" / "image" / "packed.py"
MODULES = {
    "kairosfile/__init__.py": "VERSION = '1'\n",
    "kairosfile/one.py": "from kairosfile import VERSION\nfrom kairosfile.sub import two\nANSWER = two.HALF * 2\n",
    "kairosfile/sub/__init__.py": "from .two import HALF\n",
    "kairosfile/sub/two.py": "HALF = 21\ndef fail():\n    raise ValueError('no')\n",
}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A folder with the package, as in the image."""
    folder = tmp_path / "kairosfile"
    folder.mkdir()
    reader = compile_without_types(READER.read_bytes(), "kairosfile/__init__.py")
    (folder / "__init__.pyc").write_bytes(MAGIC_NUMBER + (1).to_bytes(12, "little") + marshal.dumps(reader))
    code = {Path(name): compile(source, name, "exec") for name, source in MODULES.items()}
    (folder / "modules").write_bytes(pack(code))
    return tmp_path


def run(library: Path, program: str) -> subprocess.CompletedProcess[str]:
    start = f"import sys; sys.path.insert(0, {str(library)!r}); "
    argv = [sys.executable, "-I", "-S", "-c", start + program]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("program", "printed"),
    [
        ("from kairosfile import VERSION; print(VERSION)", "1"),
        ("import kairosfile.one; print(kairosfile.one.ANSWER)", "42"),
        ("from kairosfile.sub import two; print(two.__name__, two.__package__)", "kairosfile.sub.two kairosfile.sub"),
        ("import importlib; print(importlib.import_module('kairosfile.sub').HALF)", "21"),
        ("import kairosfile, json; print(json.dumps([1]))", "[1]"),
    ],
)
def test_modules_are_imported_by_their_names(library: Path, program: str, printed: str) -> None:
    done = run(library, program)

    assert (done.stdout.strip(), done.stderr) == (printed, "")


def test_a_module_that_is_not_packed_is_not_found(library: Path) -> None:
    assert "No module named 'kairosfile.three'" in run(library, "import kairosfile.three").stderr


def test_a_traceback_names_the_file_and_the_line(library: Path) -> None:
    done = run(library, "from kairosfile.sub import two; two.fail()")

    assert 'File "kairosfile/sub/two.py", line 3, in fail' in done.stderr
