"""Processes that check and plan texts, each of which is killed where a text takes it too long.

A text may be of somebody else, and a thread cannot be stopped. The processes are few, start when they are first used,
and stay: a call costs the pickling of its arguments and of its result. They are forks of one process that has imported
what they need, so that another one is there at once where one was killed.
"""

from __future__ import annotations

import multiprocessing
import queue
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    Arguments = ParamSpec("Arguments")
    Result = TypeVar("Result")

COUNT = 2
SECONDS = 5.0  # for one call
WAIT = 10.0  # seconds for a process to become free
START = 60.0  # seconds for a process to start, on a machine that is busy
IMPORTED = ["kairosfile.cli.web.answers", "kairosfile.cli.web.auroraboot", "kairosfile.cli.lsp.checks"]
SLOW = "processing this text took longer than {seconds:g} seconds and was stopped; make the text smaller"
BUSY = "the server is busy: all {count} processes are working on other texts; try again"
_CONTEXT = multiprocessing.get_context("forkserver")


class SlowError(Exception):
    """A text that takes too long."""


class BusyError(Exception):
    """No process has become free."""


class Workers:
    """The processes of one server.

    Args:
        count: How many there are at most.
        seconds: For one call.
        wait: Seconds for a process to become free.
    """

    def __init__(self, count: int = COUNT, seconds: float = SECONDS, wait: float = WAIT) -> None:
        self.count = count
        self.seconds = seconds
        self.wait = wait
        # The one that was used last is the first: a server that is little used has one process.
        self._free: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(count):
            self._free.put(None)

    def run(self, function: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        """Return what a function returns, and raise what it raises. Function and arguments are pickled.

        Raises:
            SlowError: It takes too long.
            BusyError: All processes have work that takes long.
        """
        try:
            worker = self._free.get(timeout=self.wait)
        except queue.Empty:
            raise BusyError(BUSY.format(count=self.count)) from None
        try:
            if worker and not worker.is_alive():  # the machine had no memory left for it, or somebody has killed it
                worker.kill()
                worker = None
            worker = worker or _Worker()
            is_error, result = worker.call((function, args, kwargs), self.seconds)
        except BaseException:
            if worker:
                worker.kill()
                worker = None
            raise
        finally:
            self._free.put(worker)
        if is_error:
            raise _error(*result)
        return result  # type: ignore[no-any-return]

    def start(self) -> None:
        """Start the first process, so that the first text does not wait for it."""
        with suppress(BusyError, SlowError):
            self.run(int)

    def close(self) -> None:
        """Kill the processes that are free; the others end with their pipe."""
        for _ in range(self.count):
            try:
                worker = self._free.get_nowait()
            except queue.Empty:
                return
            if worker:
                worker.kill()


class _Worker:
    """One process, and the pipe to it."""

    def __init__(self) -> None:
        _CONTEXT.set_forkserver_preload(IMPORTED)
        self._pipe, other_end = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(other_end,), daemon=True)
        self._process.start()
        other_end.close()
        if not self._pipe.poll(START):
            self.kill()
            raise BusyError("the process that checks texts did not start in time; the machine is overloaded")
        self._pipe.recv()

    def call(self, work: tuple[Any, ...], seconds: float) -> tuple[bool, Any]:
        self._pipe.send(work)
        if not self._pipe.poll(seconds):
            raise SlowError(SLOW.format(seconds=seconds))
        try:
            answer: tuple[bool, Any] = self._pipe.recv()
        except EOFError:
            raise SlowError("the process that checked this text ended unexpectedly; make the text smaller") from None
        return answer

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


def _serve(pipe: Connection) -> None:
    """Work until the server is gone. Ctrl-C is for the server alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe.send(None)
    while True:
        try:
            function, args, kwargs = pipe.recv()
        except EOFError:
            return
        try:
            answer = (False, function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whatever it is, the server raises it
            answer = (True, (type(error), error.args, error.__dict__))
        pipe.send(answer)


def _error(kind: type[Exception], args: tuple[Any, ...], state: dict[str, Any]) -> Exception:
    """Return an exception as it was, without its constructor, which may take other arguments."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error
