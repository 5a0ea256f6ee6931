"""Converts buildx's --progress=rawjson into events of one line each, with the ids of the plan's steps.

Every event has `t`, milliseconds since 1970, and `k`, its kind:

    {"k": "vertex", "v": 3, "name": "init kairos v1.0.0", "step": "init", "platform": "linux/amd64", "state": "running"}
    {"k": "log", "v": 3, "s": 1, "x": "a line, with the colours that the program gave it"}
    {"k": "progress", "v": 3, "id": "extracting", "now": 10, "total": 100}
    {"k": "warning", "x": "..."}
    {"k": "text", "x": "a line of buildx's own"}
    {"k": "end", "status": 0, "state": "done"}

States of a vertex are running, done, cached, failed and stopped; `seconds` comes with the end, `error` with a failure.
A vertex belongs to the step whose name it has, behind the platform that a build of several puts before it.
"""

from __future__ import annotations

import base64
import codecs
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kairosfile.cli.build.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kairosfile.cli.build.progress import Vertex

    Event = dict[str, Any]

# seconds: buildx reports progress some hundred times a second; a page shows it four times a second.
PROGRESS_PAUSE = 0.25
# A line that never ends is cut into parts of this size.
LONGEST_LINE = 64 * 1024
# The log is cut at this size; all other events of the build are still recorded.
MOST_LOG = 256 * 1024 * 1024
HIDDEN = "***"
STREAMS = (1, 2)


@dataclass(frozen=True, slots=True)
class StepName:
    """A step of the plan with the name of its vertex; `key` is what its duration is recorded under."""

    vertex: str
    id: str
    platform: str
    key: str = ""

    def to_data(self) -> dict[str, str]:
        """Return it as the request of a job has it."""
        return {"vertex": self.vertex, "id": self.id, "platform": self.platform, "key": self.key}


def steps_of(request: Mapping[str, Any]) -> list[StepName]:
    """Return the steps of the plan that the request of a job has."""
    steps = request.get("steps", ())
    return [StepName(step["vertex"], step["id"], step["platform"], step.get("key", "")) for step in steps]


@dataclass
class _VertexLog:
    """The events of a vertex so far: its state, its unfinished lines, and its progress bars."""

    number: int
    step: StepName | None
    state: str = ""
    seconds: float = 0
    lines: dict[int, _Line] = field(default_factory=dict)
    bars: dict[str, float] = field(default_factory=dict)


