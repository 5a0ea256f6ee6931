"""The folder of a job: its request, its events and its result.

request.json   the request, as it may be shown: without the values of secrets
Kairosfile     the text as built
files.json     the lock file and the included files as built (`jobs.built_files`)
argv.json      the command line; only of jobs that a server starts
lock           held, by flock, by the process that builds
pid            the id of that process, from the start of the build on
cancel         exists if the job is to stop
name           what a person calls it, if anything
keep           exists if the job is exempt from the retention
events.jsonl   the events (`jobs.events`)
result.json    the result, renamed into place at the very end
metadata.json  what buildx says of the result; only of jobs that a server starts
artifacts/     files that the build made
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
import signal
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

State = Literal["queued", "running", "done", "failed", "canceled", "interrupted"]
ARTIFACTS, METADATA = "artifacts", "metadata.json"
ENDED = ("done", "failed", "canceled", "interrupted")
_ID_BYTES = 4
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]{9}-[0-9a-f]{8}", re.ASCII)
PATIENCE, _BETWEEN_TRIES = 5.0, 0.01
RECORDS = 2  # the factor by which more records than artifacts are kept, and for longer
_DAY = 24 * 60 * 60 * 1000  # milliseconds


def state_root() -> Path:
    """Return the state folder: `kairosfile` below $XDG_STATE_HOME, which is ~/.local/state by default."""
    home = os.environ.get("XDG_STATE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "state") / "kairosfile"


@dataclass(frozen=True, slots=True)
class Job:
    """One job by its folder."""

    folder: Path

    @property
    def id(self) -> str:
        """The name of the folder; names sort by the creation time of the jobs."""
        return self.folder.name

    @property
    def events(self) -> Path:
        """The file of events."""
        return self.folder / "events.jsonl"

    @property
    def text(self) -> str:
        """The file as built."""
        return (self.folder / "Kairosfile").read_text(encoding="utf-8")

    @property
    def files(self) -> dict[str, Any]:
        """The lock file and the included files as built; empty if they were not recorded."""
        return read_json(self.folder / "files.json")

    @property
    def request(self) -> dict[str, Any]:
        """The request; empty if the folder is not a job."""
        return read_json(self.folder / "request.json")

    @property
    def result(self) -> dict[str, Any]:
        """The result; empty until the job has ended."""
        return read_json(self.folder / "result.json")

    @property
    def is_kept(self) -> bool:
        """Whether the job is exempt from the retention."""
        return (self.folder / "keep").exists()

    @property
    def name(self) -> str:
        """What a person calls it; nothing if it has no name."""
        try:
            return (self.folder / "name").read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    @property
    def is_of_server(self) -> bool:
        """Whether a server starts the job, not a terminal."""
        return (self.folder / "argv.json").exists()

    def state(self) -> State:
        """Return the state. A process that died without a result has released its lock."""
        if result := self.result:
            return result["state"]  # type: ignore[no-any-return]
        if self._is_locked():
            return "running"
        if result := self.result:  # it ended between the two reads
            return result["state"]  # type: ignore[no-any-return]
        waits = (self.folder / "request.json").exists() and not (self.folder / "pid").exists()
        return "queued" if waits else "interrupted"

    @contextmanager
    def lock(self, patience: float = 0) -> Iterator[bool]:
        """Hold the lock and yield whether it was free; the kernel releases it when the process ends.

        A builder waits up to `patience` seconds, because reading the state holds the lock for a moment.
        """
        with (self.folder / "lock").open("ab") as file:
            deadline = time.monotonic() + patience
            while not _is_taken(file):
                if time.monotonic() >= deadline:
                    yield False
                    return
                time.sleep(_BETWEEN_TRIES)
            yield True

    def begin(self) -> None:
        """Record the id of the building process; the caller holds the lock."""
        (self.folder / "pid").write_text(f"{os.getpid()}\n")

    def finish(self, state: State, **more: object) -> None:
        """Write the result atomically."""
        write_json(self.folder / "result.json", {"state": state, "ended": now(), **more})

    @property
    def cancel_requested(self) -> bool:
        """Whether the job is to stop."""
        return (self.folder / "cancel").exists()

    def cancel(self) -> bool:
        """Stop the build; returns whether there was one to stop. A queued job ends at once."""
        state = self.state()
        if state == "queued":
            self.finish("canceled")
            return True
        if state != "running":
            return False
        (self.folder / "cancel").touch()  # for a process that has not started building yet
        with suppress(OSError, ValueError):
            os.kill(int((self.folder / "pid").read_text()), signal.SIGTERM)
        return True

    def keep(self, *, enabled: bool) -> None:
        """Set whether the job is exempt from the retention."""
        if enabled:
            (self.folder / "keep").touch()
        else:
            (self.folder / "keep").unlink(missing_ok=True)

    def rename(self, name: str) -> None:
        """Give it a name; an empty one removes it."""
        (self.folder / "name").unlink(missing_ok=True)
        if name:
            (self.folder / "name").write_text(name, encoding="utf-8")

    def remove_artifacts(self) -> None:
        """Remove the artifacts of the build; its text, its steps and its log stay."""
        shutil.rmtree(self.folder / ARTIFACTS, ignore_errors=True)

    def remove(self) -> bool:
        """Remove the folder and its contents unless the job is running; returns whether it was removed."""
        if self.state() == "running":
            return False
        shutil.rmtree(self.folder, ignore_errors=True)
        return True

    def _is_locked(self) -> bool:
        with suppress(FileNotFoundError), self.lock() as is_free:  # another process may have removed it
            return not is_free
        return False


def _is_taken(file: IO[bytes]) -> bool:
    """Take the lock of a file; returns whether it was free."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def create(
    root: Path,
    request: Mapping[str, object],
    text: str,
    argv: list[str] | None = None,
    files: Mapping[str, object] | None = None,
) -> Job:
    """Create a job atomically; raises OSError if the folder cannot be written."""
    jobs = root / "jobs"
    jobs.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{stamp()}-{secrets.token_hex(_ID_BYTES)}"
    draft = jobs / f".{name}"
    draft.mkdir(mode=0o700)
    write_json(draft / "request.json", {"asked": now(), **request})
    (draft / "Kairosfile").write_text(text, encoding="utf-8", newline="")
    if files is not None:
        write_json(draft / "files.json", files)
    if argv is not None:
        write_json(draft / "argv.json", {"argv": argv})
    (draft / "lock").touch()
    draft.rename(jobs / name)
    return Job(jobs / name)


