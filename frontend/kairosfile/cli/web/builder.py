"""The builder that runs the builds, and the resources that the server allows them."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from kairosfile.cli.jobs.queue import MOST_WAITING

if TYPE_CHECKING:
    from kairosfile.cli.web.builds import Builds

SECONDS = 20


def describe(store: Builds) -> dict[str, Any]:
    """Return the builders of this machine, the use of the cache, and the limits of the server.

    Values are null if docker is missing or does not answer.
    """
    listed = _docker("buildx", "ls", "--format", "json")
    chosen = ["--builder", store.allowed.builder] if store.allowed.builder else []
    used = _docker("buildx", "du", *chosen)
    return {
        "builder": store.allowed.builder or None,
        "builders": None if listed is None else [_builder(line) for line in _objects(listed)],
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


def _docker(*words: str) -> str | None:
    try:
        done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout


def _objects(text: str) -> list[dict[str, Any]]:
    objects = []
    for line in text.splitlines():
        try:
            objects.append(json.loads(line))
        except ValueError:
            continue
    return [one for one in objects if isinstance(one, dict)]


def _builder(data: dict[str, Any]) -> dict[str, Any]:
    nodes = data.get("Nodes")
    first = nodes[0] if isinstance(nodes, list) and nodes and isinstance(nodes[0], dict) else {}
    return {
        "name": data.get("Name"),
        "driver": data.get("Driver"),
        "current": data.get("Current") is True,
        "status": first.get("Status"),
        "version": first.get("Version"),
        "platforms": first.get("Platforms"),
    }


def _totals(text: str) -> dict[str, str]:
    """Return the last lines of `docker buildx du`, such as `Total: 1.2GB`."""
    pairs = [line.partition(":") for line in text.splitlines()[-4:] if ":" in line]
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
