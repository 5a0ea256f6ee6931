"""Lay out the root of the frontend image: one Python, the modules that the frontend can reach, nothing else.

    assemble.py SYSTEM SITE OUT

SYSTEM is the unpacked packages of the target platform, Python and PyYAML, SITE the folder with our code, OUT the new
root. Modules are found by following the imports of the program, those inside functions too, and those that tables name;
what a running frontend never needs is cut by name. Everything is compiled, no source is shipped.
"""

from __future__ import annotations

import marshal
import re
import shutil
import subprocess
import sys
from importlib.machinery import FrozenImporter
from importlib.util import MAGIC_NUMBER, source_hash
from modulefinder import ModuleFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

import expressions
from erase import compile_without_types
from groups import PACKAGE, divide
from pack import module_name, pack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import CodeType

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
LIBRARY = Path("usr/lib", PYTHON)
PACKAGES = Path("usr/lib/python3/dist-packages")
STATUS = Path("var/lib/dpkg/status.d")
PROGRAM = Path(__file__).with_name("kairos-frontend.py")
PACKED = PROGRAM.with_name("packed.py")
UNCHECKED_HASH = (0b01).to_bytes(4, "little")

# Reached by some import statement, but never by a frontend at work: other transports, archives, legacy, debugging.
EXCLUDED = (
    "_compat_pickle", "_hashlib", "_pydatetime", "_pyrepl", "_strptime", "_threading_local", "_uuid", "argparse",
    "ast", "asyncio", "bz2", "calendar", "concurrent", "ctypes", "dataclasses", "dis", "distutils", "doctest",
    "email", "ftplib", "getopt", "getpass", "gettext", "gzip", "http", "importlib.metadata", "importlib.resources",
    "inspect", "locale", "logging", "lzma", "mimetypes", "multiprocessing", "nturl2path", "opcode", "optparse", "pdb",
    "pickle", "pickletools", "pprint", "pydoc", "pydoc_data", "readline", "selectors", "setuptools", "shutil",
    "socket", "socketserver", "ssl", "subprocess", "tarfile", "tempfile", "test", "threading", "tkinter",
    "tracemalloc", "unittest", "urllib.request", "webbrowser", "xml", "zipfile",
)  # fmt: skip

_NAMED = re.compile(r"Later\(\s*\"(kairosfile[\w.]+)\"")

# Looked up by name at run time, so that no import statement shows them.
BY_NAME = (
    "encodings.ascii", "encodings.idna", "encodings.latin_1", "encodings.utf_8", "encodings.utf_8_sig", "yaml._yaml",
)  # fmt: skip


def main(system: Path, site: Path, out: Path) -> None:
    """Write the root into `out`."""
    library = system / LIBRARY
    search = [site, system / PACKAGES, library, library / "lib-dynload"]
    for folder in search[1:3]:
        name_extensions_plainly(folder)
    code: dict[Path, CodeType] = {}
    for source in sorted(set(modules(search))):
        name = source.relative_to(next(path for path in search if source.is_relative_to(path)))
        if name.parts[0] == PACKAGE:
            code[name] = compile_without_types(source.read_bytes(), str(name))
        else:
            install(source, out / LIBRARY, name)
            if source.suffix == ".py" and library in source.parents and not is_built_in(module_name(name)):
                code[name] = compile_as_written(source.read_bytes(), str(name))
    code |= with_compiled_expressions(code, search)
    install(PACKED, out / LIBRARY, Path(PACKAGE, "__init__.py"))
    (out / LIBRARY / PACKAGE / "modules").write_bytes(pack(divide(code)))
    # Python looks for it, and says so at each start where it is missing.
    (out / LIBRARY / "lib-dynload").mkdir(exist_ok=True)
    install(PROGRAM, out, Path(PROGRAM.name))
    python = copy(system / "usr/bin" / PYTHON, out / "usr/bin" / PYTHON)
    for binary in (python, *(out / LIBRARY).rglob("*.so")):
        strip(binary)
        link_libraries(binary, system, out)
    loader = patchelf("--print-interpreter", python).strip().lstrip("/")
    copy(next(system.rglob(Path(loader).name)), out / loader)
    tell_packages(system, out)


