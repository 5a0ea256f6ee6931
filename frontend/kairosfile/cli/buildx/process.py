"""A child that is waited for to its end, whatever signal asks this process to stop.

Ctrl-C reaches the child from the terminal, or is handed on; buildx then cancels the build on the engine, which takes a
moment, and its exit status is the answer.
"""

from __future__ import annotations

import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

KILLED = 128


def run(words: Sequence[str], line: Callable[[str], None] | None = None) -> int:
    """Run a command and return its exit status, 128 and more for a signal.

    `line` is called with each line of its standard error, which is this process' own without it.
    """
    error = subprocess.PIPE if line else None
    with subprocess.Popen(words, stderr=error, text=True, errors="replace") as child, _handing_on(child):
        if line and child.stderr:
            for text in child.stderr:
                line(text)
        status = child.wait()
    return status if status >= 0 else KILLED - status


@contextmanager
def _handing_on(child: subprocess.Popen[str]) -> Iterator[None]:
    def hand_on(number: int, _: FrameType | None) -> None:
        child.send_signal(number)

    before = {number: signal.signal(number, hand_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
