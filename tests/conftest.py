"""Options of the test run."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests import ROOT
from tests.support.engine import sandbox, sharing

E2E = ROOT / "tests" / "e2e"
PROGRAMS = ROOT / "tests" / "unit" / "project"

# CI tries the same examples each time: what it finds must have come with the change. `make test-long` looks for more.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("default", deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    """Find commands where this interpreter is; let the workers of this run, if it has any, share their engines."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    os.environ["XDG_STATE_HOME"] = str(ROOT / ".cache" / "state")  # builds of tests are not those of a person
    # A shell that starts the tests in the background has them ignore Ctrl-C, and every program that they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    settings.load_profile("ci" if os.environ.get("CI") else "default")
    if config.getoption("numprocesses", None):
        sharing.offer()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests in the order of a run, and try a failed one on a real engine once more, no other.

    Under load a test on an engine misses a deadline now and then.
    """
    engines = [item for item in items if item.path.is_relative_to(E2E)]
    for item in engines:
        item.add_marker(pytest.mark.flaky(reruns=1))
    first = engines[0].path if engines else None
    items.sort(key=lambda item: _place(item.path, first))


def _place(path: Path, first: Path | None) -> int:
    """Return the place of a file in the run: long files come before short ones, so that all workers end together.

    The tests of one file, `first`, start the engines; meanwhile other workers run files that need none.
    """
    if path == first:
        return 0
    if path.is_relative_to(PROGRAMS):
        return 1
    return 2 if path.is_relative_to(E2E) else 3


def pytest_unconfigure() -> None:
    """Stop what the workers of this run have shared."""
    sandbox.end_own()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="append", default=[], metavar="PATH", help="more vectors like llb.json")
    parser.addoption("--conformance", action="append", default=[], metavar="DIR", help="more conformance cases")
    parser.addoption("--kairos-init", metavar="IMAGE", help="a real kairos-init instead of the stand-ins")
    parser.addoption("--auroraboot", metavar="IMAGE", help="the AuroraBoot that `-m real` tries")
    engines = ("sid", "trixie", "host")
    parser.addoption("--engine", action="append", choices=engines, help="engines to test on; sid and trixie if none")
    parser.addoption("--dockerfile-frontend", metavar="IMAGE", help="a Dockerfile frontend of 1.20 or newer")
    parser.addoption("--base", metavar="IMAGE", help="a base image instead of the tiny one")
