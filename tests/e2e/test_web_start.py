"""`kairosfile web` on a fresh machine: installed with its extra, and used in a browser without a network."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests import ROOT
from tests.support.browser.program import program
from tests.support.browser.served import COMMAND
from tests.support.wheels import CONSTRAINED, fetched, pip

TEXT = "base: debian:13\nvarient: core\nversion: v1.0.0\n"
# The loopback of a new network is down, and all else is missing.
UNSHARED = ("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


@pytest.fixture(params=["here", pytest.param("fresh", marks=pytest.mark.long)])
def installed(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the program of this environment, and of one with `kairosfile[web]` only."""
    if request.param == "here":
        return Path(COMMAND)
    wheels = fetched(f"{sys.version_info.major}.{sys.version_info.minor}")
    files = ["--no-index", "--find-links", str(wheels), "--find-links", str(tmp_path)]
    pip("wheel", "--no-deps", "--wheel-dir", str(tmp_path), *files, *CONSTRAINED, str(ROOT))
    venv.create(tmp_path / "environment", with_pip=True)
    pip("install", *files, *CONSTRAINED, "kairosfile[web]", python=str(tmp_path / "environment" / "bin" / "python"))
    return tmp_path / "environment" / "bin" / "kairosfile"


def test_the_page_works_without_a_network(installed: Path, tmp_path: Path) -> None:
    program()  # the browser, which is made with the network
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "Kairosfile").write_text(TEXT)
    words = [*UNSHARED, sys.executable, "-m", "tests.support.browser.unshared", str(installed), str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-3000:]
    data = json.loads(done.stdout)
    assert data["network"] is False
    assert (data["heading"], data["title"]) == ("Builder", "Builder · kairosfile")
    assert (data["foreign"], data["failed"], data["faults"]) == ([], [], [])
    assert (tmp_path / "images" / "Kairosfile").read_text() == TEXT.replace("varient", "variant")
