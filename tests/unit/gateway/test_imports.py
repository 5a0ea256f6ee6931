"""The modules that the gateway imports: each adds to the start time of every build."""

from __future__ import annotations

import subprocess
import sys

_MODULES = "from kairosfile.gateway import result, run; from kairosfile.gateway.contexts import entry, main, named"

# Each takes between 3 and 70 ms or belongs to another package; logging and dataclasses come with h2.
_HEAVY = {
    "argparse",
    "asyncio",
    "concurrent",
    "csv",
    "email",
    "grpc",
    "grpc_tools",
    "http",
    "importlib.metadata",
    "ipaddress",
    "pathlib",
    "pydantic",
    "selectors",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "unittest",
    "urllib",
    "uuid",
    "yaml",
    "zipfile",
}


def _imported(statement: str) -> set[str]:
    code = f"import sys; sys.path[:] = {sys.path!r}; {statement}; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    return set(shown.stdout.split())


def test_gateway_imports_no_heavy_module() -> None:
    assert _imported(_MODULES) & _HEAVY == set()


def test_taking_the_pipes_imports_nothing_but_os() -> None:
    before = _imported("import os")

    assert _imported("from kairosfile.gateway import stdio") - before == {
        "__future__",
        "kairosfile",
        "kairosfile.gateway",
        "kairosfile.gateway.stdio",
    }


def test_gateway_knows_nothing_of_the_packages_above() -> None:
    imported = _imported(f"{_MODULES}; from kairosfile.gateway import status")
    packages = {name.split(".")[1] for name in imported if name.startswith("kairosfile.")}

    assert packages == {
        *("compiled_patterns", "gateway", "interpreter", "json_text", "llb", "named_tuple", "oci", "paths", "patterns"),
        *("pb", "untrusted"),
    }
