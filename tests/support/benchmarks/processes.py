"""Cost of a frontend process: ours and another in turn, on the same steps, against the fake daemon.

The fake daemon answers at once and starts no container, so only the program counts: from its start to its end, its
processor time in user and system mode, and its largest resident memory, all as the kernel counts them for a child.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NamedTuple

from tests.support.gateway.fake_bridge import FakeBridge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.support.gateway.fake_bridge import FakeImage

# Starts a program, passes it the pipes, and writes the kernel's figures to stderr: the last line.
_MEASURE = """\
import json, os, sys, time
start = time.monotonic()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
wall = time.monotonic() - start
row = [wall * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3, usage.ru_maxrss / 1e3]
sys.stderr.write("\\n" + json.dumps(row))
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


class Program(NamedTuple):
    """A frontend as a program of this machine, and the file that it builds."""

    argv: Sequence[str]
    file: str
    text: str


class Cost(NamedTuple):
    """What one build cost: milliseconds from start to end and of the processor, MB, and requests to the daemon."""

    wall_ms: float
    cpu_ms: float
    peak_mb: float
    requests: int


def measure(program: Program, images: Mapping[str, FakeImage]) -> Cost:
    """Build once. Raises RuntimeError if the frontend returns an error."""
    with FakeBridge(files={"dockerfile": {program.file: program.text.encode()}}, images=images) as fake:
        argv = [sys.executable, "-I", "-S", "-c", _MEASURE, *program.argv]
        run = fake.run(argv, options={"filename": program.file})
        if run.error:
            raise RuntimeError(f"{program.argv[0]}: {run.error.message}\n{run.stderr}")
        wall, cpu, peak = json.loads(run.stderr.splitlines()[-1])
        return Cost(wall, cpu, peak, len(fake.record))


def compare(
    ours: Program, theirs: Program, images: Mapping[str, FakeImage], rounds: int
) -> tuple[list[Cost], list[Cost]]:
    """Return the costs of both over some rounds, in turn; two more come first and are not counted."""
    pairs = [(measure(ours, images), measure(theirs, images)) for _ in range(rounds + 2)][2:]
    return [first for first, _ in pairs], [second for _, second in pairs]
