"""QEMU as a child process: its serial console on the terminal, waiting for a text, and a stop in all cases."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from enum import Enum
from typing import IO, TYPE_CHECKING

from kairosfile.cli.errors import CliError

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1 << 16
_GRACE = 10.0


class End(Enum):
    """The reason for the end: the machine printed the text, it powered off, or the time was up."""

    PRINTED = "seen"
    OFF = "off"
    TIMEOUT = "timeout"


def interact(argv: list[str]) -> int:
    """Run QEMU with the terminal as its serial console; returns its exit status. Ctrl-A X ends it."""
    with _running([*argv, "-serial", "mon:stdio"], None, None) as process:
        return process.wait()


def watch(argv: list[str], text: str, seconds: float, out: IO[bytes]) -> End:
    """Run QEMU and copy its serial console, until it prints a text or ends.

    Args:
        argv: The command line, without a console.
        text: Text to wait for; empty to wait until the machine powers off.
        seconds: Timeout, by the clock of this machine.
        out: Destination of the console's output.
    """
    with _running([*argv, "-serial", "stdio", "-monitor", "none"], subprocess.DEVNULL, subprocess.PIPE) as process:
        end = _read(process, text.encode(), time.monotonic() + seconds, out)
        if end is End.OFF:
            # A process closes its output before it has ended: its status is known only then.
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
        return end


def _read(process: subprocess.Popen[bytes], text: bytes, deadline: float, out: IO[bytes]) -> End:
    buffer = b""
    with selectors.DefaultSelector() as selector:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return End.TIMEOUT
            piece = os.read(process.stdout.fileno(), CHUNK)
            if not piece:
                return End.OFF
            out.write(piece)
            out.flush()
            # A possible beginning of the text is kept for the next piece.
            buffer = (buffer + piece)[-(len(piece) + len(text)) :]
            if text and text in buffer:
                return End.PRINTED


@contextmanager
def _running(argv: list[str], stdin: int | None, stdout: int | None) -> Iterator[subprocess.Popen[bytes]]:
    """Run QEMU, and terminate, then kill it at the end. Raises CliError if it cannot be started or fails."""
    try:
        process = subprocess.Popen(argv, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE if stdout else None)
    except OSError as error:
        raise CliError(f"cannot run {argv[0]}: {error.strerror}") from error
    try:
        yield process
    finally:
        stopped = process.poll() is None
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        output = b"" if stopped or process.stderr is None else process.stderr.read()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()
    if stdout and process.returncode and not stopped:
        reason = output.decode("utf-8", "replace").strip()
        raise CliError(f"{argv[0]} ended with status {process.returncode}: {reason or 'it gave no reason'}")


def is_terminal() -> bool:
    """Return whether standard input is a terminal, for typing into the console."""
    return sys.stdin.isatty() and sys.stdout.isatty()
