"""The overview of a project: its files, their images, their diagnostics, and their last builds."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kairosfile.cli.errors import CliError
from kairosfile.cli.web import texts
from kairosfile.cli.web.projects import PathError
from kairosfile.cli.web.workers import BusyError, SlowError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kairosfile.cli.web.builds import Builds
    from kairosfile.cli.web.projects import Project

_SHOWN = ("base", "variant", "model", "provider", "version")
_HEAD = re.compile(r"ref: refs/heads/(.{1,200})")
RETRY = 600.0  # seconds until a file is checked again that took too long, on a machine that may have been busy


@dataclass(frozen=True, slots=True)
class _State:
    """What changes with the content of a file."""

    size: int
    modified: int


class Overviews:
    """The overviews of the projects of a server.

    A file whose check takes too long delays a list by the whole time limit, so it is remembered, and not checked again
    before it changes or ten minutes have passed.
    """

    def __init__(self, store: Builds) -> None:
        self._store = store
        self._slow: dict[Path, tuple[_State, float]] = {}

    def of_project(self, project: Project, *, details: bool = True) -> dict[str, Any]:
        """Return a project with its files; with `details`, the files are checked."""
        files = project.kairosfiles()
        data = {"id": project.id, "path": str(project.root), "branch": branch(project), "files": files}
        return {**data, "details": self._details(project, files)} if details else data

    def _details(self, project: Project, files: Sequence[str]) -> dict[str, Any]:
        """Return the data of each file's row on the page."""
        newest = {one["file"]: one for one in reversed(self._store.list_builds(file=str(project.root)))}
        return {path: self._of_file(project, path, newest.get(str(project.root / path))) for path in files}

    def _of_file(self, project: Project, path: str, build: dict[str, Any] | None) -> dict[str, Any]:
        last = {name: build[name] for name in ("id", "state", "asked", "ended")} if build else None
        checked = self._check(project, path)
        if checked is None:
            return {"summary": {}, "errors": None, "warnings": None, "last": last}
        severities = [one["severity"] for one in checked["diagnostics"]]
        return {
            "summary": {name: value["value"] for name in _SHOWN if (value := checked["values"].get(f"/{name}"))},
            "errors": severities.count("error"),
            "warnings": severities.count("warning"),
            "last": last,
        }

    def _check(self, project: Project, path: str) -> dict[str, Any] | None:
        """Return the check of a file; None if it went away, names an unreadable file, or takes too long."""
        try:
            place = project.place(path)
            status = place.stat()
            state = _State(status.st_size, status.st_mtime_ns)
            if self._is_slow(place, state):
                return None
            text = texts.Text(place, project.read(path).decode("utf-8", "replace"))
            return self._store.workers.run(texts.check, text)
        except SlowError:
            self._slow[place] = (state, time.monotonic() + RETRY)
        except (CliError, PathError, BusyError, OSError):
            pass
        return None

    def _is_slow(self, place: Path, state: _State) -> bool:
        known, until = self._slow.get(place, (None, 0.0))
        if known == state and time.monotonic() < until:
            return True
        self._slow.pop(place, None)
        return False


def branch(project: Project) -> str | None:
    """Return the branch that is checked out, without git: a repository may make git run programs."""
    for folder in (project.root, *project.root.parents):
        head = folder / ".git" / "HEAD"
        if head.is_file():
            match = _HEAD.match(head.read_text(errors="replace"))
            return match[1].strip() if match else None
    return None
