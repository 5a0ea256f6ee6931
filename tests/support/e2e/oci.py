"""Look into an OCI archive that a build wrote: platforms, configs, layers and the files in them."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Image:
    """One platform's image: its config, and for each layer the files it adds by their paths."""

    config: dict[str, Any]
    layers: list[dict[str, tarfile.TarInfo]]
    contents: list[tarfile.TarFile]

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the config."""
        labels: dict[str, str] = self.config["config"].get("Labels") or {}
        return labels

    def names(self) -> set[str]:
        """Return the paths of everything that any layer adds."""
        return {name for layer in self.layers for name in layer}

    def read(self, path: str) -> str:
        """Return a file's text as the topmost layer that has it; raises KeyError for none."""
        for layer, content in zip(reversed(self.layers), reversed(self.contents), strict=True):
            if path in layer:
                data = content.extractfile(layer[path])
                return data.read().decode() if data else ""
        raise KeyError(path)

    def link(self, path: str) -> str:
        """Return where a link leads, as the topmost layer that has it; raises KeyError for none."""
        for layer in reversed(self.layers):
            if path in layer:
                return layer[path].linkname
        raise KeyError(path)


def annotations_of(path: Path) -> dict[str, str]:
    """Return the annotations of the one manifest of an archive."""
    with tarfile.open(path) as archive:
        (entry,) = _json(archive, "index.json")["manifests"]
        data: dict[str, str] = json.loads(_blob(archive, entry["digest"])).get("annotations") or {}
        return data


@dataclass
class Layout:
    """The digests of an archive: of its index, and by platform of the manifest and of the config."""

    digest: str
    manifests: dict[str, str]
    configs: dict[str, str]


def layout(path: Path) -> Layout:
    """Return the digests of an archive of several platforms; attestations are left out."""
    with tarfile.open(path) as archive:
        (top,) = _json(archive, "index.json")["manifests"]
        entries = [entry for entry in json.loads(_blob(archive, top["digest"]))["manifests"] if not _attests(entry)]
        manifests = {f"{it['platform']['os']}/{it['platform']['architecture']}": it["digest"] for it in entries}
        configs = {name: json.loads(_blob(archive, it))["config"]["digest"] for name, it in manifests.items()}
        return Layout(top["digest"], manifests, configs)


def attestations(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the in-toto statements of an archive by platform, then by the type of their predicate."""
    with tarfile.open(path) as archive:
        (top,) = _json(archive, "index.json")["manifests"]
        entries = json.loads(_blob(archive, top["digest"]))["manifests"]
        platforms = {it["digest"]: f"{it['platform']['os']}/{it['platform']['architecture']}" for it in entries}
        return {
            platforms[entry["annotations"]["vnd.docker.reference.digest"]]: _statements(archive, entry["digest"])
            for entry in entries
            if _attests(entry)
        }


def _statements(archive: tarfile.TarFile, digest: str) -> dict[str, dict[str, Any]]:
    data = [json.loads(_blob(archive, layer["digest"])) for layer in json.loads(_blob(archive, digest))["layers"]]
    return {statement["predicateType"]: statement for statement in data}


def _attests(entry: dict[str, Any]) -> bool:
    return bool(entry.get("annotations", {}).get("vnd.docker.reference.type"))


def load(path: Path) -> dict[str, Image]:
    """Return the images of an archive by platform; attestations are left out."""
    with tarfile.open(path) as archive:
        index = _json(archive, "index.json")
        return dict(_walk(archive, index))


def _walk(archive: tarfile.TarFile, index: dict[str, Any]) -> list[tuple[str, Image]]:
    actual: list[tuple[str, Image]] = []
    for entry in index["manifests"]:
        if _attests(entry):
            continue
        document = json.loads(_blob(archive, entry["digest"]))
        if "manifests" in document:
            actual += _walk(archive, document)
        else:
            actual.append(_image(archive, document))
    return actual


def _image(archive: tarfile.TarFile, manifest: dict[str, Any]) -> tuple[str, Image]:
    config = json.loads(_blob(archive, manifest["config"]["digest"]))
    contents = [_layer(_blob(archive, layer["digest"])) for layer in manifest["layers"]]
    layers = [{member.name.removeprefix("./"): member for member in content.getmembers()} for content in contents]
    return f"{config['os']}/{config['architecture']}", Image(config, layers, contents)


def _layer(blob: bytes) -> tarfile.TarFile:
    data = gzip.decompress(blob) if blob[:2] == b"\x1f\x8b" else blob
    return tarfile.open(fileobj=io.BytesIO(data))


def _blob(archive: tarfile.TarFile, digest: str) -> bytes:
    return _bytes(archive, "blobs/" + digest.replace(":", "/"))


def _json(archive: tarfile.TarFile, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_bytes(archive, name))
    return document


def _bytes(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member.read()
