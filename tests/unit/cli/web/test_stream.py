"""The stream of a build's log: hostile, truncated and huge logs."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.cli.jobs import folder
from kairosfile.cli.jobs.events import line_of
from kairosfile.cli.web import builds, streams
from tests.support.web_client import until

if TYPE_CHECKING:
    from pathlib import Path

    from kairosfile.cli.jobs.folder import Job
    from tests.support.web_client import Client

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07",
    "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg",
    "data: [1]\n\nevent: end",
    "\u202eevil",
    "\ud800",
    "nul \0 \x07",
    "x" * 70_000,
)


def job_with(root: Path, lines: list[str], *, ended: bool = True) -> Job:
    job = folder.create(root, {"file": "/a/Kairosfile"}, "base: a\n", ["true"])
    with job.events.open("w", encoding="utf-8", errors="replace", newline="") as file:
        for number, text in enumerate(lines):
            file.write(line_of({"t": number, "k": "log", "v": 1, "s": 1, "x": text}))
    if ended:
        job.finish("done", status=0, artifacts=[])
    return job


def read(chunks: list[str]) -> list[dict[str, Any]]:
    """Return the events of a stream as a browser parses it: an event's data ends with its line."""
    actual = []
    for block in "".join(chunks).split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if fields.get("event") == "batch":
            actual += json.loads(fields["data"])
    return actual


async def collected(job: Job, offset: int, most: int | None = None) -> list[str]:
    chunks = []
    async for chunk in builds.stream(job, offset):
        chunks.append(chunk)
        if len(chunks) == most:
            break
    return chunks


def test_hostile_lines_stay_texts_on_their_lines(tmp_path: Path) -> None:
    job = job_with(tmp_path, list(HOSTILE))
    chunks = asyncio.run(collected(job, 0))
    expected = [text.encode("utf-8", "replace").decode() for text in HOSTILE]

    assert [event["x"] for event in read(chunks)] == expected
    assert chunks[-1] == 'event: end\ndata: {"state": "done"}\n\n'
    assert [row["x"] for row in builds.log(job, builds.LogQuery())["rows"]] == expected


def test_a_reader_goes_on_at_any_offset_it_was_given_and_misses_nothing(tmp_path: Path) -> None:
    lines = [f"line {number} {'x' * (number % 997)}" for number in range(3000)]
    job = job_with(tmp_path, lines)
    rng = random.Random(1)  # noqa: S311 - no secret
    messages: list[str] = []
    offset = 0
    while len(messages) < len(lines):
        chunks = asyncio.run(collected(job, offset, rng.randint(1, 4)))
        messages += [event["x"] for event in read(chunks)]
        ids = [line[4:] for chunk in chunks for line in chunk.split("\n") if line.startswith("id: ")]
        offset = int(ids[-1])

    assert messages == lines


def test_an_offset_that_no_line_begins_at_is_answered(tmp_path: Path) -> None:
    job = job_with(tmp_path, ["caf\u00e9"])
    middle = job.events.read_bytes().index(b"\xa9")
    end = ['event: end\ndata: {"state": "done"}\n\n']

    assert asyncio.run(collected(job, 2**53)) == end  # more than a file system can seek
    assert asyncio.run(collected(job, middle))[1:] == end


def test_a_partial_line_is_sent_once_it_is_complete(tmp_path: Path) -> None:
    job = job_with(tmp_path, ["one"], ended=False)
    whole = line_of({"t": 0, "k": "log", "v": 1, "s": 1, "x": "caf\u00e9"}).encode()
    with job.events.open("ab") as file:
        file.write(whole[:-4])

    async def follow() -> list[dict[str, Any]]:
        chunks = []
        with job.lock():
            async for chunk in builds.stream(job, 0):
                chunks.append(chunk)
                if len(chunks) == 1:
                    with job.events.open("ab") as file:
                        file.write(whole[-4:])
                if len(chunks) == 2:
                    break
        return read(chunks)

    assert [event["x"] for event in asyncio.run(follow())] == ["one", "caf\u00e9"]


