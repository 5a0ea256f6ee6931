"""The type-erased frontend of the image builds the same results as the typed one, and imports less."""

from __future__ import annotations

import marshal
import subprocess
import sys
from importlib.machinery import ExtensionFileLoader
from importlib.util import MAGIC_NUMBER, find_spec
from pathlib import Path

import pytest
import yaml
from erase import compile_without_types

from tests import ROOT
from tests.gateway.test_start import IMAGES, PLAIN, PROGRAM, SECTIONS
from tests.support.gateway.fake_bridge import FakeBridge

PACKAGE = ROOT / "frontend" / "kairosfile"
ELSEWHERE = {"cli", "dockerfile"}  # only the command uses it


# The modules of the standard library that a plain build imports and that are written in Python, with those below them.
LIBRARY = {"collections", "copyreg", "enum", "functools", "hashlib", "importlib", "json", "keyword", "operator", "re"}
LIBRARY |= {"_collections_abc", "reprlib", "types", "warnings"}


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


def built(package: Path, text: str, program: Path) -> tuple[set[str], list[bytes]]:
    """Return the modules that a build imports, and the graphs that it solves."""
    paths = [str(package), str(Path(yaml.__file__).parents[1])]
    program.write_text(f"import sys; sys.path += {paths}\n{PROGRAM}")
    with FakeBridge(files={"dockerfile": {"Kairosfile": text.encode()}}, images=IMAGES) as fake:
        run = fake.run([sys.executable, "-I", "-S", str(program)], options={"filename": "Kairosfile"})
    assert run.error is None
    return set(run.stderr.split()), [
        solve.Definition.SerializeToString(deterministic=True) for solve in fake.requests("Solve")
    ]


def imported_at_start() -> set[str]:
    """Return the modules that the interpreter imports for itself."""
    argv = [sys.executable, "-I", "-S", "-c", "import sys; print(*sys.modules)"]
    return set(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split())


def is_python_of_the_library(name: str) -> bool:
    """Return True for a module of the standard library that is written in Python."""
    if name.partition(".")[0] not in sys.stdlib_module_names or name in sys.builtin_module_names:
        return False
    spec = find_spec(name)
    return spec is not None and not isinstance(spec.loader, ExtensionFileLoader)


@pytest.mark.parametrize("section", ["", *SECTIONS])
def test_types_make_no_difference(without_types: Path, tmp_path: Path, section: str) -> None:
    modules, graphs = built(without_types, PLAIN + section, tmp_path / "build.py")

    assert "typing" not in modules
    assert graphs == built(PACKAGE.parent, PLAIN + section, tmp_path / "build.py")[1]


def test_a_plain_build_imports_little_python_of_the_standard_library(without_types: Path, tmp_path: Path) -> None:
    """Where the interpreter has a part of it in C, such as `posix` of `os`, that is imported instead."""
    modules, _ = built(without_types, PLAIN, tmp_path / "build.py")
    library = filter(is_python_of_the_library, modules - imported_at_start())

    assert {name.partition(".")[0] for name in library} <= LIBRARY
