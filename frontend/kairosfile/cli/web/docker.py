"""Short questions to docker and its buildx. What it does not answer is None: it is missing, or takes too long."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

from kairosfile.cli.web.refusals import NoBuildxError, RefusedBuildError

SECONDS = 20


def output(*words: str) -> str | None:
    """Return the output of a docker command."""
    try:
        done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout


def builders() -> list[dict[str, Any]] | None:
    """Return the builders of this machine, as `docker buildx ls` has them."""
    listed = output("buildx", "ls", "--format", "json")
    return None if listed is None else _objects(listed)


def check(builder: str) -> None:
    """Check that a build can start on a builder, the default one for an empty name.

    Raises:
        NoBuildxError: There is no docker, or it does not list its builders.
        RefusedBuildError: It lists no such builder.
    """
    if shutil.which("docker") is None:
        raise NoBuildxError("docker is not installed here, or not in the PATH of the server")
    if not builder:
        return
    listed = builders()
    if listed is None:
        reason = (
            "docker buildx ls is not responding, so no builder can be selected; run `kairosfile doctor` for the reason"
        )
        raise NoBuildxError(reason)
    names = [str(one.get("Name")) for one in listed]
    if builder not in names:
        raise RefusedBuildError(f"buildx has no builder {builder}; docker buildx ls lists {', '.join(names) or 'none'}")


def _objects(text: str) -> list[dict[str, Any]]:
    objects = []
    for line in text.splitlines():
        try:
            objects.append(json.loads(line))
        except ValueError:
            continue
    return [one for one in objects if isinstance(one, dict)]
