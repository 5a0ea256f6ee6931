"""cosign of Debian's packages, which signs images and verifies signatures."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.support.engine import cache, provision

if TYPE_CHECKING:
    from pathlib import Path

SUITE = "trixie"  # cosign 2; that of sid is cosign 3, which takes a file in the place of --tlog-upload=false
OPTIONS = ["--variant=extract", "--include=cosign"]


def environment() -> dict[str, str]:
    """Return an environment with `cosign` on PATH, and without a password for its keys."""
    result = cache.get_or_make("cosign", repr(OPTIONS), _make)
    path = f"{result / 'root' / 'usr' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "COSIGN_PASSWORD": ""}


def _make(to: Path) -> None:
    provision.mmdebstrap(SUITE, to / "root", OPTIONS)
