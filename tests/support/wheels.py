"""The packages that the command and its extra `web` need, as wheels in a folder: fetched once by this machine's pip."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

from tests import ROOT
from tests.support.engine.cache import cache_dir

if TYPE_CHECKING:
    from pathlib import Path

NO_WHEEL = ("www-authenticate",)  # pure Python that is published as source alone
CONSTRAINED = ("-c", str(ROOT / "constraints.txt"), "--quiet", "--disable-pip-version-check")


def fetched(python: str) -> Path:
    """Return the folder with the wheels for a version of Python on Linux, such as 3.13."""
    content = (ROOT / "pyproject.toml").read_bytes() + (ROOT / "constraints.txt").read_bytes() + python.encode()
    folder = cache_dir() / f"cli-wheels-{hashlib.sha256(content).hexdigest()[:16]}"
    if folder.exists():
        return folder
    result = folder.with_suffix(".part")
    shutil.rmtree(result, ignore_errors=True)
    pip("wheel", "--no-deps", "--wheel-dir", str(result), *CONSTRAINED, *NO_WHEEL)
    words = ["download", "--dest", str(result), "--find-links", str(result), *CONSTRAINED, "--only-binary=:all:"]
    words += ["--python-version", python, "--implementation", "cp"]
    words += [word for kind in ("manylinux_2_28", "manylinux2014") for word in ("--platform", f"{kind}_x86_64")]
    pip(*words, *_requirements(), "hatchling")
    result.rename(folder)
    return folder


def pip(*words: str, python: str = sys.executable) -> None:
    """Run pip, which fails the test where it fails."""
    done = subprocess.run([python, "-m", "pip", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _requirements() -> list[str]:
    """Return the requirements of the command and its extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["web"]]
