"""One set of engines for several processes of one test run, such as the workers of pytest-xdist.

The process that starts the others offers to own what they start; it is theirs together, and ends with it.
"""

from __future__ import annotations

import os

from .process import Process

VARIABLE = "KAIROSFILE_ENGINES_OWNER"


def offer() -> None:
    """Own, from now on, the engines of usual names that the children of this process start."""
    os.environ[VARIABLE] = str(os.getpid())


def owner() -> Process | None:
    """Return the process that owns the shared engines, None without one or if it has ended."""
    pid = os.environ.get(VARIABLE)
    return Process.of(int(pid)) if pid else None
