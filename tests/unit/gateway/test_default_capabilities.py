"""The default capabilities of old daemons."""

from __future__ import annotations

import json

from kairosfile.gateway import bridge
from tests import ROOT

_WIRE = ROOT / "tests" / "golden" / "wire.json"


def test_default_capabilities_are_those_of_the_reference_client() -> None:
    reference = json.loads(_WIRE.read_text())["capabilities"]["assumed_when_pong_lists_are_empty"]

    assert frozenset(reference["frontend"]) == bridge.DEFAULT_FRONTEND_CAPABILITIES
    assert frozenset(reference["llb"]) == bridge.DEFAULT_LLB_CAPABILITIES
