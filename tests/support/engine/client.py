"""What every engine of the tests offers, wherever it comes from: start, stop and its own `docker`."""

from __future__ import annotations

import subprocess
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self


class DockerEngine(ABC):
    """A Docker Engine with the containerd image store and buildx; a context manager starts and stops it."""

    name: str

    @property
    @abstractmethod
    def log(self) -> Path:
        """The daemon's log, kept until the next start; a frontend's standard error ends there."""

    @abstractmethod
    def start(self, *, stays: bool = False) -> Self:
        """Start it, or join it where it is up, and wait until it answers; raises EngineUnavailable.

        What is started with `stays` may outlive this process: see leave().
        """

    @abstractmethod
    def stop(self) -> None:
        """Stop it if start() started it."""

    @abstractmethod
    def leave(self) -> None:
        """Release it after start(stays=True): it goes on after this process."""

    @abstractmethod
    def env(self) -> dict[str, str]:
        """Return an environment in which `docker` is this engine's client and talks to this engine."""

    def buildx(self) -> list[str]:
        """Return the words that start buildx; `docker` does the same with 40 to 95 ms more of processor time."""
        return ["docker", "buildx"]

    def run(self, command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command in env(): text in and out, both outputs captured, exit code unchecked.

        The options are those of subprocess.run and go before these.
        """
        usual: dict[str, Any] = {"env": self.env(), "text": True, "check": False}
        captured = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.run(list(command), **(usual | captured | options))  # noqa: PLW1510 - checked above

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
