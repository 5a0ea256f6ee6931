"""Builds as jobs: their events, how they end, and which files remain. A program that prints replaces buildx.

`tests/e2e/test_jobs.py` tests the same with a real engine.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.cli.jobs import built_files, folder
from kairosfile.cli.jobs import events as events_module
from kairosfile.cli.jobs.events import LONGEST_LINE, MOST_LOG, Events, StepName
from kairosfile.cli.jobs.process import start
from kairosfile.cli.jobs.queue import MOST_WAITING, Queue, QueueFullError
from kairosfile.cli.jobs.recording import builder_of, recording
from kairosfile.cli.jobs.secret_values import secret_values
from kairosfile.cli.load import Loaded, LoadOptions, load_all
from kairosfile.language import lockfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kairosfile.cli.jobs.folder import Job

CORE = "base: debian:13\nversion: v1.0.0\n"
STARTED, COMPLETED = "2026-01-01T00:00:00Z", "2026-01-01T00:00:03.25Z"


def vertex(name: str, digest: str = "", **more: object) -> dict[str, Any]:
    return {"vertexes": [{"digest": digest or f"sha256:{name}", "name": name, "started": STARTED, **more}]}


def log(name: str, text: bytes | str, stream: int = 1) -> dict[str, Any]:
    data = text if isinstance(text, bytes) else text.encode()
    return {"logs": [{"vertex": f"sha256:{name}", "stream": stream, "data": base64.b64encode(data).decode()}]}


def recorded_events(
    *lines: dict[str, Any] | str, steps: list[StepName] | None = None, secrets: list[str] | None = None
) -> Any:
    """Return the events of buildx's output, without their times."""
    actual: list[dict[str, Any]] = []
    events = Events(actual.append, steps or [], secrets or [])
    for line in lines:
        events.feed(line if isinstance(line, str) else json.dumps(line) + "\n")
    events.end(0, "done")
    assert all(event.pop("t") > 1_700_000_000_000 for event in actual)
    return actual[:-1]


def test_a_vertex_is_reported_once_per_change() -> None:
    started, done = vertex("init"), vertex("init", completed=COMPLETED)

    assert recorded_events(started, started, done, done) == [
        {"k": "vertex", "v": 1, "name": "init", "state": "running"},
        {"k": "vertex", "v": 1, "name": "init", "state": "done", "seconds": 3.25},
    ]


def test_a_vertex_has_the_id_and_platform_of_its_step_and_equal_names_go_by_the_order_of_the_plan() -> None:
    steps = [StepName("[linux/arm64] a", "one", "linux/arm64"), StepName("[linux/arm64] a", "two", "linux/arm64")]
    events = recorded_events(vertex("[linux/arm64] a"), vertex("[linux/arm64] a", "sha256:x"), vertex("b"), steps=steps)

    assert [event.get("step") for event in events] == ["one", "two", None]
    assert events[0]["platform"] == "linux/arm64"


def test_states_are_cached_failed_and_stopped() -> None:
    ended = {"completed": COMPLETED}
    events = recorded_events(
        vertex("a", cached=True, **ended),
        vertex("b", error="exit code: 1", **ended),
        vertex("c", error="rpc: context canceled", **ended),
    )

    assert [(event["state"], event.get("error")) for event in events] == [
        ("cached", None),
        ("failed", "exit code: 1"),
        ("stopped", "rpc: context canceled"),
    ]


def test_lines_of_a_log_are_whole_wherever_they_are_cut() -> None:
    text = "caf\u00e9 \U0001f427\n\x1b[31mred\x1b[0m\nlast".encode()
    for size in (1, 2, 3, len(text)):
        parts = [log("a", text[at : at + size]) for at in range(0, len(text), size)]
        events = recorded_events(vertex("a"), *parts, vertex("a", completed=COMPLETED))
        assert [event["x"] for event in events if event["k"] == "log"] == [
            "caf\u00e9 \U0001f427",
            "\x1b[31mred\x1b[0m",
            "last",
        ]
        assert events[-1]["state"] == "done"


def test_streams_do_not_mix_and_a_line_without_end_is_cut() -> None:
    events = recorded_events(
        vertex("a"), log("a", "on"), log("a", "no\n", 2), log("a", "e\n" + "x" * (LONGEST_LINE + 1))
    )

    assert [(event["s"], event["x"][:3]) for event in events[1:]] == [(2, "no"), (1, "one"), (1, "xxx"), (1, "x")]


def test_the_time_of_a_finished_step_is_reported_under_its_key() -> None:
    names = ("a", "b", "c", "d")
    events = Events(lambda _: None, [StepName(name, name, "linux/amd64", f"key-{name}") for name in names])
    ended = {"completed": COMPLETED}
    for line in (
        vertex("a", **ended),
        vertex("b", cached=True, **ended),
        vertex("c", error="exit code: 1", **ended),
        vertex("d"),
        vertex("e", **ended),
    ):
        events.feed(json.dumps(line) + "\n")

    assert events.times() == {"key-a": 3.25}


@pytest.mark.parametrize(
    ("argv", "environment", "builder"),
    [
        (["--builder", "far"], "near", "far"),
        (["--builder=far"], "near", "far"),
        ([], "near", "near"),
        (["--builders"], "", ""),
    ],
)
def test_the_builder_is_that_of_the_command_line_or_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, argv: list[str], environment: str, builder: str
) -> None:
    monkeypatch.setenv("BUILDX_BUILDER", environment)
    assert builder_of(["docker", "buildx", "build", *argv]) == builder


def test_a_log_over_the_limit_is_cut_with_a_note_and_the_build_is_still_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert MOST_LOG == 256 << 20
    monkeypatch.setattr(events_module, "MOST_LOG", 10)
    events = recorded_events(
        vertex("a"), log("a", "12345\n67890\nmore\n"), log("a", "and more\n"), vertex("a", completed=COMPLETED)
    )

    assert [event["x"] for event in events if event["k"] == "log"] == ["12345", "67890"]
    (note,) = [event["x"] for event in events if event["k"] == "text"]
    assert note.endswith("the rest of it is left out")
    assert events[-1]["state"] == "done"


def test_messages_and_warnings_of_buildx_are_shown() -> None:
    short = base64.b64encode(b"old base").decode()
    events = recorded_events({"warnings": [{"short": short}]}, "ERROR: failed\n", "{ no json\n")

    assert events == [
        {"k": "warning", "x": "old base"},
        {"k": "text", "x": "ERROR: failed"},
        {"k": "text", "x": "{ no json"},
    ]


def test_a_secret_is_in_no_event() -> None:
    canary = "canary-0123456789"
    events = recorded_events(
        vertex(f"run {canary}"),
        log(f"run {canary}", f"a {canary} b\n"),
        vertex(f"run {canary}", completed=COMPLETED, error=f"{canary} failed"),
        f"ERROR: {canary}\n",
        secrets=[canary],
    )

    assert canary not in json.dumps(events)
    assert [event["x"] for event in events if event["k"] == "log"] == ["a *** b"]


def test_the_secrets_of_a_command_line_are_read_where_buildx_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("from-a-file\nsecond-line\n")
    (tmp_path / "short").write_text("short")
    monkeypatch.setenv("TOKEN", "from-the-environment")
    words = ["--secret", f"id=a,src={tmp_path}/file", "--secret=id=TOKEN", "--secret", f"id=b,src={tmp_path}/short"]

    assert secret_values(words) == ["from-a-file\nsecond-line", "from-the-environment", "from-a-file", "second-line"]
    assert secret_values(["--secret", "id=a,src=/missing", "--secret"]) == []


# Replaces buildx: prints its argument line by line; some lines are commands, for example to wait.
PROGRAM = """\
import signal, sys, time
for line in sys.argv[1].split("\\n"):
    if line == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif line == "wait":
        print("waiting", flush=True)
        time.sleep(60)
    elif line.startswith("exit"):
        sys.exit(int(line[4:]))
    else:
        print(line, flush=True)
"""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Job]]:
    """Create jobs, and stop those that still run at the end."""
    result: list[Job] = []

    def job(*lines: str, **more: Any) -> Job:
        request = {"file": "/a/Kairosfile", "folder": str(tmp_path), **more}
        argv = [sys.executable, "-c", PROGRAM, "\n".join(lines)]
        result.append(folder.create(tmp_path, request, "base: a\n", argv))
        return result[-1]

    yield job
    for one in result:
        one.cancel()


def events_of(job: Job) -> list[dict[str, Any]]:
    return [json.loads(line) for line in job.events.read_text().splitlines()] if job.events.exists() else []


def until(condition: Callable[[], object]) -> None:
    """Wait until a condition is true; fail the test after a timeout."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_job_writes_what_happens_and_then_how_it_ended(make: Callable[..., Job]) -> None:
    steps = [{"vertex": "a", "id": "one", "platform": "linux/amd64", "key": "k"}]
    job = make(json.dumps(vertex("a", completed=COMPLETED)), "ERROR: no", "exit3", steps=steps)
    (job.folder / "artifacts").mkdir()
    (job.folder / "artifacts" / "left").write_text("over")
    assert job.state() == "queued"
    until(lambda: start(job).wait() == 3)

    assert job.state() == "failed"
    assert job.result | {"ended": 0} == {
        "state": "failed", "ended": 0, "status": 3, "artifacts": [], "ran": 1, "cached": 0, "failed": 0,
        "times": {"k": 3.25}, "digest": None,
    }  # fmt: skip
    assert [event["k"] for event in events_of(job)] == ["vertex", "text", "end"]
    assert (events_of(job)[0]["step"], events_of(job)[-1]["status"]) == ("one", 3)
    assert start(job).wait() == 1, "a job is built once"


@pytest.mark.parametrize("text", ["base: b\n", None])
def test_a_file_that_changes_while_its_build_waits_is_not_built(
    make: Callable[..., Job], tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "Kairosfile"
    file.write_text("base: a\n")
    digest = hashlib.sha256(b"base: a\n").hexdigest()
    job, other = (make("hello", file=str(file), sha256=digest) for _ in range(2))
    assert start(job).wait() == 0
    file.write_text(text) if text else file.unlink()

    assert (start(other).wait(), other.state(), other.result["status"]) == (1, "failed", 1)
    assert next(event.get("x") for event in events_of(other)) == (
        f"{file} has changed since this build was requested; build it again"
    )


def test_artifacts_are_listed_with_their_sizes_and_checksums(make: Callable[..., Job]) -> None:
    job = make("hello")
    (job.folder / "artifacts" / "sub").mkdir(parents=True)
    (job.folder / "artifacts" / "sub" / "a.iso").write_bytes(b"abc")
    (job.folder / "artifacts" / "link").symlink_to("/etc/passwd")
    start(job).wait()

    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert job.result["artifacts"] == [{"name": "sub/a.iso", "size": 3, "sha256": digest}]


def test_a_command_that_is_missing_fails_with_a_line(tmp_path: Path) -> None:
    job = folder.create(tmp_path, {"folder": str(tmp_path)}, "", ["/missing/docker", "buildx"])
    start(job).wait()

    assert job.result["status"] == 127
    assert events_of(job)[0]["x"] == "/missing/docker cannot be started: No such file or directory"


def test_a_job_outlives_its_starter_and_ends_when_it_is_cancelled(make: Callable[..., Job]) -> None:
    job = make("wait")
    child = start(job)
    until(lambda: events_of(job))

    assert (job.state(), os.getsid(child.pid)) == ("running", child.pid)
    assert job.cancel()
    child.wait()
    assert (job.state(), job.result["status"]) == ("canceled", 128 + signal.SIGTERM)
    assert not job.cancel()


def test_a_child_that_does_not_listen_is_killed(make: Callable[..., Job]) -> None:
    job = make("deaf", "wait")
    child = start(job)
    until(lambda: events_of(job))
    job.cancel()
    child.wait()

    assert (job.state(), job.result["status"]) == ("canceled", 128 + signal.SIGKILL)


def test_a_job_that_was_killed_is_interrupted_and_is_not_started_again(make: Callable[..., Job]) -> None:
    job = make("wait")
    child = start(job)
    until(lambda: events_of(job))
    child.kill()
    child.wait()

    assert job.state() == "interrupted"
    assert Queue(job.folder.parent.parent).advance() == []


def test_a_queued_job_is_canceled_without_a_process(make: Callable[..., Job]) -> None:
    job = make("wait")

    assert job.cancel()
    assert job.state() == "canceled"
    assert start(job).wait() == 1


def test_jobs_start_in_their_order_a_number_at_a_time_and_a_new_server_goes_on(
    make: Callable[..., Job], tmp_path: Path
) -> None:
    first, second = make("wait"), make("hello")
    queue = Queue(tmp_path)

    assert [job.id for job in queue.advance()] == [first.id]
    assert queue.advance() == []
    until(lambda: first.state() == "running")
    later = Queue(tmp_path)
    assert later.advance() == []
    first.cancel()
    until(lambda: first.state() == "canceled")
    until(lambda: [job.id for job in later.advance()] == [second.id])
    until(lambda: second.state() == "done")
    until(lambda: not queue.processes() and not later.processes())


def test_the_same_build_waits_once_and_the_queue_has_an_end(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    request = {"file": "/a", "sha256": "x", "target": "", "platforms": ["linux/amd64"]}

    assert queue.submit(request, "", ["a"]).id == queue.submit(request, "", ["a"]).id
    assert queue.submit({**request, "target": "iso"}, "", ["a"]).id != queue.submit(request, "", ["a"]).id
    for number in range(MOST_WAITING - 2):
        queue.submit({**request, "file": str(number)}, "", ["a"])
    with pytest.raises(QueueFullError, match="50 builds are waiting"):
        queue.submit({**request, "file": "one more"}, "", ["a"])


def test_old_jobs_are_removed_but_not_what_runs_waits_or_is_kept(make: Callable[..., Job], tmp_path: Path) -> None:
    jobs = [make("hello", file=file) for file in ("/a", "/a", "/a", "/a", "/b")]
    for job in jobs:
        job.begin()
        (job.folder / folder.ARTIFACTS).mkdir()
        job.finish("done")
    jobs[0].keep(enabled=True)
    waiting = make("hello", file="/a")

    assert folder.prune(tmp_path, keep=1, days=30) == [jobs[1].id]
    has_artifacts = {job.id for job in jobs if (job.folder / folder.ARTIFACTS).exists()}
    assert has_artifacts == {jobs[0].id, jobs[3].id, jobs[4].id}, "those of the one before the last go first"
    assert {job.id for job in folder.all_jobs(tmp_path)} == {waiting.id, *(jobs[at].id for at in (0, 2, 3, 4))}


def test_a_job_loses_its_artifacts_when_it_is_old_and_is_removed_when_it_is_twice_as_old(
    make: Callable[..., Job], tmp_path: Path
) -> None:
    day = 24 * 60 * 60 * 1000
    jobs = {age: make("hello", file="/a", asked=folder.now() - age * day) for age in (1, 29, 31, 59, 61)}
    for job in jobs.values():
        job.begin()
        (job.folder / folder.ARTIFACTS).mkdir()
        job.finish("done")

    assert folder.prune(tmp_path, keep=9, days=30) == [jobs[61].id]
    assert {age for age, job in jobs.items() if (job.folder / folder.ARTIFACTS).exists()} == {1, 29}
    assert {age for age, job in jobs.items() if job.folder.exists()} == {1, 29, 31, 59}


def test_jobs_are_in_their_order_at_the_turn_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds and nanoseconds from two clock readings reversed the order, which removed one backup too many."""
    turn = 1_800_000_000 * 10**9
    clock = iter([turn - 1, turn, turn + 1])
    monkeypatch.setattr(time, "time_ns", lambda: next(clock))
    monkeypatch.setattr(time, "time", lambda: turn / 10**9 - 1)
    stamps = [folder.stamp() for _ in range(3)]

    assert stamps == sorted(stamps)
    assert [one[9:] for one in stamps] == ["075959-999999999", "080000-000000000", "080000-000000001"]


