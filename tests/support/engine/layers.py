"""Layers of images: packs a directory into a tar.gz whose bytes depend only on its content."""

from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Layer:
    """A packed layer: `digest` and `size` (bytes) of the packed file, `diff_id`: the bare tar's digest."""

    digest: str
    diff_id: str
    size: int


def pack(directory: Path, to: Path) -> Path:
    """Pack a directory's content into the layer file `to` (tar.gz); everything belongs to root, at time 0."""
    with (
        to.open("wb") as file,
        gzip.GzipFile("", "wb", 6, file, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as tar,
    ):
        for path in sorted(directory.rglob("*")):
            tar.add(path, str(path.relative_to(directory)), recursive=False, filter=_anonymous)
    return to


def describe(layer: Path) -> Layer:
    """Return the descriptor of a layer file; cached next to the file as long as it is unchanged."""
    memory = layer.with_name(layer.name + ".json")
    stat = layer.stat()
    key = [stat.st_size, stat.st_mtime_ns]
    if memory.exists():
        remembered = json.loads(memory.read_text())
        if remembered["key"] == key:
            return Layer(**remembered["layer"])
    described = _describe(layer)
    memory.write_text(json.dumps({"key": key, "layer": asdict(described)}))
    return described


def _describe(layer: Path) -> Layer:
    with layer.open("rb") as packed:
        digest = hashlib.file_digest(packed, "sha256").hexdigest()
    with gzip.open(layer) as unpacked:
        diff_id = hashlib.file_digest(unpacked, "sha256").hexdigest()
    return Layer(f"sha256:{digest}", f"sha256:{diff_id}", layer.stat().st_size)


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    return entry
