"""The `kairosfile-llb` distribution works without the CLI and without third-party packages."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
from typing import TYPE_CHECKING

import pytest

from kairosfile import __version__
from tests import ROOT

if TYPE_CHECKING:
    from tests.support.gateway.fake_bridge import FakeBridge

FOLDER = ROOT / "frontend" / "kairosfile-llb"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a Python that has only the wheel installed."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=FOLDER,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    assert wheel.name == f"kairosfile_llb-{__version__}-py3-none-any.whl"
    venv.create(folder / "home")
    bare = str(folder / "home" / "bin" / "python")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", bare, "install", "-q", "--no-index", str(wheel)], check=True
    )
    return bare


def test_the_library_is_installed_without_the_command(python: str) -> None:
    listed = "import importlib.metadata as m; print(*sorted(d.name for d in m.distributions()))"
    done = subprocess.run([python, "-I", "-c", listed], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["kairosfile-llb"]


def test_every_module_of_the_library_can_be_imported(python: str) -> None:
    walked = (
        "import kairosfile, pkgutil, importlib\n"
        "for module in pkgutil.walk_packages(kairosfile.__path__, 'kairosfile.'):\n"
        "    print(importlib.import_module(module.name).__name__)"
    )
    done = subprocess.run([python, "-I", "-c", walked], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert {"kairosfile.llb.marshal", "kairosfile.gateway.contexts.main"} <= set(done.stdout.split())
    assert not re.search(r"\.(cli|language|plan|sections)\b", done.stdout)


def test_the_graph_of_the_page_is_the_same_graph(python: str) -> None:
    page = (ROOT / "examples" / "llb" / "README.md").read_text()
    done = subprocess.run(
        [python, "-I", str(ROOT / "examples" / "llb" / "graph.py")], capture_output=True, text=True, check=True
    )

    assert done.stdout.count("sha256:") == 4
    assert done.stdout in page


def test_a_frontend_runs_on_it(python: str, fake: FakeBridge) -> None:
    options = {"filename": "Kairosfile", "platform": "linux/amd64,linux/arm64"}
    run = fake.run(
        [python, "-m", "tests.support.gateway.frontends", "succeed"], options=options, env={"PYTHONPATH": str(ROOT)}
    )

    assert (run.exit_status, run.error, run.stderr) == (0, None, "")
    assert run.result
    assert sorted(run.result.refs.refs) == ["linux/amd64", "linux/arm64"]