def all_jobs(root: Path) -> list[Job]:
    """Return the jobs, newest first."""
    jobs = root / "jobs"
    if not jobs.is_dir():
        return []
    paths = (path for path in jobs.iterdir() if not path.name.startswith(".") and (path / "request.json").exists())
    return [Job(path) for path in sorted(paths, reverse=True)]


def find(root: Path, job_id: str) -> Job | None:
    """Return a job by its id; None for any other text, such as a path."""
    job = Job(root / "jobs" / job_id) if _ID.fullmatch(job_id) else None
    return job if job and (job.folder / "request.json").exists() else None


def prune(root: Path, keep: int, days: float) -> list[str]:
    """Remove old jobs: first their artifacts, which are large, and later the whole job with its log.

    Of each file, the last `keep` jobs requested within `days` stay complete. Twice as many stay twice as long,
    without their artifacts. Running, queued and exempt jobs stay. Returns the ids of the removed jobs.
    """
    counts: dict[str, int] = {}
    removed = []
    for job in all_jobs(root):
        if job.is_kept or job.state() not in ENDED:
            continue
        file = str(job.request.get("file", ""))
        counts[file] = counts.get(file, 0) + 1
        age = (now() - job.request.get("asked", 0)) / _DAY
        limits = max(counts[file] / keep, age / days)  # 1 is the oldest job that keeps its artifacts
        if limits > RECORDS and job.remove():
            removed.append(job.id)
        elif limits > 1:
            job.remove_artifacts()
    return removed


def stamp() -> str:
    """Return the time as a name that sorts by it: seconds and nanoseconds are of one look at the clock."""
    seconds, rest = divmod(time.time_ns(), 10**9)
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(seconds))}-{rest:09d}"


def now() -> int:
    """Return the milliseconds since 1970."""
    return int(time.time() * 1000)


def read_json(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file; nothing if it is missing or truncated."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def write_json(path: Path, data: Mapping[str, object]) -> None:
    """Write a file atomically, readable by its owner alone."""
    beside = path.with_name(f".{path.name}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(data, file, ensure_ascii=False)
    beside.replace(path)
