"""The frozen capabilities of old daemons."""

from __future__ import annotations

import json
from pathlib import Path

from kairosfile.gateway import assumed

_WIRE = Path(__file__).parents[1] / "golden" / "wire.json"


def test_assumed_capabilities_are_those_of_the_reference_client() -> None:
    reference = json.loads(_WIRE.read_text())["capabilities"]["assumed_when_pong_lists_are_empty"]

    assert frozenset(reference["frontend"]) == assumed.FRONTEND
    assert frozenset(reference["llb"]) == assumed.LLB
