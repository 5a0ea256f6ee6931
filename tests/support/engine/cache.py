"""The cache directory; it gets an artefact whole or not at all.

An artefact is a directory whose name has a hash of the recipe that made it: a changed recipe
makes a new one, an interrupted run leaves only a `.tmp` directory that the next run removes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RUN_PREFIX = "kairosfile-"
PROJECT = ROOT


def cache_dir() -> Path:
    """Return the directory that outlives a run: KAIROSFILE_ENGINE_CACHE, or .cache/engine of the project."""
    chosen = os.environ.get("KAIROSFILE_ENGINE_CACHE")
    return Path(chosen).resolve() if chosen else PROJECT / ".cache" / "engine"


def run_dir() -> Path:
    """Return the directory of runtime files; its path is short, as socket paths must be."""
    return Path("/run") / f"{RUN_PREFIX}{short_hash(str(cache_dir()))}"


def short_hash(text: str) -> str:
    """Return a checksum of a text: twelve hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an advisory lock that dies with its holder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def get_or_make(name: str, recipe: str, make: Callable[[Path], None]) -> Path:
    """Return the artefact `name` of this recipe, made by `make` in an empty directory if not there."""
    target = cache_dir() / f"{name}-{short_hash(recipe)}"
    if target.exists():
        return target
    with locked(cache_dir() / f"{name}.lock"):
        if not target.exists():
            unfinished = cache_dir() / f"{name}.tmp"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            print(f"engine: making {name}, once", file=sys.stderr)
            make(unfinished)
            unfinished.rename(target)
            _forget_others(target, name)
    return target


def _forget_others(target: Path, name: str) -> None:
    """Remove the artefacts of older recipes, unless a running process may use them."""
    if not any(run_dir().glob("*.json")):
        for other in cache_dir().glob(f"{name}-*"):
            if other != target:
                shutil.rmtree(other, ignore_errors=True)
