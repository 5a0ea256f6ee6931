"""The package as a whole: its exports, its import cost, and its independence from Kairos and the gateway."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from kairosfile import llb

SOURCES = sorted(Path(llb.__file__).parent.glob("*.py"))
HEAVY = {"asyncio", "dataclasses", "inspect", "ipaddress", "json", "logging", "pydantic", "urllib.parse", "yaml"}


def test_the_public_names_are_sorted_and_there() -> None:
    assert llb.__all__ == sorted(llb.__all__)
    assert all(hasattr(llb, name) for name in llb.__all__)


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys; old = set(sys.modules); import kairosfile.llb; print(*{*sys.modules} - old)"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    loaded = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    assert set(loaded.stdout.split()) & HEAVY == set()


def test_llb_names_no_kairos_no_gateway_and_no_frontend() -> None:
    own = "interpreter|json_text|llb|named_tuple|oci|paths|patterns|pb"
    words = re.compile(rf"kairos(?!file\.({own}))|gateway|frontend\b(?!\")", re.IGNORECASE)

    assert {path.name: words.findall(path.read_text()) for path in SOURCES if words.search(path.read_text())} == {}
