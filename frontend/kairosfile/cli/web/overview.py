"""The overview of a project: its files, their images and artifacts, their diagnostics, and their last builds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kairosfile.cli.errors import CliError
from kairosfile.cli.web import texts
from kairosfile.cli.web.projects import PathError
from kairosfile.cli.web.workers import BusyError, SlowError

if TYPE_CHECKING:
    from kairosfile.cli.web.builds import Builds
    from kairosfile.cli.web.projects import Project

_SHOWN = ("base", "variant", "model", "provider", "version")
_HEAD = re.compile(r"ref: refs/heads/(.{1,200})")


def of_project(project: Project, store: Builds) -> dict[str, Any]:
    """Return a project with its files, each with the data of its row on the page."""
    files = project.kairosfiles()
    newest = {one["file"]: one for one in reversed(store.list_builds(file=str(project.root)))}
    details = {path: _of_file(project, path, store, newest.get(str(project.root / path))) for path in files}
    return {
        "id": project.id,
        "path": str(project.root),
        "branch": branch(project),
        "files": files,
        "details": details,
    }


def branch(project: Project) -> str | None:
    """Return the branch that is checked out, without git: a repository may make git run programs."""
    for folder in (project.root, *project.root.parents):
        head = folder / ".git" / "HEAD"
        if head.is_file():
            match = _HEAD.match(head.read_text(errors="replace"))
            return match[1].strip() if match else None
    return None


def _of_file(project: Project, path: str, store: Builds, build: dict[str, Any] | None) -> dict[str, Any]:
    last = {name: build[name] for name in ("id", "state", "asked", "ended")} if build else None
    nothing = {"summary": {}, "errors": None, "warnings": None, "last": last}
    try:
        data = project.read(path)
        text = texts.Text(project.place(path), data.decode("utf-8", "replace"))
        checked = store.workers.run(texts.check, text)
    except (CliError, PathError, SlowError, BusyError):  # it went away, takes too long, or names an unreadable file
        return nothing
    severities = [one["severity"] for one in checked["diagnostics"]]
    return {
        "summary": {name: value["value"] for name in _SHOWN if (value := checked["values"].get(f"/{name}"))},
        "errors": severities.count("error"),
        "warnings": severities.count("warning"),
        "last": last,
    }
