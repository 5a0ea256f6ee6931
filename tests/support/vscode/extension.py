"""The extension as vsce packages it, from a copy of its sources."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests import ROOT
from tests.support import npm

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = ROOT / "editors" / "vscode"


def copied(folder: Path) -> Path:
    """Return a copy of the extension in a folder, with the packages that it is made with."""
    copy = folder / "extension"
    shutil.copytree(SOURCES, copy, ignore=shutil.ignore_patterns("node_modules", "dist", "build"))
    shutil.copy(ROOT / "LICENSE", copy)
    (copy / "node_modules").symlink_to(npm.installed(copy / "package.json"))
    return copy


def package(folder: Path) -> Path:
    """Return the `.vsix` of such a copy."""
    copy = copied(folder)
    npm.run(["npm", "run", "package"], copy)
    (archive,) = copy.glob("*.vsix")
    return archive
