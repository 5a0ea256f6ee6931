"""The progress of a build on a terminal: its steps, running steps with the end of their log, and failed ones.

During the build, as many lines as fit are redrawn in place, the older ones folded into one. Afterwards the screen shows
every step once, the log of failed steps, and the messages of buildx.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.constrain import Constrain
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType
    from typing import Self

    from rich.console import ConsoleOptions, RenderableType, RenderResult

    from kairosfile.cli.build.progress import Progress, Vertex

# Log lines below a running step, lines for the fold and the prompt, and the minimum number of shown steps.
LOG_LINES, SPARE_LINES, FEWEST = 4, 3, 3
# Where the terminal echoes ^C: at the end of a full line it would begin another, and the drawing would be off by one.
SPARE_COLUMNS = 4
REDRAWS_PER_SECOND = 8
STYLES = {"cached": "cyan", "done": "green", "failed": "bold red", "stopped": "yellow"}

# The daemon's message around the command line of a failed step (solver/llbsolver/ops/exec.go).
_PROCESS, _FAILED = 'process "', '" did not complete successfully: '


class View:
    """A live view of a progress, in a `with` around the build."""

    def __init__(self, progress: Progress, console: Console | None = None) -> None:
        self.progress = progress
        self.console = console or Console(stderr=True, highlight=False)
        self.began = time.monotonic()
        self.spinner = Spinner("line")
        self._live = Live(self, console=self.console, refresh_per_second=REDRAWS_PER_SECOND, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the redrawn lines: the newest steps that fit, and the logs of running ones."""
        drawn = fitting(self.steps(), console.size.height - SPARE_LINES, self.spinner)
        yield Constrain(drawn, max(1, options.max_width - SPARE_COLUMNS))

    def steps(self) -> list[Vertex]:
        """Return the visible steps, each after its inputs."""
        return [vertex for vertex in self.progress.in_order() if vertex.worth_a_line]

    def conclude(self, status: int, names: Iterable[str]) -> None:
        """Print the final output: every step, and the error or the result."""
        steps, show = self.steps(), self.console.print
        for vertex in steps:
            show(row(vertex, self.spinner))
        for vertex in steps:
            if vertex.failed and vertex.log:
                show(Text(f"\nlog of {vertex.name}:", "bold"), *log_lines(vertex.log), sep="\n")
        if self.progress.text:
            failed = [vertex.name for vertex in steps if vertex.failed]
            show("\n" + without_argv("".join(self.progress.text), failed).rstrip("\n"), markup=False, soft_wrap=True)
        for warning in self.progress.warnings:
            show(Text.assemble(("warning: ", "yellow"), warning), soft_wrap=True)
        show(Text(self._summary(steps, status), "bold" if status == 0 else "bold red"))
        if status == 0:
            for name in names:
                show(Text(f"  {name}"), soft_wrap=True)

    def _summary(self, steps: list[Vertex], status: int) -> str:
        took = duration(time.monotonic() - self.began)
        cached = sum(vertex.cached for vertex in steps)
        done = sum(not vertex.cached and not vertex.error for vertex in steps)
        return f"{'failed' if status else 'built'} in {took}, steps: {done} done, {cached} cached"


def without_argv(text: str, failed: Sequence[str]) -> str:
    """Return buildx's text with the whole script of the failed step replaced by the step's name."""
    start, end = text.find(_PROCESS), text.rfind(_FAILED)
    if not 0 <= start < end or len(failed) != 1:
        return text
    return f"{text[:start]}{failed[0]}: {text[end + len(_FAILED) :]}"


def fitting(steps: list[Vertex], height: int, spinner: Spinner) -> RenderableType:
    """Return the newest steps that fit in a number of lines, below one line for those that do not."""
    running = [vertex for vertex in steps if vertex.running]
    space = height - FEWEST - len(running)
    lines = max(0, min(LOG_LINES, space // len(running))) if running else 0
    logs = sum(min(lines, len(vertex.log)) for vertex in running)
    room = max(FEWEST, height - logs)
    folded, shown = steps[: max(0, len(steps) - room)], steps[max(0, len(steps) - room) :]
    return Group(*_fold(folded), *(part for vertex in shown for part in _with_log(vertex, lines, spinner)))


def _fold(steps: list[Vertex]) -> Iterator[RenderableType]:
    if steps:
        cached = sum(vertex.cached for vertex in steps)
        yield Text(f"{len(steps)} more above, {cached} of them cached", "dim", no_wrap=True, overflow="ellipsis")


def _with_log(vertex: Vertex, lines: int, spinner: Spinner) -> Iterator[RenderableType]:
    yield row(vertex, spinner)
    if vertex.running and lines:
        yield from log_lines(list(vertex.log)[-lines:])


def row(vertex: Vertex, spinner: Spinner) -> Table:
    """Return a step as one line: its state, its name, cut to the width of the terminal, and its time."""
    grid = Table.grid(expand=True, padding=(0, 1))
    grid.add_column(width=7)
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    grid.add_column(justify="right", no_wrap=True)
    state = vertex.state
    mark = Text(state, STYLES[state]) if state in STYLES else spinner
    grid.add_row(mark, Text(vertex.name, "bold" if vertex.running else ""), Text(_time(vertex), "dim"))
    return grid


def _time(vertex: Vertex) -> str:
    return "" if vertex.cached and not vertex.running else duration(vertex.seconds)


def log_lines(lines: Iterable[str]) -> list[Text]:
    """Return the output of a step, each line cut to the width of the terminal."""
    return [Text(f"        {line}", "dim", no_wrap=True, overflow="ellipsis") for line in lines]


def duration(seconds: float) -> str:
    """Return `4.2s`, or `3m 05s` from a minute on."""
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}m {int(rest):02}s" if minutes else f"{seconds:.1f}s"
