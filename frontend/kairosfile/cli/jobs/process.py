"""The process of a job: `python -m kairosfile.cli.jobs.process FOLDER`, in its own session.

Its working directory is the folder of the job, so that a build writes to the job's `artifacts`.

It holds the lock of the folder while it lives, runs buildx as its child in a separate process group, and writes the
events. SIGTERM ends the build: buildx gets SIGTERM, and SIGKILL ten seconds later. SIGINT is not used, because children
of a shell's background job ignore it.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kairosfile.cli.jobs import folder
from kairosfile.cli.jobs.events import Events, line_of, steps_of
from kairosfile.cli.jobs.folder import Job, read_json
from kairosfile.cli.jobs.secret_values import secret_values

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from kairosfile.cli.jobs.folder import State

GRACE = 10.0  # seconds between SIGTERM and SIGKILL


def start(job: Job) -> subprocess.Popen[bytes]:
    """Start the process of a job, which survives this process."""
    command = [sys.executable, "-m", "kairosfile.cli.jobs.process", str(job.folder)]
    with (job.folder / "process.log").open("ab") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


def run(job: Job) -> int:
    """Run the job of a folder; returns the exit status of buildx, or 1 if the job may not run."""
    argv = read_json(job.folder / "argv.json").get("argv", [])
    build = _Build(argv, job.folder)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, build.cancel)
    with job.lock(folder.PATIENCE) as is_free:
        if not is_free or job.result:
            return 1
        job.begin()
        (job.folder / folder.ARTIFACTS).mkdir(exist_ok=True)  # BuildKit creates no folder for an archive
        if job.cancel_requested:
            build.cancel()
        if not build.canceled and _has_changed(job.request):
            return _refuse(job)
        return _follow(job, build, secret_values(argv))


def _has_changed(request: dict[str, Any]) -> bool:
    """Return whether the file has changed since the request; if so, the build would not match the page."""
    try:
        return "sha256" in request and _checksum(Path(request["file"])) != request["sha256"]
    except OSError:
        return True


def _refuse(job: Job) -> int:
    with job.events.open("a", encoding="utf-8", errors="replace") as file:
        events = Events(lambda event: _write(file, event), steps_of(job.request))
        events.say(f"{job.request['file']} has changed since this build was requested; build it again")
        events.end(1, "failed")
    job.finish("failed", status=1, artifacts=[], **events.counts())
    return 1


def _follow(job: Job, build: _Build, secrets: Sequence[str]) -> int:
    with job.events.open("a", encoding="utf-8", errors="replace", buffering=1) as file:
        events = Events(lambda event: _write(file, event), steps_of(job.request), secrets)
        status = build.follow(events)
        state: State = "canceled" if build.canceled else "failed" if status else "done"
        events.end(status, state)
    artifacts = _artifacts(job.folder / folder.ARTIFACTS) if state == "done" else []
    digest = read_json(job.folder / folder.METADATA).get("containerimage.digest") if state == "done" else None
    job.finish(state, status=status, artifacts=artifacts, digest=digest, **events.counts(), times=events.times())
    return status


def _write(file: Any, event: dict[str, Any]) -> None:  # noqa: ANN401 - a text file, opened for its lines
    file.write(line_of(event))


class _Build:
    """Runs buildx as a child process until it ends or is canceled."""

    def __init__(self, argv: Sequence[str], cwd: Path) -> None:
        self.argv = argv
        self.cwd = cwd
        self.canceled = False
        self.child: subprocess.Popen[str] | None = None
        self._timer: threading.Timer | None = None

    def follow(self, events: Events) -> int:
        """Run the child, feed its lines to `events`, and return its exit status."""
        try:
            child = self.child = subprocess.Popen(
                self.argv,
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                process_group=0,
            )
        except OSError as error:
            events.say(f"{self.argv[0] if self.argv else 'the command'} cannot be started: {error.strerror}")
            return 127
        if self.canceled:
            self.cancel()
        for line in child.stdout or ():
            events.feed(line)
        status = child.wait()
        if self._timer:
            self._timer.cancel()
        return status if status >= 0 else 128 - status

    def cancel(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Terminate the child now, or as soon as it has started."""
        self.canceled = True
        if self.child and self._timer is None:
            _signal_group(self.child.pid, signal.SIGTERM)
            self._timer = threading.Timer(GRACE, _signal_group, [self.child.pid, signal.SIGKILL])
            self._timer.daemon = True
            self._timer.start()


def _signal_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def _artifacts(root: Path) -> list[dict[str, Any]]:
    """Return the files that a build made, with their sizes and checksums; links are not followed."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink())
    return [
        {"name": str(path.relative_to(root)), "size": path.stat().st_size, "sha256": _checksum(path)} for path in files
    ]


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    sys.exit(run(Job(Path(sys.argv[1]))))
