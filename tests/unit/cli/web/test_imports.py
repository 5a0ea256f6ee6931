"""The modules that the server imports before the first request: each uses memory for as long as the server runs."""

from __future__ import annotations

import subprocess
import sys

LATER = ("lsprotocol", "pygls.lsp", "docker", "requests", "dxf", "schemathesis")


def test_the_server_starts_without_what_few_requests_need() -> None:
    code = "import sys, kairosfile.cli.web.serve; print('\\n'.join(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert "kairosfile.cli.web.app" in modules
    assert [name for name in LATER if name in modules] == []
