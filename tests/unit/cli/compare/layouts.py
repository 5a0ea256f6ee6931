"""Generated OCI layouts: images of any layers, as a folder or an archive, valid or hostile."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

AMD64 = {"os": "linux", "architecture": "amd64"}


@dataclass
class File:
    """A layer entry: a file with content, a symbolic link, a hard link or a folder."""

    path: str
    content: bytes = b""
    mode: int = 0o644
    link: str = ""
    hard: bool = False
    folder: bool = False
    capability: bytes = b""

    def header(self) -> tarfile.TarInfo:
        info = tarfile.TarInfo(self.path)
        info.mode, info.size, info.linkname = self.mode, len(self.content), self.link
        info.type = tarfile.LNKTYPE if self.hard else tarfile.SYMTYPE if self.link else tarfile.REGTYPE
        if self.folder:
            info.type = tarfile.DIRTYPE
        if self.capability:
            info.pax_headers = {"SCHILY.xattr.security.capability": self.capability.decode("utf-8", "surrogateescape")}
        return info


def layer(*files: File) -> bytes:
    """Return a layer as BuildKit writes it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, errors="surrogateescape") as archive:
        for file in files:
            archive.addfile(file.header(), io.BytesIO(file.content))
    return gzip.compress(buffer.getvalue(), mtime=0)


def capability(permitted: int, *, effective: bool = True) -> bytes:
    """Return the file attribute as the kernel stores it, in its second revision."""
    return struct.pack("<IIIII", 0x02000000 | effective, permitted & 0xFFFFFFFF, 0, permitted >> 32, 0)


@dataclass
class Layout:
    """Blobs by digest, and the entries of index.json."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def put(self, content: bytes) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.blobs[digest] = content
        return {"digest": digest, "size": len(content)}

    def put_json(self, document: object) -> dict[str, Any]:
        return self.put(json.dumps(document).encode())

    def image(self, *layers: bytes, platform: dict[str, str] | None = None) -> dict[str, Any]:
        """Add an image; return the descriptor of its manifest."""
        history: list[dict[str, Any]] = [{"created_by": f"step {number}"} for number, _ in enumerate(layers)]
        config = (platform or AMD64) | {"history": [*history, {"created_by": "ENV", "empty_layer": True}]}
        manifest = {"config": self.put_json(config), "layers": [self.put(each) for each in layers]}
        return self.put_json(manifest) | {"platform": platform or AMD64}

    def name(self, descriptor: dict[str, Any], tag: str = "") -> None:
        """Name an image or an index in index.json."""
        annotations = {"org.opencontainers.image.ref.name": tag} if tag else None
        self.entries.append(descriptor | {"annotations": annotations})

    def files(self) -> dict[str, bytes]:
        index = {"schemaVersion": 2, "manifests": self.entries}
        blobs = {f"blobs/{digest.replace(':', '/')}": content for digest, content in self.blobs.items()}
        return {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": json.dumps(index).encode(), **blobs}

    def write(self, folder: Path) -> Path:
        """Write the layout to a folder; return the folder."""
        for name, content in self.files().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder

    def pack(self, path: Path) -> Path:
        """Write the layout to an archive; return the archive."""
        with tarfile.open(path, "w") as archive:
            for name, content in self.files().items():
                archive.addfile(File(name, content).header(), io.BytesIO(content))
        return path


def layout(folder: Path, *layers: bytes) -> Path:
    """Return a folder with the layout of one image."""
    layout = Layout()
    layout.name(layout.image(*layers))
    return layout.write(folder)