class Finder(ModuleFinder):
    """ModuleFinder, which trips over namespace packages instead of not finding them."""

    def find_module(self, name: str, path: Any, parent: Any = None) -> Any:  # noqa: ANN401 - as declared there
        """Return what ModuleFinder finds; raise ImportError for a package without `__init__.py`."""
        try:
            return super().find_module(name, path, parent)
        except AttributeError as error:
            raise ImportError(name) from error


def name_extensions_plainly(library: Path) -> None:
    """Drop the platform from the names of extension modules: `x.cpython-313-aarch64-linux-gnu.so` becomes `x.so`.

    Every Python takes the plain name; Finder, which runs on the builder, would not find those of another platform.
    """
    for extension in list(library.rglob("*.cpython-*.so")):
        extension.rename(extension.with_name(f"{extension.name.partition('.')[0]}.so"))


def modules(search: list[Path]) -> Iterator[Path]:
    """Yield the files of all modules that the program can reach."""
    finder = Finder([str(path) for path in search], excludes=list(EXCLUDED))
    finder.run_script(str(PROGRAM))
    for name in BY_NAME:
        finder.import_hook(name)
    while named := named_modules(finder) - set(finder.modules):
        for name in named:
            finder.import_hook(name)
    reachable: dict[str, Any] = {**finder.modules}
    del reachable["__main__"]
    yield from (Path(module.__file__) for module in reachable.values() if module.__file__)


def named_modules(finder: ModuleFinder) -> set[str]:
    """Return the modules of ours that a table of ours names, to import them when a file needs them."""
    known: dict[str, Any] = finder.modules
    ours = [module.__file__ for name, module in known.items() if name.startswith("kairosfile") and module.__file__]
    return {name for path in ours for name in _NAMED.findall(Path(path).read_text())}


def with_compiled_expressions(code: Mapping[Path, CodeType], search: list[Path]) -> dict[Path, CodeType]:
    """Return the module with the regular expressions of ours in place of the one that has none."""
    sys.path[:0] = map(str, search[:2])
    source = expressions.module_of(name for path in code if (name := module_name(path)).startswith(f"{PACKAGE}."))
    path = Path(*expressions.MODULE.split(".")).with_suffix(".py")
    return {path: compile_without_types(source.encode(), str(path))}


def is_built_in(name: str) -> bool:
    """Return True for a module that the interpreter contains, such as `os`."""
    return FrozenImporter.find_spec(name) is not None


def install(source: Path, library: Path, name: Path) -> None:
    """Put a module of this name into a library: compiled, to where Python looks when there is no source."""
    target = library / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix != ".py":
        copy(source, target)
        return
    data = source.read_bytes()
    is_ours = source.parent == PROGRAM.parent
    code = (compile_without_types if is_ours else compile_as_written)(data, str(name))
    target.with_suffix(".pyc").write_bytes(unchecked(data, code))


def compile_as_written(source: bytes, name: str) -> CodeType:
    """Compile a module of others, without docstrings and assertions."""
    return compile(source, name, "exec", dont_inherit=True, optimize=2)


def unchecked(source: bytes, code: CodeType) -> bytes:
    """Return a `.pyc` that Python takes without a look for the source (PEP 552)."""
    return MAGIC_NUMBER + UNCHECKED_HASH + source_hash(source) + marshal.dumps(code)


def copy(source: Path, target: Path) -> Path:
    """Copy one file, links followed, and return where it went."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
    return target


def tell_packages(system: Path, out: Path) -> None:
    """Name the distribution and its packages where scanners look for them in an image without dpkg."""
    shutil.copytree(system / STATUS, out / STATUS)
    copy(Path("/etc/os-release"), out / "etc/os-release")


def link_libraries(binary: Path, system: Path, out: Path) -> None:
    """Copy the shared libraries that a binary names, and those that they name."""
    for name in patchelf("--print-needed", binary).split():
        if name.startswith("ld-linux"):
            continue  # the loader itself, which is there already where binaries look for it
        library = next((path for path in system.rglob(name) if path.is_file()), None)
        if library is None:
            sys.exit(f"{binary} needs {name}, which none of the unpacked packages has")
        target = out / library.relative_to(system)
        if not target.exists():
            link_libraries(copy(library, target), system, out)


def strip(binary: Path) -> None:
    """Drop what only a debugger reads, of any platform."""
    subprocess.run(["eu-strip", binary], check=True)


def patchelf(*arguments: object) -> str:
    """Run patchelf, which reads and writes binaries of any platform."""
    return subprocess.run(["patchelf", *map(str, arguments)], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
