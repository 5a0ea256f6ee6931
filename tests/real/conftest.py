"""Only what is asked for is tried: `pytest -m real`, or `make real`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.real import kairos_init
from tests.real.go import Unavailable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def kairos_init_root() -> Path:
    """A directory in which the real kairos-init is at its path."""
    try:
        return kairos_init.root()
    except Unavailable as reason:
        pytest.skip(str(reason))
