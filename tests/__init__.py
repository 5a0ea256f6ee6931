"""Tests of kairosfile; what they share is in tests/support."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