class _Line:
    """The unfinished last line of a stream."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, data: bytes) -> list[str]:
        """Add bytes and return the lines that they complete."""
        *whole, self._rest = (self._rest + self._decoder.decode(data)).split("\n")
        while len(self._rest) > LONGEST_LINE:
            whole.append(self._rest[:LONGEST_LINE])
            self._rest = self._rest[LONGEST_LINE:]
        return whole

    def end(self) -> list[str]:
        """Return the last line, if no line feed ends it."""
        rest, self._rest = self._rest + self._decoder.decode(b"", final=True), ""
        return [rest] if rest else []


class Events(Progress):
    """Converts the lines of buildx into events and passes each to `tell`.

    Args:
        tell: Called with each event.
        steps: The steps of the plan, in their order.
        secrets: Texts to mask in all events.
    """

    def __init__(
        self, tell: Callable[[Event], None], steps: Sequence[StepName] = (), secrets: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self._tell = tell
        self._steps = list(steps)
        self._secrets = sorted((text for text in secrets if text), key=len, reverse=True)
        self._logs: dict[str, _VertexLog] = {}
        self._room = MOST_LOG

    def end(self, status: int, state: str) -> None:
        """Emit the unfinished lines, and the exit status of buildx."""
        for log in self._logs.values():
            self._finish_lines(log)
        self._event("end", status=status, state=state)

    def say(self, text: str) -> None:
        """Emit a line that belongs to no step."""
        self._event("text", x=self._masked(text))

    def counts(self) -> dict[str, int]:
        """Return how many steps of the plan ran, were cached and failed; without a plan, how many visible vertices."""
        shown = [one for one in self._logs.values() if one.step or not self._steps]
        states = [one.state for one in shown]
        ran = states.count("done") + states.count("failed")
        return {"ran": ran, "cached": states.count("cached"), "failed": states.count("failed")}

    def times(self) -> dict[str, float]:
        """Return the seconds of each step of the plan that ran to its end, by its key."""
        ended = [one for one in self._logs.values() if one.state == "done" and one.step and one.step.key]
        return {one.step.key: one.seconds for one in ended if one.step}

    def _take(self, text: str) -> None:
        before = len(self.text)
        super()._take(text)
        for message in self.text[before:]:
            for line in message.rstrip("\n").split("\n"):
                self.say(line)

    def _note(self, event: Mapping[str, Any]) -> None:
        before = len(self.warnings)
        super()._note(dict(event))
        for entry in event.get("vertexes") or ():
            self._vertex_event(entry["digest"], entry["name"], self.vertices[entry["digest"]])
        for entry in event.get("logs") or ():
            self._log_event(entry)
        for entry in event.get("statuses") or ():
            self._progress_event(entry)
        for warning in self.warnings[before:]:
            self._event("warning", x=self._masked(warning))

    def _vertex_event(self, digest: str, name: str, vertex: Vertex) -> None:
        log = self._logs.get(digest)
        if log is None:
            if not vertex.started:
                return
            log = self._logs[digest] = _VertexLog(len(self._logs) + 1, self._step(name))
        state = vertex.state
        if state == log.state:
            return
        log.state = state
        more: Event = {}
        if state != "running":
            self._finish_lines(log)
            log.seconds = round(vertex.seconds, 3)
            more = {"seconds": log.seconds}
        if vertex.error:
            more["error"] = self._masked(vertex.error)
        step = {"step": log.step.id, "platform": log.step.platform} if log.step else {}
        self._event("vertex", v=log.number, name=self._masked(vertex.name), **step, state=state, **more)

    def _step(self, name: str) -> StepName | None:
        """Return the step of a vertex: the first one of that name that is not assigned yet."""
        for index, step in enumerate(self._steps):
            if step.vertex == name and step not in (log.step for log in self._logs.values()):
                return self._steps[index]
        return None

    def _log_event(self, entry: Mapping[str, Any]) -> None:
        log = self._logs.get(entry["vertex"])
        stream = entry.get("stream", 1)
        if log is None or stream not in STREAMS:
            return
        line = log.lines.setdefault(stream, _Line())
        self._lines(log, stream, line.feed(base64.b64decode(entry["data"])))

    def _finish_lines(self, log: _VertexLog) -> None:
        for stream, line in log.lines.items():
            self._lines(log, stream, line.end())

    def _lines(self, log: _VertexLog, stream: int, lines: Sequence[str]) -> None:
        for text in lines:
            before, self._room = self._room, self._room - len(text)
            if self._room >= 0:
                self._event("log", v=log.number, s=stream, x=self._masked(text.rstrip("\r")))
            elif before >= 0:
                self._event("text", x=f"the log is longer than {MOST_LOG >> 20} MiB; the rest of it is left out")

    def _progress_event(self, entry: Mapping[str, Any]) -> None:
        log = self._logs.get(entry["vertex"])
        now = time.monotonic()
        if log is None:
            return
        if now - log.bars.get(entry["id"], 0) < PROGRESS_PAUSE and not entry.get("completed"):
            return
        log.bars[entry["id"]] = now
        amount = {"now": entry.get("current", 0), "total": entry.get("total", 0)}
        self._event("progress", v=log.number, id=self._masked(entry["id"]), **amount)

    def _masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def _event(self, kind: str, **more: object) -> None:
        self._tell({"t": int(time.time() * 1000), "k": kind, **more})


def line_of(event: Event) -> str:
    """Encode an event as a line."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n"