def test_lines_of_a_step_are_separate_and_searched_together(client: Client) -> None:
    job = folder.create(client.server.state, {"file": "/a/Kairosfile"}, "base: a\n", ["true"])
    events: list[dict[str, Any]] = [
        {"k": "vertex", "v": 1, "name": "a", "step": "one", "state": "running"},
        {"k": "vertex", "v": 2, "name": "b", "step": "two", "state": "running"},
        *({"k": "log", "v": number % 2 + 1, "s": 1, "x": f"Line {number}"} for number in range(10)),
        {"k": "text", "x": "line of buildx"},
    ]
    job.events.write_text("".join(line_of({"t": 0, **event}) for event in events))
    job.finish("done", status=0, artifacts=[], ran=2)

    path = f"/builds/{job.id}/log"
    assert [row["x"] for row in client.get(f"{path}?step=two")["rows"]] == [f"Line {it}" for it in (1, 3, 5, 7, 9)]
    answer = client.get(f"{path}?start=2&count=3&q=LINE")
    assert (len(answer["hits"]), answer["total"], [row["line"] for row in answer["rows"]]) == (11, 11, [2, 3, 4])
    assert client.ask("GET", f"{path}.txt").text.splitlines()[-1] == "line of buildx"
    job.events.unlink()
    assert client.ask("GET", path).status_code == client.ask("GET", f"/builds/{job.id}/events").status_code == 410


def test_streams_have_a_limit_and_a_closed_one_makes_room(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST", 2)
    job = folder.create(client.server.state, {"file": "/a/Kairosfile"}, "base: a\n", ["true"])
    path = f"/builds/{job.id}/events"
    with job.lock():
        job.begin()
        job.events.write_text(line_of({"t": 0, "k": "log", "v": 1, "s": 1, "x": "a"}))
        with client.stream("/events", "0") as first, client.stream(path, "0") as second:
            assert (next(first), next(second)[:4]) == ("event: projects", "id: ")
            answer = client.ask("GET", path)
            assert (answer.status_code, answer.json()["detail"]) == (
                429,
                "too many open streams, the limit is 2; close a page",
            )
        job.finish("done", status=0, artifacts=[])
    until(lambda: client.ask("GET", path).status_code == 200)


def _viewer(client: Client, path: str, message: list[int], number: int) -> None:
    """Read a stream with a separate session and several disconnects; record how many lines arrived in order."""
    rng = random.Random(number)  # noqa: S311 - no secret
    offset, expected = "0", 0
    while True:
        breaks_off = rng.randint(1, 200) if number % 5 == 0 else -1
        with client.stream(path, offset) as lines:
            for line in lines:
                if line.startswith("id: "):
                    following = line[4:]
                elif line.startswith("data: ["):
                    for event in json.loads(line[6:]):
                        assert event["x"] == f"line {expected}"
                        expected += 1
                    offset, breaks_off = following, breaks_off - 1
                elif line == "event: end":
                    message[number] = expected
                    return
                if breaks_off == 0:
                    break


@pytest.mark.long
def test_fifty_viewers_of_a_build_that_runs_get_each_of_200_000_lines_once(client: Client) -> None:
    count, viewers = 200_000, 50
    job = folder.create(client.server.state, {"file": "/a/Kairosfile"}, "base: a\n", ["true"])
    messages = [0] * viewers
    with job.lock():
        job.begin()
        arguments = [(client, f"/builds/{job.id}/events", messages, number) for number in range(viewers)]
        threads = [threading.Thread(target=_viewer, args=words) for words in arguments]
        for thread in threads:
            thread.start()
        with job.events.open("w", encoding="utf-8", buffering=1 << 16) as file:
            for number in range(count):
                file.write(line_of({"t": number, "k": "log", "v": 1, "s": 1, "x": f"line {number}"}))
        job.finish("done", status=0, artifacts=[])
        for thread in threads:
            thread.join()

    assert messages == [count] * viewers
    assert builds.log(job, builds.LogQuery(count=1, query="line 199999"))["hits"] == [count - 1]
