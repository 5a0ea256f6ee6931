"""What a registry says of an image: its platforms, configs and layers, read over its HTTP interface."""

from __future__ import annotations

import json
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

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


def digest(reference: str) -> str:
    """Return the digest that a tag stands for."""
    address, _, rest = reference.partition("/")
    name, _, tag = rest.rpartition(":")
    _, found = _get(address, f"/v2/{name}/manifests/{tag}")
    return found


def config(reference: str, manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the image config of one platform's manifest."""
    address, _, rest = reference.partition("/")
    name = rest.rpartition(":")[0]
    return fetch(address, f"/v2/{name}/blobs/{manifest['config']['digest']}")


def fetch(address: str, path: str) -> dict[str, Any]:
    """Return a JSON document of a registry."""
    document: dict[str, Any] = json.loads(_get(address, path)[0])
    return document


def _get(address: str, path: str) -> tuple[bytes, str]:
    """Return what is at a path, and its digest where the registry names one."""
    with closing(HTTPConnection(address.replace("localhost", "127.0.0.1"), timeout=30)) as connection:
        connection.request("GET", path, headers={"Accept": ACCEPT})
        response = connection.getresponse()
        body = response.read()
    if response.status != 200:
        raise LookupError(f"{path}: {response.status} {body.decode(errors='replace')}")
    return body, response.headers.get("Docker-Content-Digest", "")
