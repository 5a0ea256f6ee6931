"""The time from the start of a program to its end, wherever it runs on this machine: in a container of an engine too.

The kernel records each program that starts and each process that ends (tracefs, events `sched_process_exec` and
`sched_process_exit`). An instance of its tracer keeps the records apart from those of others. Needs root.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENTS = ("sched_process_exec", "sched_process_exit")
_RECORD = re.compile(
    r"(?P<seconds>[0-9]+\.[0-9]+): sched_process_\w+: (?:filename=(?P<program>\S+) )?.*?\bpid=(?P<pid>[0-9]+)"
)


class Lifetimes:
    """Records programs between `with` and its end; raises CalledProcessError where the kernel has no tracer."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="tracefs-")
        subprocess.run(["mount", "-t", "tracefs", "tracefs", self._folder.name], check=True)
        self._instance = Path(self._folder.name, "instances", "kairosfile-benchmark")
        self._instance.mkdir()
        self._switch("1")
        return self

    def __exit__(self, *_: object) -> None:
        self._switch("0")
        self._instance.rmdir()
        subprocess.run(["umount", self._folder.name], check=True)
        self._folder.cleanup()

    def _switch(self, value: str) -> None:
        for event in EVENTS:
            (self._instance / "events" / "sched" / event / "enable").write_text(value)

    def of(self, program: str) -> list[float]:
        """Return the milliseconds from start to end of each process that ran a program, in the order of their ends.

        Args:
            program: Its path as it was started, in its container.
        """
        return list(lifetimes((self._instance / "trace").read_text(), program))


def lifetimes(trace: str, program: str) -> Iterator[float]:
    """Yield the milliseconds of each process that ran a program, from a trace of the kernel."""
    starts: dict[str, float] = {}
    for match in _RECORD.finditer(trace):
        seconds = float(match["seconds"])
        if match["program"] == program:
            starts[match["pid"]] = seconds
        elif match["program"]:
            starts.pop(match["pid"], None)
        elif start := starts.pop(match["pid"], None):
            yield (seconds - start) * 1000
