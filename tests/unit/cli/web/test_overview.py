"""The list of files: each with its problems, and a file that is slow to check delays it once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.cli.web import overview, texts
from kairosfile.cli.web.overview import Overviews
from kairosfile.cli.web.projects import Project
from kairosfile.cli.web.workers import BusyError, SlowError
from tests.support.web_client import TEXT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.web_client import Client

UNKNOWN: dict[str, Any] = {"summary": {}, "errors": None, "warnings": None, "last": None}
OF_TEXT = {"base": "mirror/debian:13", "version": "v1.0.0"}


class Processes:
    """A stand-in for the processes that check texts: texts with the word slow take too long."""

    def __init__(self) -> None:
        self.checked: list[str] = []
        self.slow: type[Exception] = SlowError

    def run(self, function: Any, text: texts.Text) -> Any:
        self.checked.append(text.file.name)
        if "slow" in text.text:
            raise self.slow
        return function(text)

    def count(self) -> int:
        """Return how many were checked since the last call."""
        number, self.checked = len(self.checked), []
        return number


class Store:
    """A stand-in for the builds of a server without builds."""

    def __init__(self) -> None:
        self.workers = Processes()

    def list_builds(self, **_: object) -> list[dict[str, Any]]:
        return []


@pytest.fixture
def store() -> Store:
    return Store()


def listed(overviews: Overviews, folder: Path) -> Any:
    return overviews.of_project(Project(folder))["details"]


def test_a_slow_file_is_checked_once_until_it_changes(store: Store, tmp_path: Path) -> None:
    slow = tmp_path / "Kairosfile.slow"
    slow.write_text("# slow\n" + TEXT)
    (tmp_path / "Kairosfile").write_text(TEXT)
    overviews = Overviews(store)  # type: ignore[arg-type]
    first = listed(overviews, tmp_path)
    assert (store.workers.count(), first["Kairosfile.slow"]) == (2, UNKNOWN)
    assert first["Kairosfile"] == {"summary": OF_TEXT, "errors": 0, "warnings": 0, "last": None}
    assert (listed(overviews, tmp_path), store.workers.checked) == (first, ["Kairosfile"])
    store.workers.count()

    status = slow.stat()
    slow.write_text("# fast\n" + TEXT)
    os.utime(slow, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert listed(overviews, tmp_path)["Kairosfile.slow"]["summary"] == OF_TEXT, "the size is the same"
    slow.write_text("# slow\n" + TEXT)
    assert listed(overviews, tmp_path)["Kairosfile.slow"] == UNKNOWN
    status = slow.stat()
    slow.write_text("# faster\n" + TEXT)
    os.utime(slow, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert listed(overviews, tmp_path)["Kairosfile.slow"]["summary"] == OF_TEXT, "the time is the same"


def test_it_is_checked_again_after_a_while(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Kairosfile").write_text("# slow\n" + TEXT)
    monkeypatch.setattr(overview, "RETRY", 0)
    overviews = Overviews(store)  # type: ignore[arg-type]
    listed(overviews, tmp_path)
    listed(overviews, tmp_path)

    assert store.workers.count() == 2


def test_a_server_that_is_busy_and_a_file_that_is_gone_are_not_remembered(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "Kairosfile"
    file.write_text("# slow\n" + TEXT)
    store.workers.slow = BusyError
    overviews = Overviews(store)  # type: ignore[arg-type]
    assert listed(overviews, tmp_path) == {"Kairosfile": UNKNOWN}
    assert listed(overviews, tmp_path) == {"Kairosfile": UNKNOWN}
    assert store.workers.count() == 2

    project = Project(tmp_path)
    file.unlink()
    assert overviews._details(project, ["Kairosfile"]) == {"Kairosfile": UNKNOWN}
    assert store.workers.count() == 0


def test_without_details_no_file_is_checked(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.server.store.workers, "run", lambda *_: pytest.fail("a text was checked"))
    (project,) = client.get("/projects?details=false")

    assert project["files"] == ["Kairosfile"]
    assert "details" not in project
