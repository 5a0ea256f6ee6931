"""Timing of a build's phases, to profile the frontend.

Marks are always set, they cost next to nothing. `--build-arg KAIROSFILE_TRACE=1` has them written to stderr, which
is the daemon's log, as one line of JSON: milliseconds from the first mark on, and the peak memory of the process.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

BUILD_ARG = "KAIROSFILE_TRACE"
PREFIX = "kairosfile-trace "

_marks: list[tuple[str, float]] = []
_enabled: list[bool] = []


def enable(build_args: Mapping[str, str]) -> None:
    """Write the marks at the end, if the build args request it."""
    if build_args.get(BUILD_ARG):
        _enabled.append(True)


def mark(name: str) -> None:
    """Note that a phase has ended now; the first mark is the start."""
    _marks.append((name, time.perf_counter()))


def write() -> None:
    """Write all marks, the end among them, and the peak of the resident memory in MB; nothing unless enabled."""
    if not _enabled:
        return
    mark("done")
    from kairosfile.json_text import to_json  # noqa: PLC0415 - the first mark comes before it

    started = _marks[0][1]
    phases = {name: round((when - started) * 1000, 1) for name, when in _marks[1:]}
    sys.stderr.write(PREFIX + to_json({"ms": phases, "peak_mb": round(_peak() / 1024, 1)}) + "\n")


def _peak() -> int:
    """Return the peak of the resident memory in KiB; getrusage would return that of the parent process."""
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - pathlib is not imported here
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
