"""The Docker Engine that this machine already has, under the name `host`, with the interface of Engine.

Only one with the containerd image store will do: the frontend's results need it. Nothing is started but
what it may lack, the emulation of arm64.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from . import cache, provision
from .client import DockerEngine
from .engine import Engine
from .errors import EngineUnavailable
from .machine import which
from .sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from .engine import Data

HOST = "host"
IMAGE_STORE = '"features": {"containerd-snapshotter": true}'
NAMES = (*provision.SUITES, HOST)


class HostEngine(DockerEngine):
    """This machine's own engine, the one that `docker info` talks to."""

    name = HOST

    def __init__(self) -> None:
        self._emulation: Sandbox | None = None

    @property
    def log(self) -> Path:
        raise EngineUnavailable("The machine keeps the log of its own engine (try journalctl -u docker).")

    def start(self, *, stays: bool = False) -> Self:
        if reason := self.unfit():
            raise EngineUnavailable(f"This machine's own Docker cannot be used: {reason}")
        if not self._emulates():
            self._emulation = _emulation()
            self._emulation.start(stays=stays, ready=self._emulates)
        return self

    def stop(self) -> None:
        if self._emulation:
            self._emulation.stop()

    def leave(self) -> None:
        if self._emulation:
            self._emulation.leave()

    def unfit(self) -> str | None:
        """Return why it cannot be used, None where it can."""
        if not which("docker"):
            return "there is no docker command."
        info = self.run(["docker", "info", "--format", "{{json .DriverStatus}}"])
        if info.returncode:
            return f"`docker info` fails: {info.stderr.strip()}"
        if "io.containerd.snapshotter.v1" not in str(json.loads(info.stdout)):
            return f"it lacks the containerd image store: set {IMAGE_STORE} in daemon.json."
        if self.run(["docker", "buildx", "version"]).returncode:
            return "`docker buildx version` fails: install buildx."
        return None

    def _emulates(self) -> bool:
        return "linux/arm64" in self.run(["docker", "buildx", "inspect"]).stdout

    def env(self) -> dict[str, str]:
        return {**os.environ, "BUILDX_BUILDER": "default"}


def _emulation() -> Sandbox:
    """Return a sandbox that does nothing but register the emulator, as every sandbox does."""
    provisions = provision.provide()
    nothing = cache.cache_dir() / "data" / "emulation"
    command = ["sleep", "infinity"]
    return Sandbox(
        "emulation", provisions.roots["sid"], command, nothing, "/mnt", emulator=provisions.emulator, shared=True
    )


def engine_named(name: str, *, data: Data = "kept") -> DockerEngine:
    """Return the engine of a name: a suite's, or `host`, whose data is never fresh."""
    if name != HOST:
        return Engine(name, data=data)
    if data == "fresh":
        raise EngineUnavailable("The machine's own engine has no fresh data; use one of the suites.")
    return HostEngine()
