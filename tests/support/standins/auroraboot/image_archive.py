"""An image archive as `docker load` takes it: one layer that holds a directory."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING

from tests.support.standins.auroraboot.releases import machine

if TYPE_CHECKING:
    from pathlib import Path


def write_archive(directory: Path, to: Path, name: str) -> None:
    """Write the archive of an image called `NAME.tar` for this machine's architecture."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        tar.add(directory, ".")
    content = layer.getvalue()
    root = {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(content).hexdigest()}"]}
    config = json.dumps({"architecture": machine(), "os": "linux", "config": {}, "rootfs": root}).encode()
    manifest = [{"Config": "config.json", "RepoTags": [f"{name}.tar:latest"], "Layers": ["layer.tar"]}]
    with tarfile.open(to, "w") as archive:
        for path, data in (("layer.tar", content), ("config.json", config), ("manifest.json", _text(manifest))):
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def _text(value: object) -> bytes:
    return json.dumps(value).encode()
