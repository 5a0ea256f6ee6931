"""Add what the page "Try it" loads to the site: its scripts, our code, and Pyodide.

    python docs/site/playground.py FOLDER      fetches Pyodide from npm into FOLDER

A build of the site takes it from the folder that KAIROSFILE_PYODIDE names. Without it the site is whole but for that
page, which says so; the site of a release has none, because it is read from a disk, where browsers start no worker.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from mkdocs.structure.files import File

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).parents[2]
OURS = Path(__file__).with_name("try_it")
PACKAGE = ROOT / "frontend" / "kairosfile"
PLACE = "assets/playground"
PYODIDE = "pyodide@314.0.7"
RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
LOCK = "pyodide-lock.json"
# Only builds need these.
_BUILDS = ("build.py", "frontend.py", "gateway", "subrequests.py", "trace.py")
# Of the command, what needs none of its libraries.
_COMMAND = ("__init__.py", "file_checks.py", "syntax_line.py", "step_text.py", "drawing")
_OLDEST = (1980, 1, 1, 0, 0, 0)


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """MkDocs asks for the files of the site."""
    for name in ("page.js", "worker.js"):
        files.append(File.generated(config, f"{PLACE}/{name}", abs_src_path=str(OURS / name)))
    files.append(File.generated(config, f"{PLACE}/kairosfile.zip", content=code()))
    if fetched := os.environ.get("KAIROSFILE_PYODIDE"):
        for path in sorted(Path(fetched).glob("*")):
            files.append(File.generated(config, f"{PLACE}/pyodide/{path.name}", abs_src_path=str(path)))
    return files


def code() -> bytes:
    """Return our code and PyYAML as an archive; equal code gives equal bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path in sorted(_modules()):
            archive.writestr(zipfile.ZipInfo(name, _OLDEST), path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return packed.getvalue()


def _modules() -> Iterator[tuple[str, Path]]:
    """Yield the modules with their names in the archive."""
    yield "answers.py", OURS / "answers.py"
    for path in PACKAGE.rglob("*.py"):
        inside = path.relative_to(PACKAGE)
        of_language = inside.parts[0] not in ("cli", *_BUILDS)
        if of_language or (inside.parts[0] == "cli" and inside.parts[1] in _COMMAND):
            yield f"kairosfile/{inside}", path
    yield from ((f"yaml/{path.name}", path) for path in Path(yaml.__file__).parent.glob("*.py"))


def fetch(folder: Path) -> None:
    """Write Pyodide's runtime into a folder, once; raises OSError and CalledProcessError."""
    if (folder / LOCK).exists():
        return
    with tempfile.TemporaryDirectory() as temporary:
        command = ["npm", "pack", "--silent", "--prefer-offline", PYODIDE]
        subprocess.run(command, cwd=temporary, stdout=subprocess.DEVNULL, check=True)
        (archive,) = Path(temporary).glob("*.tgz")
        subprocess.run(["tar", "-xzf", archive], cwd=temporary, check=True)  # tarfile has no filter in Python 3.11.2
        _copy(Path(temporary, "package"), folder)


def _copy(package: Path, folder: Path) -> None:
    """Copy the files that are needed; the list of packages comes last and is empty: nothing has to be loaded."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in RUNTIME:
        shutil.copy(package / name, folder)
    lock = json.loads((package / LOCK).read_text())
    (folder / LOCK).write_text(json.dumps(lock | {"packages": {}}))


def main(folder: Path) -> None:
    """Fetch the runtime; without npm the site is built without it."""
    try:
        fetch(folder)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f'the page "Try it" gets no Python: npm pack {PYODIDE}: {error}\n')


if __name__ == "__main__":
    main(Path(sys.argv[1]))
