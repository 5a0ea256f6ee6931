"""A box: one command on a root file system of its own, with its own processes, mounts and, if asked, network.

Starting one leaves two traces, a record and a run directory, both removed by its keeper. Knows no Docker.
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
class Box:
    """What runs in a box, by which name, on what; started once.

    `data` is a directory of the host that the command sees as `data_at`; `fresh` has it removed at the end. A
    `shared` box belongs to the process that owns engines for this one, if one does (`sharing`).
    `ports` (such as 5000-5009) gives the box a network of its own, in which these ports of the loopback are
    the host's; with `none` that network is a loopback and nothing else; without it the box has the host's network.
    `files` are put into its /run.
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
    _keeper: subprocess.Popen[bytes] | None = None

    @property
    def run(self) -> Path:
        """The directory that the box sees as /run."""
        return run_dir_of(self.name)

    @property
    def log(self) -> Path:
        """What the command and all that it starts write; kept until the next start."""
        return cache.cache_dir() / "log" / f"{self.name}.log"

    def start(self, *, stays: bool, ready: Callable[[], bool], patience: float = 60) -> None:
        """Start it, or join the one of this name that was put up to stay or is shared, and wait until it is ready."""
        _wait_for_the_dying(self.name)
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
        """Stop what start() started, and wait until nothing is left of it; one that stays or is shared goes on."""
        if self._keeper:
            self._keeper.send_signal(signal.SIGTERM)
            self._keeper.wait()
            self._keeper = None

    def leave(self) -> None:
        """Let go of a box that stays or is shared."""
        if self._keeper:
            self._keeper.returncode = 0  # no longer ours: Python need not warn of a child that still runs
            self._keeper = None

    def _spawn(self, owner: Process | None) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._keeper = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.keeper", self._spec(owner), *self.command],
                env=self._environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _wait_for(lambda: path_of(self.name).exists() or not self._kept())

    def _spec(self, owner: Process | None) -> str:
        remove = [str(self.data)] if self.fresh else []
        asked = asdict(owner) if owner else None
        return json.dumps({"name": self.name, "owner": asked, "remove": remove, "files": dict(self.files)})

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(cache.PROJECT),
            "KAIROSFILE_ENGINE_CACHE": str(cache.cache_dir()),
            "BOX_ROOT": str(self.root),
            "BOX_RUN": str(self.run),
            "BOX_DATA": str(self.data),
            "BOX_DATA_AT": self.data_at,
            "BOX_PORTS": self.ports,
            "BOX_QEMU": str(self.emulator or ""),
            "BOX_BINFMT": emulation.REGISTRATION,
        }

    def _kept(self) -> bool:
        return self._keeper is None or self._keeper.poll() is None

    def _wait_until(self, ready: Callable[[], bool], patience: float) -> None:
        _wait_for(lambda: ready() or not self._kept(), patience)
        if not self._kept():
            end = self.log.read_text(errors="replace")[-3000:]
            raise EngineUnavailable(f"{self.name} did not start. The end of {self.log}:\n{end}")
        if not ready():
            raise EngineUnavailable(f"{self.name} gave no answer in {patience:.0f} s; see {self.log}")


def sweep() -> None:
    """Remove what boxes left whose keeper was killed; the caller holds the lock."""
    for record in records():
        if not record.keeper.alive():
            clear(record)


def end(record: Record) -> None:
    """Stop a box, whoever started it, and wait until it is gone."""
    record.keeper.send(signal.SIGTERM)
    _wait_for(lambda: not record.keeper.alive())


def end_own() -> None:
    """Stop all boxes that this process owns, those too that its children have started for it."""
    for record in records():
        if record.owner == Process.self():
            end(record)


def _in_use(record: Record) -> str:
    holder = f"process {record.owner.pid}" if record.owner else "the one put up to stay"
    return (
        f"{record.name} is in use by {holder}. Wait for it to end, or use another name or another cache "
        "directory (KAIROSFILE_ENGINE_CACHE)."
    )


def _wait_for_the_dying(name: str) -> None:
    """Wait for a box whose owner is gone, which is about to stop."""
    record = Record.read(name)
    if record and record.owner and not record.owner.alive():
        _wait_for(lambda: not record.keeper.alive())


def _wait_for(condition: Callable[[], bool], patience: float = 40) -> None:
    """Wait until the condition holds, at most `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
