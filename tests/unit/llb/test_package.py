"""The package as a whole: its exports, its import cost, and its independence from Kairos and the gateway."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kairosfile import llb

SOURCES = sorted(Path(llb.__file__).parent.glob("*.py"))
HEAVY = {"asyncio", "dataclasses", "inspect", "ipaddress", "json", "logging", "pydantic", "urllib.parse", "yaml"}


def test_the_public_names_are_sorted_and_there() -> None:
    assert llb.__all__ == sorted(llb.__all__)
    assert all(hasattr(llb, name) for name in llb.__all__)


def test_importing_it_loads_nothing_heavy() -> None:
    assert loaded_by("import kairosfile.llb") & HEAVY == set()


def test_what_few_graphs_have_is_imported_at_its_first_use() -> None:
    rare = {
        f"kairosfile.llb.{name}"
        for name in ("credentials", "difference", "file_actions", "imported", "options", "remote")
    }

    assert loaded_by("import kairosfile.llb") & rare == set()
    assert loaded_by("from kairosfile.llb import Host") & rare == {"kairosfile.llb.options"}


def test_it_has_no_other_name() -> None:
    with pytest.raises(AttributeError, match=r"module kairosfile\.llb has no attribute touch"):
        llb.touch  # type: ignore[attr-defined] # noqa: B018


def loaded_by(statement: str) -> set[str]:
    """Return the modules that a statement imports in a fresh interpreter."""
    code = f"import sys; old = set(sys.modules); {statement}; print(*{{*sys.modules}} - old)"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    loaded = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return set(loaded.stdout.split())


def test_llb_names_no_kairos_no_gateway_and_no_frontend() -> None:
    own = "interpreter|json_text|llb|named_tuple|oci|paths|patterns|pb"
    words = re.compile(rf"kairos(?!file\.({own}))|gateway|frontend\b(?!\")", re.IGNORECASE)

    assert {path.name: words.findall(path.read_text()) for path in SOURCES if words.search(path.read_text())} == {}
