"""The packed modules of the image import like the modules of a folder, whatever their groups."""

from __future__ import annotations

import marshal
import subprocess
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest
from erase import compile_without_types
from groups import divide
from pack import module_name, pack

from tests import ROOT

READER = ROOT / "frontend" / "image" / "packed.py"
MODULES = {
    "kairosfile/__init__.py": "VERSION = '1'\n",
    "kairosfile/one.py": "import kairosfile.sub.three\nfrom kairosfile.sub import two\nANSWER = two.HALF * 2\n",
    "kairosfile/sub/__init__.py": "from .two import HALF\n",
    "kairosfile/sub/three.py": "",
    "kairosfile/sub/two.py": "HALF = 21\ndef fail():\n    raise ValueError('no')\n",
}


CODE = {Path(name): compile(source, name, "exec") for name, source in MODULES.items()}
IN_ORDER = [
    *("kairosfile/__init__.py", "kairosfile/sub/two.py", "kairosfile/sub/__init__.py"),
    *("kairosfile/sub/three.py", "kairosfile/one.py"),
]
GROUPS = {
    "alone": [{path: code} for path, code in CODE.items()],
    "together": [{Path(name): CODE[Path(name)] for name in IN_ORDER}],
    "stages": [{Path(name): CODE[Path(name)] for name in names} for names in (IN_ORDER[:3], IN_ORDER[3:])],
}


@pytest.fixture(params=GROUPS)
def library(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder with the package, as in the image."""
    folder = tmp_path / "kairosfile"
    folder.mkdir()
    reader = compile_without_types(READER.read_bytes(), "kairosfile/__init__.py")
    (folder / "__init__.pyc").write_bytes(MAGIC_NUMBER + (1).to_bytes(12, "little") + marshal.dumps(reader))
    (folder / "modules").write_bytes(pack(GROUPS[request.param]))
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
        ("import kairosfile.one; from kairosfile.sub import HALF; print(HALF)", "21"),
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


def test_a_module_runs_once(library: Path) -> None:
    """Also one that was imported before the last module of its group, which imports the others."""
    program = "from kairosfile.sub import two; two.HALF = 4; from kairosfile import one, sub; "
    done = run(library, program + "print(one.ANSWER, sub.HALF, sub.two is two)")

    assert (done.stdout.strip(), done.stderr) == ("8 21 True", "")


def test_an_imported_module_has_what_an_import_statement_sets(library: Path) -> None:
    program = "import kairosfile.one; from kairosfile import sub; "
    show = "print(sub.__package__, sub.__path__, sub.__spec__.name, sub.two.__package__, hasattr(sub.two, '__path__'))"
    done = run(library, program + show)

    assert done.stdout.strip() == "kairosfile.sub [] kairosfile.sub kairosfile.sub False"


@pytest.mark.parametrize("library", ["together"], indirect=True)
def test_the_last_module_of_a_group_imports_the_others_without_a_search(library: Path) -> None:
    program = "import kairosfile, sys; finder = sys.meta_path[0]; find = finder.find_spec; names = []; "
    program += (
        "finder.find_spec = lambda name, *_: names.append(name) or find(name); import kairosfile.one; print(names)"
    )

    assert run(library, program).stdout.strip() == "['kairosfile.one']"


def test_a_text_of_several_modules_is_written_once() -> None:
    name = "a_name_that_both_modules_have"
    code = {Path(f"kairosfile/{module}.py"): compile(f"{name} = 1", module, "exec") for module in "ab"}

    assert pack([code]).count(name.encode()) == 1
    assert pack([{path: each} for path, each in code.items()]).count(name.encode()) == 2


BUILD = {
    "kairosfile/__init__.py": "",
    "kairosfile/frontend.py": "import json\nfrom kairosfile import gateway\n",
    "kairosfile/gateway/__init__.py": "from . import http2\nfrom .http2 import VALUE\n",
    "kairosfile/gateway/http2.py": "VALUE = 1\n",
    "kairosfile/language/__init__.py": "from kairosfile.language import parser\n",
    "kairosfile/language/parser.py": "",
    "kairosfile/build.py": "from kairosfile.plan.model import Plan\ndef load():\n    import kairosfile.rare\n",
    "kairosfile/solve.py": "from kairosfile import build\n",
    "kairosfile/plan/__init__.py": "",
    "kairosfile/plan/model.py": "class Plan: ...\n",
    "kairosfile/rare.py": "",
    "json/__init__.py": "from json import decoder\n",
    "json/decoder.py": "",
    "difflib.py": "",
}
START = ["kairosfile", "json.decoder", "json", "kairosfile.gateway.http2", "kairosfile.gateway", "kairosfile.frontend"]
LANGUAGE = ["kairosfile.language.parser", "kairosfile.language"]
PLAN = ["kairosfile.plan", "kairosfile.plan.model", "kairosfile.build"]


def test_modules_of_a_stage_are_a_group_in_the_order_of_imports_and_rare_ones_are_alone() -> None:
    modules = {Path(name): compile(source, name, "exec") for name, source in BUILD.items()}
    groups = [[module_name(path) for path in group] for group in divide(modules)]

    assert groups == [START, LANGUAGE, PLAN, ["kairosfile.solve"], ["kairosfile.rare"]]
