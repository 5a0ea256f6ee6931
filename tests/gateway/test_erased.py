"""The modules of the image, without types and with compiled expressions, build the same results as the typed ones."""

from __future__ import annotations

import marshal
import subprocess
import sys
from importlib.machinery import ExtensionFileLoader
from importlib.util import MAGIC_NUMBER, find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from erase import compile_without_types
from groups import STAGES, imported, imports
from pack import module_name

from tests import ROOT
from tests.gateway.test_start import IMAGES, PLAIN, PROGRAM, SECTIONS
from tests.support.gateway.fake_bridge import FakeBridge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import CodeType

PACKAGE = ROOT / "frontend" / "kairosfile"
ELSEWHERE = {"cli", "dockerfile"}  # only the command uses it
EXPRESSIONS = f"import sys; sys.path[:] = {sys.path!r}; import expressions; print(expressions.module_of(sys.argv[1:]))"
# Steps that many files have, as the last of PLAIN.
STEPS = (
    "    - packages: [vim, htop=3.0]\n",
    "    - systemd: {enable: [a.service]}\n",
    "    - file: /etc/a\n      content: a\n",
    "    - run: apt-get update && apt-get install -y vim\n",  # with a warning
    f"    - fetch: https://example.com/a\n      sha256: {'0' * 64}\n      to: /a\n",
)


@pytest.fixture(scope="module")
def code() -> dict[Path, CodeType]:
    """The code of the modules of the image."""
    sources = [path for path in PACKAGE.rglob("*.py") if not ELSEWHERE & set(path.relative_to(PACKAGE).parts)]
    content = {path.relative_to(PACKAGE.parent): path.read_bytes() for path in sources}
    names = [module_name(path) for path in content if path.name not in {"__init__.py", "__main__.py"}]
    done = subprocess.run([sys.executable, "-c", EXPRESSIONS, *names], capture_output=True, check=True)
    content[Path("kairosfile/compiled_patterns.py")] = done.stdout
    return {name: compile_without_types(source, str(name)) for name, source in content.items()}


@pytest.fixture(scope="module")
def as_in_image(code: Mapping[Path, CodeType], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("image")
    for name, module in code.items():
        target = (folder / name).with_suffix(".pyc")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8) + marshal.dumps(module))
    return folder


def built(package: Path, text: str, program: Path) -> tuple[set[str], list[bytes]]:
    """Return the modules that a build imports, and the graphs that it solves."""
    paths = [str(package), str(Path(yaml.__file__).parents[1])]
    program.write_text(f"import sys; sys.path += {paths}\n{PROGRAM}")
    with FakeBridge(files={"dockerfile": {"Kairosfile": text.encode()}}, images=IMAGES) as fake:
        run = fake.run([sys.executable, "-I", "-S", str(program)], options={"filename": "Kairosfile"})
    assert run.error is None
    graphs = (solve.Definition.SerializeToString(deterministic=True) for solve in fake.requests("Solve"))
    return set(run.stderr.split()), sorted(graphs)


def imported_at_start() -> set[str]:
    """Return the modules that the interpreter imports for itself."""
    argv = [sys.executable, "-I", "-S", "-c", "import sys; print(*sys.modules)"]
    return set(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split())


def python_of_the_library(modules: Iterable[str]) -> set[str]:
    """Return the modules of the standard library that are written in Python and that a start does not import."""
    names = {name for name in modules if name.partition(".")[0] in sys.stdlib_module_names}
    specs = filter(None, map(find_spec, names - imported_at_start() - {*sys.builtin_module_names}))
    return {spec.name for spec in specs if not isinstance(spec.loader, ExtensionFileLoader)}


@pytest.mark.parametrize("section", ["", *SECTIONS, *STEPS])
def test_they_build_the_same_and_import_no_python_of_the_standard_library(
    as_in_image: Path, tmp_path: Path, section: str
) -> None:
    """Where the interpreter has a part of it in C, such as `posix` of `os`, that is imported instead."""
    modules, graphs = built(as_in_image, PLAIN + section, tmp_path / "build.py")
    needed = {"hashlib"} if sys.version_info < (3, 12) else set()  # Python 3.11 has no `_sha2`

    assert {name.partition(".")[0] for name in python_of_the_library(modules)} <= needed
    assert graphs == built(PACKAGE.parent, PLAIN + section, tmp_path / "build.py")[1]


def test_no_import_statement_of_its_modules_names_any(code: Mapping[Path, CodeType]) -> None:
    """The image imports what a statement names before the module runs, also in a branch that does not run."""
    modules = {module_name(path): module for path, module in code.items()}
    needed = {name for stage in STAGES for name in imported(stage, modules)}
    named = {name.partition(".")[0] for module in needed for name in imports(module, modules)}

    assert python_of_the_library(named) == set()
