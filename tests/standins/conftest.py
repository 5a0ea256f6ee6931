"""Fixtures for the tests of what the stand-in does to an image; those of its command line are in tests/unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.standins.image import SHELLS, Image
from tests.support.standins.usage import DEBIAN, require

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=SHELLS)
def image(request: pytest.FixtureRequest, tmp_path: Path) -> Image:
    """Return a Debian base, once for each shell."""
    shell: str = request.param
    require(shell)
    return Image.make(tmp_path / "root", DEBIAN, under=shell)
