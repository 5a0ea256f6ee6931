"""A SQLite index of the job folders: it lists a thousand builds without reading a thousand files.

The folders are the source of truth; the index may be removed at any time and is then rebuilt. Every change in a folder
updates its modification time. A job that has not ended is read each time.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

from kairosfile.cli.jobs.folder import ENDED, Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

NAME = "web.db"
VERSION = 2
MOST_TIMES = 10_000  # of steps; those that were seen last stay
TABLES = """
CREATE TABLE build (id TEXT PRIMARY KEY, changed INTEGER, state TEXT, file TEXT, key TEXT, summary TEXT);
CREATE INDEX build_by_file ON build (file, state, id);
CREATE INDEX build_by_key ON build (key);
CREATE TABLE step_time (fingerprint TEXT, builder TEXT, seconds REAL, seen INTEGER, PRIMARY KEY (fingerprint, builder));
"""


class Index:
    """The builds below a state folder.

    Args:
        root: The state folder.
        summary: What the index has of a job.
    """

    def __init__(self, root: Path, summary: Callable[[Job], dict[str, Any]]) -> None:
        self.root = root
        self.summary = summary
        self._lock = threading.Lock()
        self._database = self._opened()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def list_builds(
        self, *, state: str | None, file: str | None, before: str | None, limit: int
    ) -> list[dict[str, Any]]:
        """Return builds, newest first: of a state, of files below a path, older than one of them.

        Those that wait have their position, the next one has 1.
        """
        position = "SELECT count(*) FROM build AS other WHERE other.state = 'queued' AND other.id <= build.id"
        query = f"SELECT summary, CASE state WHEN 'queued' THEN ({position}) END"
        query += " FROM build WHERE (?1 IS NULL OR state = ?1)"
        query += " AND (?2 IS NULL OR file = ?2 OR substr(file, 1, length(?2) + 1) = ?2 || '/')"
        query += " AND (?3 IS NULL OR id < ?3) ORDER BY id DESC LIMIT ?4"
        with self._lock:
            self._refresh()
            rows = self._database.execute(query, (state, file, before, limit)).fetchall()
        return [{**json.loads(summary), "position": position} for summary, position in rows]

    def by_key(self, key: str) -> Job | None:
        """Return the build that was requested with an idempotency key, or None."""
        with self._lock:
            self._refresh()
            row = self._database.execute("SELECT id FROM build WHERE key = ?", (key,)).fetchone()
        return Job(self.root / "jobs" / row[0]) if row else None

    def step_times(self, builder: str, fingerprints: Iterable[str]) -> dict[str, float]:
        """Return how many seconds steps took when they last ran on a builder, as far as that is known."""
        query = "SELECT seconds FROM step_time WHERE fingerprint = ? AND builder = ?"
        with self._lock:
            rows = {name: self._database.execute(query, (name, builder)).fetchone() for name in fingerprints}
        return {name: row[0] for name, row in rows.items() if row}

    def _opened(self) -> sqlite3.Connection:
        """Open the database, or replace one that cannot be read by a new one."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.root / NAME
        try:
            return self._ready(path)
        except sqlite3.DatabaseError:
            for end in ("", "-wal", "-shm"):
                path.with_name(NAME + end).unlink(missing_ok=True)
            return self._ready(path)

    def _ready(self, path: Path) -> sqlite3.Connection:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        database = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            if database.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                before = "DROP TABLE IF EXISTS build; DROP TABLE IF EXISTS step_time;"
                database.executescript(f"{before} {TABLES} PRAGMA user_version = {VERSION};")
        except sqlite3.DatabaseError:
            database.close()
            raise
        return database

    def _refresh(self) -> None:
        """Read the folders that have changed since the last call."""
        known = {row[0]: row[1:] for row in self._database.execute("SELECT id, changed, state FROM build")}
        folders = dict(self._folders())
        with closing(self._database.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.executemany("DELETE FROM build WHERE id = ?", [(name,) for name in known.keys() - folders.keys()])
            for name, changed in folders.items():
                before, state = known.get(name, (None, ""))
                if before != changed or state not in ENDED:
                    self._read(cursor, name, changed)
            cursor.execute("COMMIT")

    def _read(self, cursor: sqlite3.Cursor, name: str, changed: int) -> None:
        job = Job(self.root / "jobs" / name)
        request = job.request
        if request:
            summary = self.summary(job)
            row = (name, changed, summary["state"], request.get("file"), request.get("key"), json.dumps(summary))
            cursor.execute("INSERT OR REPLACE INTO build VALUES (?, ?, ?, ?, ?, ?)", row)
            self._note_times(cursor, request.get("builder") or "", job.result)

    def _note_times(self, cursor: sqlite3.Cursor, builder: str, result: dict[str, Any]) -> None:
        """Note the times of a build that has ended, of each step the newest one."""
        ended = result.get("ended", 0)
        rows = [(key, builder, seconds, ended) for key, seconds in result.get("times", {}).items()]
        cursor.executemany(
            "INSERT INTO step_time VALUES (?, ?, ?, ?) ON CONFLICT (fingerprint, builder) DO UPDATE"
            " SET seconds = excluded.seconds, seen = excluded.seen WHERE excluded.seen >= seen",
            rows,
        )
        if rows:
            cursor.execute(
                "DELETE FROM step_time WHERE rowid NOT IN (SELECT rowid FROM step_time ORDER BY seen DESC LIMIT ?)",
                (MOST_TIMES,),
            )

    def _folders(self) -> Iterator[tuple[str, int]]:
        try:
            entries = os.scandir(self.root / "jobs")
        except OSError:
            return
        with entries:
            for entry in entries:
                if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
                    yield entry.name, entry.stat(follow_symlinks=False).st_mtime_ns
