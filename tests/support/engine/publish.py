"""Puts images into a registry over its HTTP interface: no engine, no client, the same digest every time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from .layers import describe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .registry import Registry

OCI = "application/vnd.oci.image."
CONFIG = OCI + "config.v1+json"
INDEX = OCI + "index.v1+json"
LAYER = OCI + "layer.v1.tar+gzip"
EPOCH = "1970-01-01T00:00:00Z"
MANIFEST = OCI + "manifest.v1+json"


@dataclass(frozen=True)
class Image:
    """An image of one platform (`os/architecture`), made of layer files (tar.gz)."""

    platform: str
    layers: Sequence[Path]
    entrypoint: Sequence[str] = ()
    cmd: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def config(self) -> bytes:
        """Return the image's configuration."""
        system, architecture = self.platform.split("/")
        diff_ids = [describe(layer).diff_id for layer in self.layers]
        config: dict[str, Any] = {
            "Env": [f"{key}={value}" for key, value in self.env.items()],
            "Entrypoint": list(self.entrypoint),
            "Cmd": list(self.cmd),
            "Labels": dict(self.labels),
        }
        return _bytes(
            {
                "architecture": architecture,
                "os": system,
                "created": EPOCH,
                "config": {key: value for key, value in config.items() if value},
                "rootfs": {"type": "layers", "diff_ids": diff_ids},
                "history": [{"created": EPOCH, "created_by": "test image"} for _ in diff_ids],
            }
        )

    def manifest(self) -> bytes:
        """Return the image's manifest."""
        layers = [describe(layer) for layer in self.layers]
        return _bytes(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": _descriptor(CONFIG, self.config()),
                "layers": [{"mediaType": LAYER, "digest": each.digest, "size": each.size} for each in layers],
            }
        )


def push(registry: Registry, reference: str, *images: Image) -> str:
    """Push as `NAME:TAG`, several platforms as an index; return the digest. Nothing is sent twice."""
    name, _, tag = reference.rpartition(":")
    media_type, top = _top(images)
    if _digest_at(registry, f"/v2/{name}/manifests/{tag}", media_type) != _digest(top):
        for image in images:
            _push_content(registry, name, image)
        _put(registry, f"/v2/{name}/manifests/{tag}", media_type, top)
    return _digest(top)


def _top(images: Sequence[Image]) -> tuple[str, bytes]:
    if len(images) == 1:
        return MANIFEST, images[0].manifest()
    manifests = []
    for image in images:
        system, architecture = image.platform.split("/")
        platform = {"os": system, "architecture": architecture}
        manifests.append({**_descriptor(MANIFEST, image.manifest()), "platform": platform})
    return INDEX, _bytes({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})


def _push_content(registry: Registry, name: str, image: Image) -> None:
    for layer in image.layers:
        _push_blob(registry, name, describe(layer).digest, layer)
    _push_blob(registry, name, _digest(image.config()), image.config())
    _put(registry, f"/v2/{name}/manifests/{_digest(image.manifest())}", MANIFEST, image.manifest())


def _push_blob(registry: Registry, name: str, digest: str, content: Path | bytes) -> None:
    if _digest_at(registry, f"/v2/{name}/blobs/{digest}", "*/*"):
        return
    _, answer = registry.request("POST", f"/v2/{name}/blobs/uploads/")
    place = answer["Location"].partition("/v2/")[2]
    data = content if isinstance(content, bytes) else content.read_bytes()
    _put(registry, f"/v2/{place}&digest={digest}", "application/octet-stream", data)


def _digest_at(registry: Registry, path: str, accept: str) -> str | None:
    """Return the digest of the published image."""
    status, answer = registry.request("HEAD", path, headers={"Accept": accept})
    return answer["Docker-Content-Digest"] if status == HTTPStatus.OK else None


def _put(registry: Registry, path: str, media_type: str, data: bytes) -> None:
    status, _ = registry.request("PUT", path, data=data, headers={"Content-Type": media_type})
    if status != HTTPStatus.CREATED:
        raise RuntimeError(f"{registry.address} refused PUT {path} with status {status}; see {registry.log}")


def _descriptor(media_type: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": _digest(data), "size": len(data)}


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _bytes(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
