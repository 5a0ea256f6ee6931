"""Lay out the root of the frontend image: one Python, the modules that the frontend can reach, nothing else.

    assemble.py SYSTEM SITE OUT

SYSTEM is the unpacked packages of the target platform's Python, SITE the folder with our code and its wheels for
that platform, OUT the new root. Modules are found by following the imports of the program, those inside
functions too; what a running frontend never needs is cut by name. Everything is compiled, no source is shipped.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from modulefinder import ModuleFinder
from pathlib import Path
from py_compile import PycInvalidationMode
from py_compile import compile as compile_module
from typing import TYPE_CHECKING, Any

import patches

if TYPE_CHECKING:
    from collections.abc import Iterator

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
LIBRARY = Path("usr/lib", PYTHON)
PROGRAM = Path(__file__).with_name("kairos-frontend.py")

# Reached by some import statement, but never by a frontend at work: other transports, archives, legacy, debugging.
EXCLUDED = (
    "_hashlib", "_pyrepl", "_uuid", "asyncio", "bz2", "concurrent", "ctypes", "distutils", "doctest", "email",
    "ftplib", "getpass", "gzip", "http", "importlib.metadata", "importlib.resources", "lzma", "mimetypes",
    "multiprocessing", "nturl2path", "optparse", "pdb", "pickletools", "pydantic.mypy", "pydantic.v1", "pydoc",
    "pydoc_data", "readline", "selectors", "setuptools", "shutil", "socket", "socketserver", "ssl", "subprocess",
    "tarfile", "tempfile", "test", "tkinter", "unittest", "urllib.request", "webbrowser", "xml", "zipfile",
)  # fmt: skip

# Looked up by name at run time, so that no import statement shows them.
BY_NAME = (
    "encodings.ascii", "encodings.idna", "encodings.latin_1", "encodings.utf_8", "encodings.utf_8_sig",
    "google.protobuf.text_format",
)  # fmt: skip


def main(system: Path, site: Path, out: Path) -> None:
    """Write the root into `out`."""
    make_packages(site)
    for library in (site, system / LIBRARY):
        name_extensions_plainly(library)
    patches.apply(patches.WHEELS, site)
    patches.apply(patches.STANDARD_LIBRARY, system / LIBRARY)
    search = [site, system / LIBRARY, system / LIBRARY / "lib-dynload"]
    for source in sorted(set(modules(search))):
        folder = next(path for path in search if source.is_relative_to(path))
        place(source, out / LIBRARY, source.relative_to(folder))
    place(PROGRAM, out, Path(PROGRAM.name))
    python = copy(system / "usr/bin" / PYTHON, out / "usr/bin" / PYTHON)
    for binary in (python, *(out / LIBRARY).rglob("*.so")):
        strip(binary)
        link_libraries(binary, system, out)
    loader = patchelf("--print-interpreter", python).strip().lstrip("/")
    copy(next(system.rglob(Path(loader).name)), out / loader)


class Finder(ModuleFinder):
    """ModuleFinder, which trips over namespace packages instead of not finding them."""

    def find_module(self, name: str, path: Any, parent: Any = None) -> Any:  # noqa: ANN401 - as declared there
        """Return what ModuleFinder finds; raise ImportError for a package without `__init__.py`."""
        try:
            return super().find_module(name, path, parent)
        except AttributeError as error:
            raise ImportError(name) from error


def make_packages(site: Path) -> None:
    """Give namespace packages of wheels an `__init__.py`: Finder would not enter them, and they import slowly."""
    for folder in {path.parent for kind in ("*.py", "*.so") for path in site.rglob(kind)}:
        for package in (folder, *folder.parents):
            if package.is_relative_to(site) and package != site:
                (package / "__init__.py").touch()


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
    found: dict[str, Any] = {**finder.modules}
    del found["__main__"]
    yield from (Path(module.__file__) for module in found.values() if module.__file__)


def place(source: Path, library: Path, name: Path) -> None:
    """Put a module of this name into a library: compiled, to where Python looks when there is no source."""
    target = library / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix != ".py":
        copy(source, target)
        return
    mode = PycInvalidationMode.UNCHECKED_HASH
    compile_module(
        str(source), str(target.with_suffix(".pyc")), dfile=str(name), doraise=True, optimize=2, invalidation_mode=mode
    )


def copy(source: Path, target: Path) -> Path:
    """Copy one file, links followed, and return where it went."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
    return target


def link_libraries(binary: Path, system: Path, out: Path) -> None:
    """Copy the shared libraries that a binary names, and those that they name."""
    for name in patchelf("--print-needed", binary).split():
        if name.startswith("ld-linux"):
            continue  # the loader itself, which is there already where binaries look for it
        if name.startswith("libstdc++"):
            # protobuf's extension names it but uses nothing of it: 0.9 MB of the image.
            patchelf("--remove-needed", name, binary)
            continue
        found = next((path for path in system.rglob(name) if path.is_file()), None)
        if found is None:
            sys.exit(f"{binary} needs {name}, which none of the unpacked packages has")
        target = out / found.relative_to(system)
        if not target.exists():
            link_libraries(copy(found, target), system, out)


def strip(binary: Path) -> None:
    """Drop what only a debugger reads, of any platform: PyYAML's wheel comes with it, 2.3 MB of the image."""
    subprocess.run(["eu-strip", binary], check=True)


def patchelf(*arguments: object) -> str:
    """Run patchelf, which reads and writes binaries of any platform."""
    return subprocess.run(["patchelf", *map(str, arguments)], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
