"""The packages of Python that the image of the command takes, fetched once by this machine's pip."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

from tests import ROOT
from tests.support.engine.cache import cache_dir
from tests.support.wheels import pip

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = "3.13"  # Debian's
SOURCE = "www-authenticate"  # pure Python that is published as source alone
REQUIREMENTS = ROOT / "requirements"


def command_packages() -> Path:
    """Return a folder with the packages of requirements/, checked by their hashes."""
    files = sorted(REQUIREMENTS.iterdir())
    content = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    folder = cache_dir() / f"cli-packages-{content[:16]}"
    if folder.exists():
        return folder
    result = folder.with_suffix(".part")
    shutil.rmtree(result, ignore_errors=True)
    result.mkdir(parents=True)
    words = ["--python-version", PYTHON, "--implementation", "cp"]
    words += [word for kind in ("manylinux_2_28", "manylinux2014") for word in ("--platform", f"{kind}_x86_64")]
    for path in files:
        rest, source = _split(path.read_text())
        _download(result, rest, "--only-binary=:all:", *words)
        if source:
            _download(result, source, "--no-binary=:all:")
    result.rename(folder)
    return folder


def _split(text: str) -> tuple[str, str]:
    """Return the requirements that are wheels, and the one that is not."""
    entries = text.replace("\\\n", "").splitlines()
    source = [entry for entry in entries if entry.startswith(SOURCE)]
    return "\n".join(entry for entry in entries if entry not in source), "\n".join(source)


def _download(folder: Path, requirements: str, *words: str) -> None:
    listed = folder / "requirements.txt"
    listed.write_text(requirements)
    pip(
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
        "--dest",
        str(folder),
        "-r",
        str(listed),
        *words,
    )
    listed.unlink()
