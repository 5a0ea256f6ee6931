"""Streams changes of files on disk and of builds to a page, as server-sent events."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from kairosfile.cli.web.builds import Builds
    from kairosfile.cli.web.projects import Project

PAUSE = 1.0  # seconds between two polls
ALIVE = 15  # polls without a change after which a comment keeps the connection open


async def stream(folders: Sequence[Project], store: Builds) -> AsyncIterator[str]:
    """Yield the current `projects` and `builds`, and again whenever one of them changes."""
    before: dict[str, str] = {}
    quiet = 0
    while True:
        now = {
            "projects": await asyncio.to_thread(_projects, folders),
            "builds": await asyncio.to_thread(_builds, store),
        }
        changed = [(name, data) for name, data in now.items() if before.get(name) != data]
        for name, data in changed:
            yield f"event: {name}\ndata: {data}\n\n"
        before, quiet = now, 0 if changed else quiet + 1
        if quiet >= ALIVE:
            quiet = 0
            yield ": still there\n\n"
        await asyncio.sleep(PAUSE)


def _projects(folders: Sequence[Project]) -> str:
    """Return the files with their sizes and modification times, from which a page detects changes."""
    return json.dumps([{"id": project.id, "files": dict(_stats(project))} for project in folders])


def _stats(project: Project) -> list[tuple[str, Any]]:
    stats = []
    for path in project.kairosfiles():
        try:
            status = (project.root / path).stat()
        except OSError:  # removed since
            continue
        stats.append((path, {"size": status.st_size, "changed": status.st_mtime_ns // 1_000_000}))
    return stats


def _builds(store: Builds) -> str:
    """Return the states of the newest builds."""
    return json.dumps(
        [{name: one[name] for name in ("id", "state", "file", "position")} for one in store.list_builds(limit=100)]
    )
