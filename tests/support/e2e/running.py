"""A build that is under way, and the processes that an engine runs for it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.support.engine.record import init_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

    from tests.support.engine import DockerEngine

PATIENCE_SECONDS = 60
FRONTEND = "/kairos-frontend.pyc"


class RunningBuild:
    """`docker buildx build` in a separate process group, as in a terminal; its output goes to a file."""

    def __init__(self, engine: DockerEngine, folder: Path, *arguments: str) -> None:
        self.engine = engine
        self._output = folder.with_name(f"{folder.name}.output")
        keep = () if "--output" in arguments else ("--output", "type=cacheonly")
        command = ["docker", "buildx", "build", "--progress", "plain", *keep]
        command += ["-f", str(folder / "Kairosfile"), *arguments, str(folder)]
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                env=engine.env(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """Its output so far."""
        return self._output.read_text(errors="replace")

    def send(self, number: signal.Signals) -> None:
        """Signal the command and its plugin, as a terminal does."""
        os.killpg(self._process.pid, number)

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Return the exit status."""
        return self._process.wait(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            self.send(signal.SIGKILL)
        self._process.wait()


class EngineProcess(NamedTuple):
    """A process of an engine, by the PID that the machine knows it by."""

    pid: int
    words: str
    environment: str

    def send(self, number: signal.Signals) -> None:
        """Signal it."""
        os.kill(self.pid, number)


def processes(engine: DockerEngine, nonce: str) -> list[EngineProcess]:
    """Return the processes of an engine with a word in their arguments or environment."""
    actual = [_process(pid) for pid in _inside(engine)]
    return [each for each in actual if each and nonce in each.words + each.environment]


def frontends(engine: DockerEngine, nonce: str) -> list[EngineProcess]:
    """Return the frontends of a build that was given a nonce as a build arg."""
    return [each for each in processes(engine, nonce) if FRONTEND in each.words]


class Usage(NamedTuple):
    """The resources of an engine: its processes, and the resident memory of its daemons in MiB."""

    processes: int
    resident: float


def usage(engine: DockerEngine) -> Usage:
    """Return the current resources of an engine."""
    actual = [each for pid in _inside(engine) if (each := _process(pid))]
    daemons = [each.pid for each in actual if each.words.startswith(("dockerd ", "containerd "))]
    return Usage(len(actual), sum(map(_resident, daemons)) / 1024)


def user_of(pid: int) -> int:
    """Return the effective user of a process."""
    return int(_status(pid, "Uid").split()[1])


def _resident(pid: int) -> int:
    """Return the resident memory of a process in KiB."""
    return int(_status(pid, "VmRSS").split()[0])


def _status(pid: int, name: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(value for key, _, value in (line.partition(":") for line in lines) if key == name)


def until(condition: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is so; fails the test if it does not become so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(0.02)


def nothing_is_left(engine: DockerEngine, nonce: str) -> None:
    """Wait until no process of a build is left in the engine."""
    until(lambda: not processes(engine, nonce), f"no process with {nonce} is left in {engine.name}", 20)


def _inside(engine: DockerEngine) -> Iterator[int]:
    """Yield the processes below the first one of an engine's sandbox."""
    init = init_of(engine.name)
    assert init, f"{engine.name} does not run in a sandbox of ours"
    parents = {pid: parent for pid in _pids() if (parent := _parent(pid)) is not None}
    inside = {init.pid}
    while grown := {pid for pid, parent in parents.items() if parent in inside} - inside:
        inside |= grown
    yield from inside


def _pids() -> Iterator[int]:
    return (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())


def _parent(pid: int) -> int | None:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return None


def _process(pid: int) -> EngineProcess | None:
    with suppress(OSError):
        words, environment = (Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
        return EngineProcess(
            pid, words.replace(b"\0", b" ").decode(errors="replace"), environment.decode(errors="replace")
        )
    return None
