"""The processes that check and plan texts: a slow text delays only its own request."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.cli.web import texts
from kairosfile.cli.web.workers import BusyError, SlowError, Workers
from kairosfile.language import KairosfileError
from kairosfile.language.editing import EditError
from tests.support.web_client import TEXT, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.web_client import Client


@pytest.fixture
def workers() -> Iterator[Workers]:
    pool = Workers(count=2, seconds=60)
    yield pool
    pool.close()


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def own_process() -> int:
    """Return the process id; the process has imported this module."""
    return os.getpid()


def sleep(marker: Path) -> None:
    """Record the process id, then exceed the time limit."""
    marker.write_text(str(os.getpid()))
    time.sleep(60)


def test_a_slow_text_is_given_up_and_its_process_killed(workers: Workers, tmp_path: Path) -> None:
    first = workers.run(own_process)
    workers.seconds = 0.5
    began = time.monotonic()
    with pytest.raises(SlowError, match=r"took longer than 0.5 seconds .* make the text smaller"):
        workers.run(sleep, tmp_path / "a")
    assert time.monotonic() - began < 20
    assert int((tmp_path / "a").read_text()) == first != os.getpid()
    until(lambda: not is_alive(first))
    workers.seconds = 60

    assert workers.run(os.getpid) not in {first, os.getpid()}, "another process is in its place"


def test_a_process_that_died_while_it_was_free_is_replaced(workers: Workers) -> None:
    first = workers.run(os.getpid)
    os.kill(first, signal.SIGKILL)
    until(lambda: not is_alive(first))
    assert workers.run(os.getpid) not in {first, os.getpid()}


def test_others_are_answered_while_a_text_is_slow_and_the_number_of_processes_has_a_limit(
    workers: Workers, tmp_path: Path
) -> None:
    messages: list[str] = []

    def occupy(name: str) -> None:
        with pytest.raises(SlowError) as error:
            workers.run(sleep, tmp_path / name)
        messages.append(str(error.value))

    threads = [threading.Thread(target=occupy, args=(name,)) for name in ("a", "b")]
    threads[0].start()
    until((tmp_path / "a").exists)
    assert workers.run(os.getpid) != int((tmp_path / "a").read_text())
    threads[1].start()
    until((tmp_path / "b").exists)
    workers.wait = 0.1
    with pytest.raises(BusyError, match="all 2 processes are working on other texts"):
        workers.run(os.getpid)
    for name in ("a", "b"):
        os.kill(int((tmp_path / name).read_text()), signal.SIGKILL)
    for thread in threads:
        thread.join()
    assert messages == ["the process that checked this text ended unexpectedly; make the text smaller"] * 2
    workers.wait = 60
    assert len({workers.run(os.getpid) for _ in range(5)}) == 1, "the one that was used last is used again"


def test_what_a_text_raises_is_raised_with_all_that_it_says(workers: Workers, tmp_path: Path) -> None:
    text = texts.Text(tmp_path / "Kairosfile", "base: debian:13\n")
    with pytest.raises(KairosfileError) as expected:
        text.versions()
    with pytest.raises(KairosfileError) as raised:
        workers.run(texts.Text.versions, text)
    with pytest.raises(EditError, match="the file has no fips and cannot take it") as refused:
        workers.run(texts.edit, TEXT, [{"op": "remove", "path": ["fips"]}])

    assert (raised.value.diagnostics, str(raised.value)) == (expected.value.diagnostics, str(expected.value))
    assert refused.value.range.start.line > 0


def test_a_closed_pool_leaves_no_process(workers: Workers) -> None:
    process = workers.run(os.getpid)
    workers.close()

    assert not is_alive(process)


# Shell lines that the checker reads slowly, and hooks whose plans the server compares for three platforms.
SLOW: list[dict[str, Any]] = [
    {"text": TEXT + "hooks:\n  after_install:\n" + f"    - run: {'apt-get install -y a && ' * 5_000}true\n" * 8},
    {"text": TEXT + "hooks:\n  after_install:\n" + "".join(f"    - run: e{number}\n" for number in range(1900))},
]


@pytest.mark.parametrize("body", SLOW, ids=["line", "hooks"])
def test_a_route_says_that_a_text_is_slow(client: Client, body: dict[str, Any]) -> None:
    client.server.store.workers.seconds = 0.05
    body = {**body, "project": client.project, "platforms": ["linux/amd64"]}
    for path in ("/check", "/plan", "/graph.svg", "/eject", "/names", "/explain/init"):
        answer = client.ask("POST", path, json=body)
        assert answer.status_code == 422, path
        assert "longer than 0.05 seconds" in answer.json()["detail"]
    client.server.store.workers.seconds = 60
    assert client.post("/check", project=client.project, text=TEXT).status_code == 200


def test_a_slow_file_of_a_project_hides_no_other_one(client: Client) -> None:
    (client.root / "Kairosfile.slow").write_text(SLOW[0]["text"])
    client.server.store.workers.seconds = 3
    (project,) = client.get("/projects")

    assert project["details"]["Kairosfile.slow"]["errors"] in {None, 0}
    assert project["details"]["Kairosfile"]["summary"]["version"] == "v1.0.0"
