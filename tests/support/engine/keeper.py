"""The process that keeps a box: starts it, waits, stops it, removes what it left.

When the owner ends, however it ends, the keeper stops the box. Should the keeper itself be killed, the kernel kills
the box with it. A box put up to stay has no owner; SIGTERM to the keeper stops it, as it stops any.
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

BOX = Path(__file__).with_name("box.sh")
PATIENCE = 20  # seconds an engine gets to end its containers


def main() -> int:
    """Keep a box: the first argument is a JSON object (name, owner or null, remove, files), the rest its command.

    Nothing is made before the record is written, so nothing is left that the record does not lead to.
    """
    spec = json.loads(sys.argv[1])
    owner = Process(**spec["owner"]) if spec["owner"] else None
    record = Record(spec["name"], Process.self(), owner, spec["remove"])
    try:
        record.write()
        _prepare(spec["files"])
        return _keep(record, sys.argv[2:])
    finally:
        with record_lock():
            clear(record)


def _prepare(files: dict[str, str]) -> None:
    """Make the host's side of the box."""
    for variable in ("BOX_RUN", "BOX_DATA"):
        Path(os.environ[variable]).mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (Path(os.environ["BOX_RUN"]) / name).write_text(text)


def _keep(record: Record, command: list[str]) -> int:
    wakeup = _wake_on_signals()
    box = _spawn(command)
    _wait(box, wakeup, record.owner)
    _stop(record.name, box)
    return box.returncode


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
    return subprocess.Popen([*bound, "sh", str(BOX), *command], env=env, stdin=subprocess.DEVNULL)


def _wait(box: subprocess.Popen[bytes], wakeup: int, owner: Process | None) -> None:
    """Return when the box has ended or shall end."""
    watched = [wakeup]
    if owner:
        with suppress(ProcessLookupError):
            watched.append(os.pidfd_open(owner.pid))  # readable as soon as that process has ended
        if not owner.alive():
            return
    while box.poll() is None:
        ready, _, _ = select.select(watched, [], [])
        if ready != [wakeup] or set(os.read(wakeup, 64)) != {signal.SIGCHLD}:
            return


def _stop(name: str, box: subprocess.Popen[bytes]) -> None:
    """End the box from the inside out; what does not end by itself is killed with its namespace."""
    if init := init_of(name):
        init.send(signal.SIGTERM)
    elif box.poll() is None:
        box.kill()
    try:
        box.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        box.kill()
        box.wait()


if __name__ == "__main__":
    sys.exit(main())
