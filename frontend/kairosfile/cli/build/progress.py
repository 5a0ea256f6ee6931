"""The state of a build from the output of buildx with --progress=rawjson.

Each line is an object of BuildKit's SolveStatus (client/graph.go), but buildx 0.13 spreads an object over many
lines; other text comes from buildx itself, such as the error at the end. A vertex may be reported as complete and then
start again: the last report counts.
"""

from __future__ import annotations

import base64
import re
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kairosfile.json_text import parse_json
from kairosfile.untrusted import lines, one_line

TAIL = 20
OPENING = "{\n"

# Internal vertices of the client and the frontend, hidden unless they take long or fail.
_INTERNAL = re.compile(r"\[(\S+ )?internal\]|resolve image config for|docker-image://")
# Colours, cursor movements, window titles: removed from a log with their whole sequences.
_CONTROL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[^\[\]])")
MAX_LINE = 2000  # characters of a line of a log
_DIGEST = re.compile(r"(@sha256:[0-9a-f]{8})[0-9a-f]{56}")
NOTABLE_SECONDS = 1.0


@dataclass
class Vertex:
    """One step of the build; `started_at` is its start by this machine's clock, which may differ from the engine's."""

    name: str
    inputs: tuple[str, ...] = ()
    started: str = ""
    completed: str = ""
    cached: bool = False
    error: str = ""
    started_at: float = 0
    log: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL))

    @property
    def running(self) -> bool:
        """Whether it is running."""
        return bool(self.started) and not self.completed

    @property
    def canceled(self) -> bool:
        """Whether it was stopped because another step failed."""
        return self.error.endswith("context canceled")

    @property
    def failed(self) -> bool:
        """Whether it failed and ended the build."""
        return bool(self.error) and not self.canceled

    @property
    def state(self) -> str:
        """Its state: cached, done, failed, stopped, or running."""
        if self.error:
            return "failed" if self.failed else "stopped"
        if self.running:
            return "running"
        return "cached" if self.cached else "done"

    @property
    def seconds(self) -> float:
        """Its duration so far."""
        if self.running:
            return time.monotonic() - self.started_at
        return _seconds(self.started, self.completed) if self.completed else 0

    @property
    def worth_a_line(self) -> bool:
        """Whether it is shown: all vertices except internal ones that succeeded quickly."""
        internal = _INTERNAL.match(self.name)
        return bool(self.started) and (not internal or bool(self.error) or self.seconds >= NOTABLE_SECONDS)


class Progress:
    """The state of a build, fed line by line."""

    def __init__(self) -> None:
        self.vertices: dict[str, Vertex] = {}
        self.warnings: list[str] = []
        self.text: list[str] = []
        self._object: list[str] = []

    def feed(self, line: str) -> None:
        """Process a line of buildx's standard error."""
        if not self._object and line != OPENING:
            self._take(line)
            return
        self._object.append(line)
        if line.startswith("}"):
            self._take("".join(self._object))
            self._object = []

    def in_order(self) -> list[Vertex]:
        """Return the vertices, each after its inputs: BuildKit reports the last one first."""
        order: dict[str, Vertex] = {}
        waiting = list(reversed(self.vertices))
        while waiting:
            digest = waiting.pop()
            vertex = self.vertices.get(digest)
            if vertex is None or digest in order:
                continue
            missing = [one for one in vertex.inputs if one in self.vertices and one not in order]
            if missing:
                waiting += [digest, *reversed(missing)]
            else:
                order[digest] = vertex
        return list(order.values())

    def _take(self, text: str) -> None:
        """Record an event, or keep other text as a message of buildx."""
        try:
            event = parse_json(text) if text.startswith("{") else None
        except ValueError:
            event = None
        if event is None:
            self.text.append(lines(text))
        else:
            self._note(event)

    def _note(self, event: dict[str, Any]) -> None:
        for entry in event.get("vertexes") or ():
            self._vertex(entry)
        for entry in event.get("logs") or ():
            if vertex := self.vertices.get(entry["vertex"]):
                _log(vertex.log, base64.b64decode(entry["data"]))
        for entry in event.get("warnings") or ():
            short = base64.b64decode(entry["short"]).decode(errors="replace")
            short = one_line(short)
            self.warnings += [short] if short not in self.warnings else []

    def _vertex(self, entry: dict[str, Any]) -> None:
        vertex = self.vertices.setdefault(entry["digest"], Vertex(_short(entry["name"])))
        vertex.inputs = tuple(entry.get("inputs") or ())
        started = entry.get("started", "")
        if started and started != vertex.started:
            vertex.started_at = time.monotonic()
        vertex.started, vertex.completed = started, entry.get("completed", "")
        vertex.cached |= bool(entry.get("cached"))
        vertex.error = entry.get("error", "") or vertex.error


def _short(name: str) -> str:
    """Return a name with shortened digests."""
    return one_line(_DIGEST.sub(r"\1", name))


def _log(tail: deque[str], data: bytes) -> None:
    """Add the output of a step, as lines without control characters; of a redrawn line only its last state."""
    for line in data.decode(errors="replace").split("\n"):
        drawn = line.rstrip("\r").rpartition("\r")[2][:MAX_LINE]
        text = one_line(_CONTROL.sub("", drawn).expandtabs(4), MAX_LINE)
        if text.strip():
            tail.append(text)


def _seconds(start: str, stop: str) -> float:
    return (datetime.fromisoformat(stop) - datetime.fromisoformat(start)).total_seconds() if start else 0
