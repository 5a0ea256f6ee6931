"""Which jobs start when: first come, first served, a number of them at a time.

There is no state but the folders. Whoever calls `advance` starts what may start; the lock of each job sees to it that
nothing is built twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.cli.jobs import folder, process

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

    from kairosfile.cli.jobs.folder import Job

MOST_WAITING = 50
# What makes two waiting jobs one.
_SAME = ("file", "sha256", "target", "platforms", "options")


class QueueFullError(Exception):
    """More jobs wait than anybody wants to wait for."""


class Queue:
    """The jobs below a state folder that a server starts.

    Args:
        root: The state folder.
        parallel: How many may run at a time.
    """

    def __init__(self, root: Path, parallel: int = 1) -> None:
        self.root = root
        self.parallel = parallel
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def submit(self, request: Mapping[str, object], text: str, argv: list[str]) -> Job:
        """Return a job that waits for its turn; the one that waits already for the same build, where there is one.

        Raises:
            QueueFullError: Too many wait.
            OSError: The state folder cannot be written.
        """
        waiting = self.waiting()
        key = {name: request.get(name) for name in _SAME}
        for job in waiting:
            if {name: job.request.get(name) for name in _SAME} == key:
                return job
        if len(waiting) >= MOST_WAITING:
            raise QueueFullError(f"{MOST_WAITING} builds wait already; cancel some, or wait until one has ended")
        return folder.create(self.root, request, text, argv)

    def waiting(self) -> list[Job]:
        """Return the jobs that wait, the next one first."""
        return [job for job in reversed(self._jobs()) if job.id not in self._alive() and job.state() == "queued"]

    def advance(self) -> list[Job]:
        """Start what may start now; returns the jobs that were started."""
        waiting = self.waiting()
        if not waiting:
            return []
        alive = self._alive()
        running = alive | {job.id for job in self._jobs() if job.state() == "running"}
        started = waiting[: max(0, self.parallel - len(running))]
        for job in started:
            self._started[job.id] = process.start(job)
        return started

    def _alive(self) -> set[str]:
        """Return the jobs whose process was started here and has not ended."""
        self._started = {name: child for name, child in self._started.items() if child.poll() is None}
        return set(self._started)

    def _jobs(self) -> list[Job]:
        return [job for job in folder.all_jobs(self.root) if job.is_of_server]
