"""Fixtures of the web tests: a server with one project, and an HTTP client of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.web_client import Client, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    with serving(tmp_path, monkeypatch) as server:
        yield server
