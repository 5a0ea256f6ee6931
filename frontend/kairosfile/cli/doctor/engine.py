"""The engine: whether it answers, is new enough, has the image store and the room that builds need."""

from __future__ import annotations

import shutil
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile.cli.doctor.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.cli.doctor.finding import Status
    from kairosfile.cli.doctor.surroundings import Engine, Surroundings

# The first with BuildKit 0.13, the oldest one that the frontend is tested on.
OLDEST = 26
IMAGE_STORE = "io.containerd.snapshotter.v1"
CONTAINERD = '"features": {"containerd-snapshotter": true}'

# A base, the packages, and a layer for each step are some gigabytes; an ISO needs them three times.
LOW_BYTES, FEW_BYTES = 3 << 30, 15 << 30
SOME_SKEW, MUCH_SKEW = timedelta(seconds=30), timedelta(minutes=5)


def answers(surroundings: Surroundings) -> Iterator[Finding]:
    """The engine answers and is one that was tried."""
    engine = surroundings.engine
    if isinstance(engine, str):
        advice = "start it (systemctl start docker), join the group docker, or set DOCKER_HOST or `docker context use`"
        yield Finding("engine", "error", f"the Docker Engine does not answer: {engine}", advice)
    elif engine.major and engine.major < OLDEST:
        advice = f"upgrade it to {OLDEST}.1 or newer, or make a builder: docker buildx create --use"
        yield Finding("engine", "warning", f"Docker {engine.version} is older than what was tried", advice)
    else:
        yield Finding("engine", "ok", f"Docker {engine.version} at {engine.address}")


def image_store(surroundings: Surroundings) -> Iterator[Finding]:
    """The engine's own BuildKit merges file systems only on the containerd image store."""
    engine = surroundings.engine
    if isinstance(engine, str):
        return
    if IMAGE_STORE in str(engine.info.get("DriverStatus")):
        yield Finding("image-store", "ok", "the engine keeps images in containerd")
    elif surroundings.builder.is_engine:
        message = "the engine has no containerd image store, without which its BuildKit cannot build a Kairosfile"
        advice = f"put {CONTAINERD} in /etc/docker/daemon.json and restart it, or: docker buildx create --use"
        yield Finding("image-store", "error", message, advice)
    else:
        message = "the engine has no containerd image store: images of several platforms cannot be loaded into it"
        yield Finding("image-store", "warning", message, f"push them, or put {CONTAINERD} in /etc/docker/daemon.json")


def disk(surroundings: Surroundings) -> Iterator[Finding]:
    """The engine's disk has room, where it is a disk of this machine."""
    engine = surroundings.engine
    if isinstance(engine, str):
        return
    root = Path(str(engine.info.get("DockerRootDir", "")))
    if not _is_here(engine) or not root.exists():
        yield Finding("disk", "unknown", f"{root} of the engine cannot be seen from here", "look at `df` there")
        return
    free = shutil.disk_usage(root).free
    message = f"{free / (1 << 30):.1f} GiB are free for {root}"
    advice = "make room: docker buildx prune, docker image prune"
    status: Status = "error" if free < LOW_BYTES else "warning" if free < FEW_BYTES else "ok"
    yield Finding("disk", status, message, "" if status == "ok" else advice)


def clock(surroundings: Surroundings) -> Iterator[Finding]:
    """The clock of the engine agrees with this one."""
    engine = surroundings.engine
    if isinstance(engine, str) or "SystemTime" not in engine.info:
        return
    yield from skew("the engine's clock", datetime.fromisoformat(engine.info["SystemTime"]) - datetime.now(UTC))


def skew(whose: str, ahead: timedelta) -> Iterator[Finding]:
    """Judge how far another clock is from this machine's."""
    seconds, way = abs(ahead.total_seconds()), "ahead of" if ahead > timedelta() else "behind"
    if abs(ahead) < SOME_SKEW:
        yield Finding("clock", "ok", f"{whose} agrees with this machine's")
        return
    advice = "set the clocks (timedatectl set-ntp true): certificates and package lists are refused by a wrong one"
    status: Status = "error" if abs(ahead) >= MUCH_SKEW else "warning"
    yield Finding("clock", status, f"{whose} is {seconds:.0f} seconds {way} this machine's", advice)


def _is_here(engine: Engine) -> bool:
    return "unix" in engine.address and engine.info.get("Name") == socket.gethostname()
