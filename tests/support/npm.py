"""Packages of npm that tests need, installed once for each list of them; their scripts are not run.

They are kept in the user's cache, which outlives a checkout.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from tests.support.engine.cache import locked, short_hash

_LISTS = ("dependencies", "devDependencies", "overrides")
_INSTALL = ["npm", "install", "--ignore-scripts", "--prefer-offline", "--no-package-lock", "--no-audit", "--no-fund"]


def is_here() -> bool:
    """Return whether this machine has npm."""
    return shutil.which("npm") is not None


def installed(package: Path) -> Path:
    """Return the folder node_modules of a package.json."""
    data = json.loads(package.read_text())
    text = json.dumps({"private": True, **{name: data[name] for name in _LISTS if name in data}}, sort_keys=True)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kairosfile-tests"
    folder = cache / f"npm-{data['name']}-{short_hash(text)}"
    with locked(cache / "npm.lock"):
        if not folder.exists():
            _install(text, folder)
    return folder / "node_modules"


def _install(text: str, folder: Path) -> None:
    """Install into a folder that is there afterwards only if all went well."""
    unfinished = folder.with_suffix(".tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    (unfinished / "package.json").write_text(text)
    run(_INSTALL, unfinished)
    unfinished.rename(folder)


def run(command: list[str], folder: Path) -> str:
    """Return the output of a program; raise AssertionError with it if the program fails."""
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout
