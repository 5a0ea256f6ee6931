"""The index of the job folders: it matches their content, even after the index is damaged or deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.cli.jobs import folder
from kairosfile.cli.web import builds, index
from kairosfile.cli.web.index import NAME, Index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kairosfile.cli.jobs.folder import Job

    Listed = Callable[..., list[str]]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Index]:
    result = Index(tmp_path, builds.summary)
    yield result
    result.close()


def add(root: Path, file: str = "/a/Kairosfile", state: folder.State | None = "done", key: str = "") -> Job:
    job = folder.create(root, {"file": file, "key": key}, "base: a\n", ["true"])
    if state:
        path = job.folder / folder.ARTIFACTS / "a.iso"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"a" * 7)
        job.finish(state, status=0, artifacts=[{"name": "a.iso", "size": 7, "sha256": ""}])
    return job


def ids(index: Index, *, state: str | None = None, file: str | None = None, before: str | None = None) -> list[str]:
    return [one["id"] for one in index.list_builds(state=state, file=file, before=before, limit=100)]


def test_builds_are_listed_by_state_by_folder_and_in_pages(tmp_path: Path, opened: Index) -> None:
    first, second = add(tmp_path), add(tmp_path, "/a/b/Kairosfile", "failed")
    third = add(tmp_path, "/ab/Kairosfile")

    assert ids(opened) == [third.id, second.id, first.id]
    assert ids(opened, state="failed") == [second.id]
    assert ids(opened, file="/a") == [second.id, first.id]
    assert ids(opened, file="/a/Kairosfile") == [first.id]
    assert ids(opened, before=second.id) == [first.id]
    assert opened.list_builds(state=None, file=None, before=None, limit=1)[0]["bytes"] == 7


def test_a_waiting_build_has_its_position_on_every_page_of_the_list(tmp_path: Path, opened: Index) -> None:
    done, first = add(tmp_path), add(tmp_path, state=None)
    failed, second = add(tmp_path, state="failed"), add(tmp_path, "/b/Kairosfile", state=None)
    positions = {done.id: None, first.id: 1, failed.id: None, second.id: 2}

    def listed(**body: str | None) -> dict[str, int | None]:
        actual = opened.list_builds(**{"state": None, "file": None, "before": None, **body}, limit=100)
        return {one["id"]: one["position"] for one in actual}

    assert listed() == positions
    assert listed(state="queued", file="/b") == {second.id: 2}
    assert listed(before=failed.id) == {done.id: None, first.id: 1}


def test_what_changes_in_a_folder_is_seen(tmp_path: Path, opened: Index) -> None:
    job = add(tmp_path, state=None)
    assert ids(opened, state="queued") == [job.id]
    job.finish("done", status=0)
    assert ids(opened, state="done") == [job.id]
    job.keep(enabled=True)
    assert opened.list_builds(state=None, file=None, before=None, limit=1)[0]["kept"] is True
    job.remove()
    assert ids(opened) == []


def test_a_folder_that_has_not_changed_is_not_read_again(
    tmp_path: Path, opened: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(tmp_path)
    running = add(tmp_path, state=None)
    ids(opened)
    read: list[str] = []

    def noted(job: Job) -> dict[str, Any]:
        read.append(job.id)
        return builds.summary(job)

    monkeypatch.setattr(opened, "summary", noted)
    ids(opened)

    assert read == [running.id]


@pytest.mark.parametrize("damage", ["gone", "torn", "another", "older"])
def test_an_index_that_is_gone_or_damaged_is_made_anew(
    tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = add(tmp_path, key="k")
    if damage == "older":
        monkeypatch.setattr(index, "VERSION", 99)
    before = Index(tmp_path, builds.summary)
    listed = ids(before)
    before.close()
    monkeypatch.undo()
    file = tmp_path / NAME
    if damage == "gone":
        file.unlink()
    elif damage == "torn":
        file.write_bytes(file.read_bytes()[:1000])
    elif damage == "another":
        file.write_bytes(b"no database" * 1000)

    after = Index(tmp_path, builds.summary)
    assert ids(after) == listed == [job.id]
    assert after.by_key("k") == job
    assert after.by_key("other") is None
    after.close()
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_newest_time_of_a_step_on_each_builder_is_known(tmp_path: Path, opened: Index) -> None:
    def ended(builder: str, ended: int, **times: float) -> Job:
        job = folder.create(tmp_path, {"file": "/a/Kairosfile", "builder": builder}, "base: a\n", ["true"])
        folder.write_json(job.folder / "result.json", {"state": "done", "ended": ended, "times": times})
        return job

    ended("near", 20, a=2.0, b=4.0)
    ended("near", 10, a=1.0, c=3.0)  # read later, but older
    ended("far", 5, a=9.0)
    first = ids(opened)

    assert len(first) == 3
    assert opened.step_times("near", ["a", "b", "c", "d"]) == {"a": 2.0, "b": 4.0, "c": 3.0}
    assert opened.step_times("far", ["a", "b"]) == {"a": 9.0}
    assert opened.step_times("", ["a"]) == {}
    again = Index(tmp_path, builds.summary)
    (tmp_path / "jobs" / first[0]).rename(tmp_path / "gone")
    ids(again)
    assert again.step_times("near", ["a"]) == {"a": 2.0}, "a time outlives its build"
    again.close()


def test_times_that_were_not_seen_for_long_are_forgotten(
    tmp_path: Path, opened: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "MOST_TIMES", 2)
    for number in range(4):
        job = folder.create(tmp_path, {"file": "/a/Kairosfile"}, "base: a\n", ["true"])
        folder.write_json(job.folder / "result.json", {"state": "done", "ended": number, "times": {str(number): 1.0}})
        ids(opened)

    assert opened.step_times("", ["0", "1", "2", "3"]) == {"2": 1.0, "3": 1.0}