def test_a_job_is_found_by_its_id_alone(make: Callable[..., Job], tmp_path: Path) -> None:
    job = make("hello")

    actual = folder.find(tmp_path, job.id)
    assert actual
    assert actual.folder == job.folder
    assert [folder.find(tmp_path, name) for name in ("..", f"../jobs/{job.id}", "", "\0")] == [None] * 4
    assert (job.folder / "request.json").stat().st_mode & 0o777 == 0o600
    assert job.folder.stat().st_mode & 0o777 == 0o700


@pytest.fixture
def loaded(tmp_path: Path) -> list[Loaded]:
    (tmp_path / "Kairosfile").write_text(CORE)
    return load_all(str(tmp_path / "Kairosfile"), LoadOptions.parse([], ["linux/amd64"], None))


def test_a_build_of_the_command_is_recorded_with_the_steps_of_its_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loaded: list[Loaded]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    args = ["--build-arg", "A=b=c", "--build-arg", "API_TOKEN=canary"]
    with recording(["docker", "--builder", "far", *args], "docker buildx build .", loaded, "init") as record:
        (job,) = folder.all_jobs(tmp_path / "kairosfile")
        assert job.state() == "running"
        record.feed(json.dumps(vertex("init kairos v1.0.0", completed=COMPLETED)))
        record.end(0)

    assert job.state() == "done"
    assert (job.request["origin"], job.request["command"]) == ("terminal", "docker buildx build .")
    assert (job.request["file"], (job.folder / "Kairosfile").read_text()) == (str(tmp_path / "Kairosfile"), CORE)
    assert [(event["k"], event.get("step")) for event in events_of(job)] == [("vertex", "init"), ("end", None)]
    assert job.result["ran"] == 1
    assert (job.request["target"], job.request["platforms"], job.request["builder"]) == ("init", ["linux/amd64"], "far")
    assert job.request["build_args"] == {"A": "b=c"}
    assert "canary" not in (job.folder / "request.json").read_text()
    assert [step["id"] for step in job.request["steps"]][-1] == "init", "what follows the target is not built"
    assert list(job.result["times"].values()) == [3.25]


