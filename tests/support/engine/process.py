"""Naming a process so that no other one is ever taken for it: PID, start time and boot."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import signal

BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Process:
    """A process as it can be written down: `started` is in clock ticks since the boot with the id `boot`."""

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """Return the process that has this PID now, None if it does not exist or has ended."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        ended = stat.rpartition(")")[2].split()[0] in "ZX"
        return None if ended else cls.parse(stat, BOOT.read_text())

    @classmethod
    def self(cls) -> Process:
        """Name the calling process."""
        return cls.parse(Path("/proc/self/stat").read_text(), BOOT.read_text())

    @classmethod
    def parse(cls, stat: str, boot: str) -> Process:
        """Name the process of a line of /proc/PID/stat; raises ValueError for another text."""
        pid, _, rest = stat.partition(" ")
        fields = rest.rpartition(")")[2].split()
        if len(fields) < 20:
            raise ValueError(f"not a line of /proc/PID/stat: {stat!r}")
        return cls(int(pid), int(fields[19]), boot.strip())

    def alive(self) -> bool:
        """Return whether it still runs."""
        return Process.of(self.pid) == self

    def send(self, number: signal.Signals) -> None:
        """Signal it, if it is still there."""
        if self.alive():
            os.kill(self.pid, number)
