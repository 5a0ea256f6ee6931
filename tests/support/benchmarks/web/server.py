"""The server without a page: its start, its rest, a log of 200,000 lines, and fifty readers of it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from kairosfile.cli.jobs import folder
from kairosfile.cli.jobs.events import Events, line_of
from tests.support.browser.served import with_stand_in
from tests.support.web_client import until
from tests.support.web_process import WebProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "base: debian:13\nversion: v1.0.0\nvariant: core\n"
STEPS = 5  # of the plan
LINES = 200_000
BATCH = 10
READERS = 50
REST = 20  # seconds
STARTS = 5
_TICKS = os.sysconf("SC_CLK_TCK")


def measure(home: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the figures, each with its aim."""
    for number in range(10):
        place = home / "images" / f"image{number}"
        place.mkdir(parents=True)
        (place / "Kairosfile").write_text(TEXT)
    environment = with_stand_in(home, LINES // STEPS)
    roots = [str(home / "images" / f"image{number}") for number in range(1, 10)]
    yield "server start to first answer", "1.5 s", f"{min(_start(home, environment) for _ in range(STARTS)):.2f} s"
    yield (
        "a build's lines to its events, by processor time",
        "50,000 lines/s",
        f"{_events_per_second(home / 'told'):,.0f} lines/s",
    )
    with WebProcess(home / "images" / "image0", home / "state", environment, *roots) as server:
        yield "processor time at rest, 10 projects, one page open", "1 %", f"{_rest(server):.1%}"
        job = _built(server, home)
        events = [json.loads(line) for line in job.events.read_text().splitlines()]
        lines = sum(event["k"] == "log" for event in events)
        seconds = min(_read(server, job.id) for _ in range(3))
        yield "log, server to one reader", "100,000 lines/s", f"{lines / seconds:,.0f} lines/s"
        counts = _read_by_many(server, job.id)
        yield f"{READERS} readers of {lines:,} lines at once", "each line once", _counted(counts, lines)
        yield "most memory of the server, with them", "120 MB", f"{_peak(server):.0f} MB"


def _start(home: Path, environment: dict[str, str]) -> float:
    began = time.monotonic()
    with WebProcess(home / "images" / "image0", home / "state", environment):
        return time.monotonic() - began


def _events_per_second(file: Path) -> float:
    """Return the lines per second that become events in a file, written as by buildx: a few at a time."""
    data = base64.b64encode(b"".join(b"line %d of a build\n" % number for number in range(BATCH))).decode()
    vertex = {"digest": "sha256:0", "name": "init", "started": "2026-01-01T00:00:00Z"}
    lines = [json.dumps({"vertexes": [vertex]}) + "\n"]
    lines += [json.dumps({"logs": [{"vertex": "sha256:0", "stream": 1, "data": data}]}) + "\n"] * (LINES // BATCH)
    with file.open("w", encoding="utf-8", buffering=1) as opened:
        events = Events(lambda event: opened.writelines([line_of(event)]))
        began = time.process_time()
        for line in lines:
            events.feed(line)
        return LINES / (time.process_time() - began)


def _rest(server: WebProcess) -> float:
    """Return the part of one core that the server takes while a page listens for changes."""
    answer = requests.get(f"{server.address}/events", headers=_token(server), stream=True, timeout=60)
    with answer:
        time.sleep(2)
        before = _spent(server)
        time.sleep(REST)
        return (_spent(server) - before) / REST


def _spent(server: WebProcess) -> float:
    numbers = Path(f"/proc/{server.child.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / _TICKS


def _peak(server: WebProcess) -> float:
    status = Path(f"/proc/{server.child.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def _token(server: WebProcess) -> dict[str, str]:
    return {"authorization": f"Bearer {server.token}"}


def _built(server: WebProcess, home: Path) -> folder.Job:
    file = home / "images" / "image0" / "Kairosfile"
    project = next(one for one in server.ask("GET", "/projects").json() if one["path"] == str(file.parent))
    tag = hashlib.sha256(file.read_bytes()).hexdigest()
    build = server.ask("POST", "/builds", {"project": project["id"], "sha256": tag, "tags": ["a:1"]}).json()["id"]
    job = folder.Job(home / "state" / "jobs" / build)
    until(lambda: job.state() == "done", 600)
    return job


def _read(server: WebProcess, build: str) -> float:
    began = time.monotonic()
    _count(server, build)
    return time.monotonic() - began


def _count(server: WebProcess, build: str) -> int:
    actual = 0
    address = f"{server.address}/builds/{build}/events"
    with requests.get(address, headers=_token(server), stream=True, timeout=600) as answer:
        for chunk in answer.iter_content(1 << 20):
            actual += chunk.count(b'"k":"log"') + chunk.count(b'"k": "log"')
    return actual


def _read_by_many(server: WebProcess, build: str) -> list[int]:
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(_count(server, build))) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts


def _counted(counts: list[int], lines: int) -> str:
    # A chunk may end within the word that is counted.
    near = sum(abs(count - lines) <= lines // 1000 for count in counts)
    return f"{near} of {READERS}"