def test_a_build_of_the_command_is_recorded_with_the_files_that_decide_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = f"version: 1\nimages:\n  docker.io/library/debian:13: sha256:{'a' * 64}\n"
    texts = {
        "Kairosfile": "extends: parts/a.yaml\n" + CORE,
        "Kairosfile.lock": lock,
        "parts/a.yaml": "include: [b.yaml]\nlabels: {ä: x}\n",
        "b.yaml": "annotations: {b: x}\n",
        "c.yaml": "annotations: {c: x}\n",
    }
    (tmp_path / "parts").mkdir()
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    images = load_all(str(tmp_path / "Kairosfile"), LoadOptions.parse([], ["linux/amd64"], None))
    with recording([], "", images) as record:
        record.end(0)
    (job,) = folder.all_jobs(tmp_path / "kairosfile")
    recorded = built_files.from_data(job.files)

    assert recorded == built_files.of_document(images[0].document)
    assert recorded is not None
    assert images[0].document.lock is not None
    assert dict(recorded.included) == {name: texts[name] for name in ("b.yaml", "parts/a.yaml")}
    assert lockfile.read("", str(recorded.lock).encode()).images == images[0].document.lock.images
    assert (job.folder / "files.json").stat().st_mode & 0o777 == 0o600


def test_a_state_folder_that_cannot_be_written_changes_no_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], loaded: list[Loaded]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with recording([], "", loaded, printed=True) as record:
        record.feed("hello\n")
        record.end(0)

    assert [json.loads(line)["k"] for line in capsys.readouterr().err.splitlines()] == ["text", "end"]
