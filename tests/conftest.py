"""Options of the test run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests import ROOT
from tests.support.engine import sandbox, sharing

if TYPE_CHECKING:
    from collections.abc import Iterable

E2E = ROOT / "tests" / "e2e"

# CI tries the same examples each time: what it finds must have come with the change. `make test-long` looks for more.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("default", deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    """Find commands where this interpreter is; let the workers of this run, if it has any, share their engines."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    os.environ["XDG_STATE_HOME"] = str(ROOT / ".cache" / "state")  # builds of tests are not those of a person
    settings.load_profile("ci" if os.environ.get("CI") else "default")
    if config.getoption("numprocesses", None):
        sharing.offer()


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Try a failed test on a real engine once more: under load it misses a deadline now and then. No other test."""
    for item in items:
        if item.path.is_relative_to(E2E):
            item.add_marker(pytest.mark.flaky(reruns=1))


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
