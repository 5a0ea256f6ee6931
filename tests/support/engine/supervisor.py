"""The process that supervises a sandbox: starts it, waits, stops it, removes its remains.

When the owner ends, however it ends, the supervisor stops the sandbox. If the supervisor itself is killed, the kernel
kills the sandbox with it. A persistent sandbox has no owner. SIGTERM to the supervisor stops any sandbox.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from . import machine
from .process import Process
from .record import Record, clear, init_of, record_lock

SCRIPT = Path(__file__).with_name("sandbox.sh")
PATIENCE = 20  # seconds an engine gets to end its containers


def main() -> int:
    """Supervise a sandbox: argv is a JSON object (name, owner or null, remove, files) and the command.

    The record is written first, so that it leads to everything that has to be removed.
    """
    spec = json.loads(sys.argv[1])
    owner = Process(**spec["owner"]) if spec["owner"] else None
    record = Record(spec["name"], Process.self(), owner, spec["remove"])
    try:
        record.write()
        _prepare(spec["files"])
        return _supervise(record, sys.argv[2:])
    finally:
        with record_lock():
            clear(record)


def _prepare(files: dict[str, str]) -> None:
    """Make the host's side of the sandbox."""
    for variable in ("SANDBOX_RUN", "SANDBOX_DATA"):
        Path(os.environ[variable]).mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (Path(os.environ["SANDBOX_RUN"]) / name).write_text(text)


def _supervise(record: Record, command: list[str]) -> int:
    wakeup = _wake_on_signals()
    sandbox = _spawn(command)
    _wait(sandbox, wakeup, record.owner)
    _stop(record.name, sandbox)
    return sandbox.returncode


def _wake_on_signals() -> int:
    """Return a descriptor from which each signal that arrives can be read as one byte."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    return reader


def _spawn(command: list[str]) -> subprocess.Popen[bytes]:
    bound = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"]
    env = {**os.environ, "PATH": machine.search_path()}
    return subprocess.Popen([*bound, "sh", str(SCRIPT), *command], env=env, stdin=subprocess.DEVNULL)


def _wait(sandbox: subprocess.Popen[bytes], wakeup: int, owner: Process | None) -> None:
    """Return when the sandbox has ended or shall end."""
    watched = [wakeup]
    if owner:
        with suppress(ProcessLookupError):
            watched.append(os.pidfd_open(owner.pid))  # readable as soon as that process has ended
        if not owner.alive():
            return
    while sandbox.poll() is None:
        ready, _, _ = select.select(watched, [], [])
        if ready != [wakeup] or set(os.read(wakeup, 64)) != {signal.SIGCHLD}:
            return


def _stop(name: str, sandbox: subprocess.Popen[bytes]) -> None:
    """End the sandbox from the inside out; kill remaining processes with its namespace."""
    if init := init_of(name):
        init.send(signal.SIGTERM)
    elif sandbox.poll() is None:
        sandbox.kill()
    try:
        sandbox.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        sandbox.kill()
        sandbox.wait()


if __name__ == "__main__":
    sys.exit(main())
