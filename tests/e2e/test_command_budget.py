"""What the command may cost before it answers: counts of instructions, which are the same on any machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.gateway.test_start import PLAIN
from tests.support.engine import machine

if TYPE_CHECKING:
    from pathlib import Path

# As multiples of the import time of the library that parses the arguments.
MOST_OF_CHECK = 1.6
MOST_OF_HELP = 1.3


class Counter:
    """Counts the instructions of programs in Python, whose modules are compiled already."""

    def __init__(self, cache: Path) -> None:
        machine.require_tool("valgrind", "valgrind")
        self._env = {**os.environ, "PYTHONPYCACHEPREFIX": str(cache)}
        self._env.pop("PYTHONDONTWRITEBYTECODE", None)

    def count(self, *arguments: str) -> int:
        """Return the instructions of a run that succeeds."""
        program = [sys.executable, *arguments]
        subprocess.run(program, env=self._env, check=True, capture_output=True)
        counting = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *program]
        done = subprocess.run(counting, env=self._env, check=True, capture_output=True, text=True)
        counted = re.search(r"Collected : (\d+)", done.stderr)
        assert counted, done.stderr
        return int(counted[1])


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Counter:
    return Counter(tmp_path_factory.mktemp("bytecode"))


@pytest.fixture(scope="module")
def library(counter: Counter) -> int:
    return counter.count("-c", "import typer")


def test_a_check_costs_little_more_than_reading_its_arguments(counter: Counter, library: int, tmp_path: Path) -> None:
    file = tmp_path / "Kairosfile"
    file.write_text(PLAIN)
    actual = counter.count("-m", "kairosfile", "check", str(file)) / library

    print(f"{actual:.2f} times {library:,} instructions")
    assert actual < MOST_OF_CHECK


def test_help_costs_hardly_more_than_reading_its_arguments(counter: Counter, library: int) -> None:
    actual = counter.count("-m", "kairosfile", "--help") / library

    print(f"{actual:.2f} times {library:,} instructions")
    assert actual < MOST_OF_HELP
