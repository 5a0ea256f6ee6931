"""The record of a sandbox, a JSON file, and the removal of an ended sandbox's remains."""

from __future__ import annotations

import json
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from . import cache, emulation
from .process import Process

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Record:
    """A sandbox: its supervisor, its owner (None if it is persistent), the paths to remove after it."""

    name: str
    supervisor: Process
    owner: Process | None
    remove: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, name: str) -> Record | None:
        """Return the record of a sandbox, or None."""
        return cls.load(path_of(name))

    @classmethod
    def load(cls, path: Path) -> Record | None:
        """Return the record in a file, None without a file."""
        try:
            data = json.loads(path.read_text())
        except FileNotFoundError:
            return None
        owner = Process(**data["owner"]) if data["owner"] else None
        return cls(data["name"], Process(**data["supervisor"]), owner, data["remove"])

    def write(self) -> None:
        """Write the file atomically."""
        cache.run_dir().mkdir(exist_ok=True)
        unfinished = path_of(self.name).with_suffix(".tmp")
        unfinished.write_text(json.dumps(asdict(self)))
        unfinished.rename(path_of(self.name))


def path_of(name: str) -> Path:
    """Return the path of the record of a sandbox."""
    return cache.run_dir() / f"{name}.json"


def run_dir_of(name: str) -> Path:
    """Return the host's view of a sandbox's /run."""
    return cache.run_dir() / name


def cgroup_of(name: str) -> str:
    """Return the name of the control group under which an engine puts its containers."""
    return f"{cache.run_dir().name}-{name}"


def record_lock() -> AbstractContextManager[None]:
    """Return the lock under which sandboxes are started and cleared."""
    return cache.locked(cache.cache_dir() / "run.lock")


def records() -> list[Record]:
    """Return the records of this cache directory, of sandboxes alive or not."""
    actual = (Record.load(path) for path in sorted(cache.run_dir().glob("*.json")))
    return [record for record in actual if record]


def everywhere() -> list[Record]:
    """Return the records of all cache directories, which share the machine's emulation."""
    actual = (Record.load(path) for path in cache.run_dir().parent.glob(f"{cache.RUN_PREFIX}*/*.json"))
    return [record for record in actual if record]


def clear(record: Record) -> None:
    """Remove the remains of a sandbox. Its supervisor has ended or is the caller, which holds the lock."""
    _end_of(record.name)
    for path in [str(run_dir_of(record.name)), *record.remove]:
        shutil.rmtree(path, ignore_errors=True)
    _remove_cgroups(cgroup_of(record.name))
    path_of(record.name).unlink(missing_ok=True)
    if not any(other.supervisor.alive() for other in everywhere()):
        emulation.remove()
    with suppress(OSError):  # others are still in there
        cache.run_dir().rmdir()


def init_of(name: str) -> Process | None:
    """Return the first process of a sandbox, which the sandbox itself recorded, while it is alive."""
    try:
        stat, boot = (run_dir_of(name) / "init").read_text().splitlines()
        init = Process.parse(stat, boot)
    except (OSError, ValueError):
        return None
    return init if init.alive() else None


def _end_of(name: str) -> None:
    """Wait until the kernel has ended a sandbox, which does not outlive its supervisor."""
    deadline = time.monotonic() + 10
    while (init := init_of(name)) and time.monotonic() < deadline:
        init.send(signal.SIGKILL)
        time.sleep(0.05)


def _remove_cgroups(name: str) -> None:
    """Remove the emptied control groups, in each hierarchy of version 1 and in the one of version 2."""
    for top in [*CGROUPS.glob(name), *CGROUPS.glob(f"*/{name}")]:
        for path in [*sorted((p for p in top.rglob("*") if p.is_dir()), reverse=True), top]:
            _remove_cgroup(path)


def _remove_cgroup(path: Path) -> None:
    for _ in range(20):  # the kernel lets go of a group a moment after its last process
        try:
            path.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
