"""The queue of jobs: first come, first served, with a limit on running jobs.

The folders are the only state. Every caller of `advance` starts the jobs that may start; the lock of each job prevents
a second build of it.
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
# The request fields that two queued jobs must share to be merged.
_SAME = ("file", "sha256", "target", "platforms", "builder", "options")


class QueueFullError(Exception):
    """Too many jobs are queued."""


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

    def submit(
        self, request: Mapping[str, object], text: str, argv: list[str], files: Mapping[str, object] | None = None
    ) -> Job:
        """Queue a job and return it; if one for the same build is queued already, return that one.

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
            raise QueueFullError(
                f"the queue is full: {MOST_WAITING} builds are waiting; cancel some, or wait until one has ended"
            )
        return folder.create(self.root, request, text, argv, files)

    def waiting(self) -> list[Job]:
        """Return the queued jobs, the next one first."""
        alive = self.processes()
        return [job for job in reversed(self._jobs()) if job.id not in alive and job.state() == "queued"]

    def advance(self) -> list[Job]:
        """Start the jobs that may start now, and return them."""
        waiting = self.waiting()
        if not waiting:
            return []
        running = set(self._started) | {job.id for job in self._jobs() if job.state() == "running"}
        started = waiting[: max(0, self.parallel - len(running))]
        for job in started:
            self._started[job.id] = process.start(job)
        return started

    def processes(self) -> set[str]:
        """Return the ids of the jobs whose process this server started and that has not ended."""
        self._started = {name: child for name, child in self._started.items() if child.poll() is None}
        return set(self._started)

    def _jobs(self) -> list[Job]:
        return [job for job in folder.all_jobs(self.root) if job.is_of_server]
