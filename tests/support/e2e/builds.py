"""Builds through the real buildx, and their reported progress.

A build's progress is read from buildx's raw JSON: which vertices ran, which were cached, the log of each.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.support.engine import DockerEngine

TIMEOUT_SECONDS = 300


@dataclass
class Vertex:
    """One vertex as the client saw it; `transferred` is the most bytes that any of its statuses counted."""

    digest: str
    name: str
    started: bool = False
    cached: bool = False
    error: str = ""
    log: str = ""
    statuses: set[str] = field(default_factory=set)
    transferred: int = 0

    @property
    def ran(self) -> bool:
        """Whether its work was done in this build, not given up because a later vertex came from a cache."""
        return self.started and not self.cached and "context canceled" not in self.error

    @property
    def pulled(self) -> bool:
        """Whether content came over the network for it: a status for a blob is more than one for a name."""
        return any(status.startswith(("sha256:", "extracting ")) for status in self.statuses)


@dataclass
class Build:
    """What came of one build."""

    exit_code: int
    output: str
    vertices: dict[str, Vertex]
    warnings: list[str]
    warned: set[str] = field(default_factory=set)
    """The digests of the vertices that the warnings are shown at."""

    def vertex(self, name: str) -> Vertex:
        """Return the one vertex whose name holds a text; raises LookupError with all names otherwise."""
        actual = [vertex for vertex in self.vertices.values() if name in vertex.name]
        if len(actual) != 1:
            raise LookupError(f"{len(actual)} vertices are called {name!r}: {sorted(self.names)}\n{self.output}")
        return actual[0]

    @property
    def names(self) -> set[str]:
        """The names of all vertices."""
        return {vertex.name for vertex in self.vertices.values()}


def build(engine: DockerEngine, context: Path, *arguments: str, file: str = "Kairosfile") -> Build:
    """Run `buildx build` on a folder; a failing build is an answer, a hanging one is not."""
    return run_buildx(engine, "-f", str(context / file), *arguments, str(context))


def run_buildx(engine: DockerEngine, *arguments: str, **options: Any) -> Build:
    """Run `buildx build` with these arguments; the options are those of subprocess.run."""
    command = [*engine.buildx(), "build", "--progress", "rawjson", *arguments]
    return read(engine.run(command, **{"timeout": TIMEOUT_SECONDS, **options}))


def read(done: subprocess.CompletedProcess[str]) -> Build:
    """Return the result of a buildx that reported its progress as raw JSON."""
    result = Build(done.returncode, "", {}, [])
    events, rest = split(done.stderr)
    for event in events:
        _note(result, event)
    result.output = rest + done.stdout
    return result


def split(text: str) -> tuple[list[dict[str, Any]], str]:
    """Return the JSON objects of an output, which buildx 0.13 spreads over many lines, and the text between them."""
    events, rest, place = [], "", 0
    while place < len(text):
        try:
            event, place = json.JSONDecoder().raw_decode(text, place)
            events.append(event)
        except ValueError:
            end = text.find("\n", place) + 1 or len(text)
            rest, place = rest + text[place:end], end
    return [event for event in events if isinstance(event, dict)], rest


def _note(build: Build, event: dict[str, Any]) -> None:
    for entry in event.get("vertexes") or ():
        vertex = build.vertices.setdefault(entry["digest"], Vertex(entry["digest"], entry["name"]))
        vertex.started |= bool(entry.get("started"))
        vertex.cached |= bool(entry.get("cached"))
        vertex.error = entry.get("error") or vertex.error
    for entry in event.get("statuses") or ():
        vertex = build.vertices[entry["vertex"]]
        vertex.statuses.add(entry["id"])
        vertex.transferred = max(vertex.transferred, entry.get("current") or 0)
    for entry in event.get("logs") or ():
        build.vertices[entry["vertex"]].log += base64.b64decode(entry["data"]).decode(errors="replace")
    for entry in event.get("warnings") or ():
        build.warnings.append(base64.b64decode(entry["short"]).decode())
        build.warned.add(entry["vertex"])
