"""Reads the platforms, configs and layers of an image over a registry's HTTP API."""

from __future__ import annotations

import json
from contextlib import closing
from hashlib import sha256
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

from dxf import DXF

if TYPE_CHECKING:
    from collections.abc import Iterator

PLATFORM, ATTESTED = ("os", "architecture"), "vnd.docker.reference.digest"
ACCEPT = ", ".join(
    f"application/{kind}+json"
    for kind in (
        "vnd.oci.image.index.v1",
        "vnd.oci.image.manifest.v1",
        "vnd.docker.distribution.manifest.list.v2",
        "vnd.docker.distribution.manifest.v2",
    )
)


def platforms(reference: str) -> dict[str, dict[str, Any]]:
    """Return the manifest of each platform of an image such as `localhost:5000/name:tag`."""
    address, _, rest = reference.partition("/")
    name, _, tag = rest.rpartition(":")
    index = fetch(address, f"/v2/{name}/manifests/{tag}")
    return {
        f"{entry['platform']['os']}/{entry['platform']['architecture']}": fetch(
            address, f"/v2/{name}/manifests/{entry['digest']}"
        )
        for entry in index["manifests"]
    }


def compressed_size(reference: str, platform: str) -> int:
    """Return the bytes of the layers of an image, of one platform where it is an index."""
    address, _, rest = reference.partition("/")
    name, _, tag = rest.rpartition(":")
    manifest = fetch(address, f"/v2/{name}/manifests/{tag}")
    if "manifests" in manifest:
        manifest = platforms(reference)[platform]
    return sum(layer["size"] for layer in manifest["layers"])


def manifests(reference: str) -> dict[str, str]:
    """Return the digest of the manifest of each platform of an image."""
    address, _, rest = reference.partition("/")
    name, _, tag = rest.rpartition(":")
    entries = fetch(address, f"/v2/{name}/manifests/{tag}")["manifests"]
    return {"/".join(it["platform"][key] for key in PLATFORM): it["digest"] for it in entries}


def digest(reference: str) -> str:
    """Return the digest of a tag."""
    address, _, rest = reference.partition("/")
    name, _, tag = rest.rpartition(":")
    _, actual = _get(address, f"/v2/{name}/manifests/{tag}")
    return actual


def config(reference: str, manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the image config of one platform's manifest."""
    address, _, rest = reference.partition("/")
    name = rest.rpartition(":")[0]
    return fetch(address, f"/v2/{name}/blobs/{manifest['config']['digest']}")


def relabelled(reference: str, platform: str, labels: dict[str, str]) -> str:
    """Push an image again with other labels on one platform; return its name."""
    address, _, rest = reference.partition("/")
    name, _, tag = rest.rpartition(":")
    client = DXF(address, name, insecure=True)
    index = fetch(address, f"/v2/{name}/manifests/{tag}")
    entry = next(it for it in index["manifests"] if "/".join([it["platform"][key] for key in PLATFORM]) == platform)
    manifest = fetch(address, f"/v2/{name}/manifests/{entry['digest']}")
    result = config(reference, manifest)
    result["config"]["Labels"] |= labels
    manifest["config"] |= _described(result)
    client.push_blob(data=iter([_bytes(result)]), digest=manifest["config"]["digest"])
    attested = [it for it in index["manifests"] if it.get("annotations", {}).get(ATTESTED) == entry["digest"]]
    entry |= _described(manifest)
    for it in attested:
        it["annotations"][ATTESTED] = entry["digest"]
    client.set_manifest(entry["digest"], _bytes(manifest).decode())
    client.set_manifest(f"{tag}-relabelled", _bytes(index).decode())
    return f"{reference}-relabelled"


def _described(document: dict[str, Any]) -> dict[str, Any]:
    content = _bytes(document)
    return {"digest": f"sha256:{sha256(content).hexdigest()}", "size": len(content)}


def _bytes(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def contents(repository: str) -> Iterator[tuple[str, bytes]]:
    """Yield all blobs that the tags of a repository such as `localhost:5000/name` reference, once, by media type."""
    address, _, name = repository.partition("/")
    try:
        waiting = [("manifest", tag) for tag in fetch(address, f"/v2/{name}/tags/list")["tags"] or ()]
    except LookupError:
        return
    visited = set(waiting)
    while waiting:
        media_type, reference = waiting.pop()
        is_manifest = "manifest" in media_type or "index" in media_type
        data, _ = _get(address, f"/v2/{name}/{'manifests' if is_manifest else 'blobs'}/{reference}")
        yield media_type, data
        answer = set(_descriptors(json.loads(data))) - visited if is_manifest else set()
        waiting += sorted(answer)
        visited |= answer


def _descriptors(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    own = [document["config"]] if "config" in document else []
    for entry in (*own, *document.get("layers", ()), *document.get("manifests", ())):
        yield entry["mediaType"], entry["digest"]


def fetch(address: str, path: str) -> dict[str, Any]:
    """Return a JSON document of a registry."""
    document: dict[str, Any] = json.loads(_get(address, path)[0])
    return document


def _get(address: str, path: str) -> tuple[bytes, str]:
    """Return the body at a path, and its digest if the registry sends one."""
    with closing(HTTPConnection(address.replace("localhost", "127.0.0.1"), timeout=30)) as connection:
        connection.request("GET", path, headers={"Accept": ACCEPT})
        response = connection.getresponse()
        body = response.read()
    if response.status != 200:
        raise LookupError(f"{path}: {response.status} {body.decode(errors='replace')}")
    return body, response.headers.get("Docker-Content-Digest", "")
