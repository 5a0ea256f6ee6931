"""The errors of the setup commands and of all programs in tests/support on a machine that cannot run them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests import ROOT
from tests.support import images
from tests.support.engine import EngineUnavailable

if TYPE_CHECKING:
    from pathlib import Path

ENTRIES = {
    "demo": ["tests.support.demo"],
    "engine": ["tests.support.engine", "run", "--", "true"],
    "benchmark": ["tests.support.benchmarks.rebuild"],
}


@pytest.mark.parametrize("name", ENTRIES)
def test_missing_tools_are_reported_in_one_message(name: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": str(tmp_path), "KAIROSFILE_ENGINE_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", *ENTRIES[name]]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 69, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stderr.startswith(f"{name}: ")


def test_an_image_that_cannot_be_built_is_an_expected_failure_with_the_end_of_its_output() -> None:
    class Engine:
        """An engine whose builds all fail, as without the certificate of a proxy."""

        def buildx(self) -> list[str]:
            return ["docker", "buildx"]

        def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
            lines = "".join(f"line {number}\n" for number in range(100))
            return subprocess.CompletedProcess(command, 1, "", f"{lines}CERTIFICATE_VERIFY_FAILED\n")

    engine: Any = Engine()
    with pytest.raises(EngineUnavailable, match="certificate is not trusted") as caught:
        images.push_stand_in(engine, "v0.17.3")
    assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value)
    assert "line 3\n" not in str(caught.value)
