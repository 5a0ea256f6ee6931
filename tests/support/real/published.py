"""The image of a program of Kairos: the one that was given, or the newest that is published."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from kairosfile.kairos.releases import Release, ReleasedTool, release_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.engine import Engine


@dataclass(frozen=True)
class Published:
    """An image, and the release whose command line its program takes."""

    image: str
    release: Release

    def unpack(self, engine: Engine, to: Path) -> Path:
        """Lay the image's root into an empty folder; return it."""
        (to / "Dockerfile").write_text(f"FROM {self.image}\n")
        root = to / "root"
        done = engine.run(["docker", "buildx", "build", "-o", str(root), str(to)], timeout=600)
        assert done.returncode == 0, done.stderr
        return root


def published(engine: Engine, stdin: str | None, tool: ReleasedTool) -> Published:
    """Return the image of a program; skip with the registry's message if it cannot be pulled."""
    image = stdin or f"{tool.image}:{tool.newest}"
    inspection = engine.run(["docker", "buildx", "imagetools", "inspect", image], timeout=120)
    if inspection.returncode:
        pytest.skip(f"{image} cannot be had, and no other was given: {inspection.stderr.strip()}")
    return Published(image, release_of(image, tool))


def program(root: Path, path: str, to: Path) -> Path:
    """Copy a program into an otherwise empty root, without input for it; return that root."""
    target = to / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(root / path.lstrip("/"), target)
    return to
