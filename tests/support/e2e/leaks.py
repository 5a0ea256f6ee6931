"""Searches for leaked bytes: in the output of a build in folders, a registry and the daemon's records.

Everything is yielded as a place and the bytes there, unpacked where they are compressed, to be searched by `holding`.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, NamedTuple, Self

from tests.support.e2e import registry_api

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.support.e2e.builds import Build
    from tests.support.engine import Engine

Place = tuple[str, bytes]
CONTENT = "containerd/daemon/io.containerd.content.v1.content/blobs"
SNAPSHOTS = "containerd/daemon/io.containerd.snapshotter.v1.overlayfs/snapshots"
BOOKS = ("buildkit/*.db", "buildkit/*/*.db", "containerd/daemon/*/meta.db")


def holding(places: Iterable[Place], needles: list[bytes]) -> list[str]:
    """Return the places that hold any of the needles."""
    return [place for place, data in places if any(needle in data for needle in needles)]


def folder(path: Path) -> Iterator[Place]:
    """Yield all files below a folder."""
    yield from (
        (str(it.relative_to(path)), _unpacked(it.read_bytes())) for it in sorted(path.rglob("*")) if it.is_file()
    )


def repository(name: str) -> Iterator[Place]:
    """Yield all blobs that the tags of a repository reference, each by its media type; none without a repository."""
    for media_type, data in registry_api.contents(name):
        yield media_type, _unpacked(data)


def places_in_output(build: Build) -> Iterator[Place]:
    """Yield the output that the user of a build sees."""
    yield "output", build.output.encode()
    yield from ((f"vertex {it.name}", (it.name + it.error + it.log).encode()) for it in build.vertices.values())


class Daemon(NamedTuple):
    """An earlier state of a daemon; yields the data that it has now and did not have then."""

    engine: Engine
    logged: int
    blobs: frozenset[Path]
    snapshots: frozenset[Path]

    @classmethod
    def now(cls, engine: Engine) -> Self:
        """Record the state of a daemon; to be called when a test has made its secrets, before their use."""
        return cls(engine, engine.log.stat().st_size, _blobs(engine), _snapshots(engine))

    def books(self) -> Iterator[Place]:
        """Yield its log, its databases, its list of records, and every blob, those of the history too."""
        yield "log", self.engine.log.read_bytes()[self.logged :]
        data = self.engine.data_directory
        yield from ((str(it.relative_to(data)), it.read_bytes()) for book in BOOKS for it in sorted(data.glob(book)))
        yield "du", self._run("du", "--verbose")
        yield from ((f"blob {it.name}", _unpacked(it.read_bytes())) for it in sorted(_blobs(self.engine) - self.blobs))

    def history(self, reference: str, bundle: Path) -> Iterator[Place]:
        """Yield the record of a build as buildx shows and exports it; none if buildx has no history."""
        if b"Commands to work on build records" not in self._run("--help"):
            return
        yield "history inspect", self._run("history", "inspect", reference, "--format", "json")
        yield "history logs", self._run("history", "logs", reference)
        self._run("history", "export", reference, "-o", str(bundle))
        yield "history export", _unpacked(bundle.read_bytes())

    def steps(self) -> Iterator[Place]:
        """Yield every file that a step, a cache mount or a result left, with the snapshot that it is in."""
        for snapshot in sorted(_snapshots(self.engine) - self.snapshots):
            for place, data in folder(snapshot / "fs"):
                yield f"{snapshot.name}/{place}", data

    def _run(self, *words: str) -> bytes:
        done = self.engine.run([*self.engine.buildx(), *words], timeout=120)
        assert done.returncode == 0, done.stderr
        return (done.stdout + done.stderr).encode()


def _blobs(engine: Engine) -> frozenset[Path]:
    return frozenset((engine.data_directory / CONTENT).glob("*/*"))


def _snapshots(engine: Engine) -> frozenset[Path]:
    return frozenset((engine.data_directory / SNAPSHOTS).iterdir())


def _unpacked(data: bytes) -> bytes:
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
