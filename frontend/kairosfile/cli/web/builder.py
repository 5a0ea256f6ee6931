"""The builder that runs the builds, and the resources that the server allows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kairosfile.cli.jobs.queue import MOST_WAITING
from kairosfile.cli.web.docker import builders, output

if TYPE_CHECKING:
    from kairosfile.cli.web.builds import Builds


def describe(store: Builds, *, cache: bool = True) -> dict[str, Any]:
    """Return the builders of this machine, the use of the cache, and the limits of the server.

    Values are null if docker is missing or does not answer. The use of the cache takes long to find out.
    """
    listed = builders()
    chosen = ["--builder", store.allowed.builder] if store.allowed.builder else []
    used = output("buildx", "du", *chosen) if cache else None
    return {
        "builder": store.allowed.builder or None,
        "builders": None if listed is None else [_builder(one) for one in listed],
        "caches": list(store.allowed.caches),
        "cache": None if used is None else _totals(used),
        "entitlements": list(store.allowed.entitlements),
        "registry": store.allowed.registry or None,
        "secrets": sorted(store.allowed.secrets),
        "jobs": store.parallel,
        "keep": store.keep,
        "keep_days": store.keep_days,
        "queue": MOST_WAITING,
    }


def _builder(data: dict[str, Any]) -> dict[str, Any]:
    listed = data.get("Nodes")
    nodes = [node for node in listed if isinstance(node, dict)] if isinstance(listed, list) else []
    first = nodes[0] if nodes else {}
    errors = [str(error) for one in (data, *nodes) if (error := one.get("Err"))]
    return {
        "name": data.get("Name"),
        "driver": data.get("Driver"),
        "current": data.get("Current") is True,
        "status": first.get("Status"),
        "version": first.get("Version"),
        "platforms": first.get("Platforms"),
        "error": errors[0] if errors else None,
    }


def _totals(text: str) -> dict[str, str]:
    """Return the last lines of `docker buildx du`, such as `Total: 1.2GB`."""
    pairs = [line.partition(":") for line in text.splitlines()[-4:] if ":" in line]
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
