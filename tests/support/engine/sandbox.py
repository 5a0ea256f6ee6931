"""A sandbox: one command with its own root file system, processes, mounts and, on request, network.

A sandbox that runs has a record and a run directory; its supervisor removes both. This module knows nothing of Docker.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from . import cache, emulation, sharing
from .errors import EngineUnavailable
from .process import Process
from .record import Record, clear, path_of, record_lock, records, run_dir_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@dataclass
class Sandbox:
    """A command that is run in a sandbox, once.

    Attributes:
        name: Its name, unique in a cache directory.
        root: The root file system, which is never written to.
        command: The argv.
        data: A directory of the host.
        data_at: The path at which the command sees `data`.
        fresh: Remove `data` at the end.
        shared: The sandbox belongs to the process that owns engines for this one, if there is one (`sharing`).
        ports: Ports of the host's loopback, such as 5000-5009, that a private network forwards; `none` for a private
            network with a loopback only; empty for the host's network.
        emulator: The arm64 emulator to register.
        files: Contents by name, written to /run.
    """

    name: str
    root: Path
    command: list[str]
    data: Path
    data_at: str
    fresh: bool = False
    shared: bool = False
    ports: str = ""
    emulator: Path | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    _supervisor: subprocess.Popen[bytes] | None = None

    @property
    def run(self) -> Path:
        """The directory that the sandbox sees as /run."""
        return run_dir_of(self.name)

    @property
    def log(self) -> Path:
        """What the command and all that it starts write; kept until the next start."""
        return cache.cache_dir() / "log" / f"{self.name}.log"

    def start(self, *, stays: bool, ready: Callable[[], bool], patience: float = 60) -> None:
        """Start it, or join a persistent or shared one with this name; wait until it is ready."""
        _wait_for_orphan(self.name)
        lender = sharing.owner() if self.shared else None
        owner = None if stays else lender or Process.self()
        with record_lock():
            sweep()
            record = Record.read(self.name)
            if record is None:
                self._spawn(owner)
            elif self.fresh or record.owner not in (None, lender):
                raise EngineUnavailable(_in_use(record))
        try:
            self._wait_until(ready, patience)
        except BaseException:
            self.stop()
            raise
        if owner != Process.self():
            self.leave()

    def stop(self) -> None:
        """Stop what start() started and wait until it has ended; a persistent or shared one goes on."""
        if self._supervisor:
            self._supervisor.send_signal(signal.SIGTERM)
            self._supervisor.wait()
            self._supervisor = None

    def leave(self) -> None:
        """Detach from a sandbox that stays or is shared."""
        if self._supervisor:
            self._supervisor.returncode = 0  # no longer ours: Python need not warn of a child that still runs
            self._supervisor = None

    def _spawn(self, owner: Process | None) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.supervisor", self._spec(owner), *self.command],
                env=self._environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _wait_for(lambda: path_of(self.name).exists() or not self._is_running())

    def _spec(self, owner: Process | None) -> str:
        remove = [str(self.data)] if self.fresh else []
        body = asdict(owner) if owner else None
        return json.dumps({"name": self.name, "owner": body, "remove": remove, "files": dict(self.files)})

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(cache.PROJECT),
            "KAIROSFILE_ENGINE_CACHE": str(cache.cache_dir()),
            "SANDBOX_ROOT": str(self.root),
            "SANDBOX_RUN": str(self.run),
            "SANDBOX_DATA": str(self.data),
            "SANDBOX_DATA_AT": self.data_at,
            "SANDBOX_PORTS": self.ports,
            "SANDBOX_QEMU": str(self.emulator or ""),
            "SANDBOX_BINFMT": emulation.REGISTRATION,
        }

    def _is_running(self) -> bool:
        return self._supervisor is None or self._supervisor.poll() is None

    def _wait_until(self, ready: Callable[[], bool], patience: float) -> None:
        _wait_for(lambda: ready() or not self._is_running(), patience)
        if not self._is_running():
            end = self.log.read_text(errors="replace")[-3000:]
            raise EngineUnavailable(f"{self.name} did not start. The end of {self.log}:\n{end}")
        if not ready():
            raise EngineUnavailable(f"{self.name} gave no answer in {patience:.0f} s; see {self.log}")


def sweep() -> None:
    """Remove the remains of sandboxes whose supervisor was killed; the caller holds the lock."""
    for record in records():
        if not record.supervisor.alive():
            clear(record)


def end(record: Record) -> None:
    """Stop a sandbox of any process and wait until it has ended."""
    record.supervisor.send(signal.SIGTERM)
    _wait_for(lambda: not record.supervisor.alive())


def end_own() -> None:
    """Stop all sandboxes that this process owns, including those that its children started for it."""
    for record in records():
        if record.owner == Process.self():
            end(record)


def _in_use(record: Record) -> str:
    holder = f"process {record.owner.pid}" if record.owner else "the one put up to stay"
    return (
        f"{record.name} is in use by {holder}. Wait for it to end, or use another name or another cache "
        "directory (KAIROSFILE_ENGINE_CACHE)."
    )


def _wait_for_orphan(name: str) -> None:
    """Wait for the end of a sandbox whose owner has ended."""
    record = Record.read(name)
    if record and record.owner and not record.owner.alive():
        _wait_for(lambda: not record.supervisor.alive())


def _wait_for(condition: Callable[[], bool], patience: float = 40) -> None:
    """Wait until the condition holds, at most `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
