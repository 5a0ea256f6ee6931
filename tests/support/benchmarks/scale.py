"""`make benchmark-scale`: the frontend's time for a further platform, for a usual file and one of 100 hooks.

The frontend's one thread is timed by the processor time that it takes, against the strict daemon of the gateway tests:
no import, no waiting, nothing of the daemon. The ratio is that of a further platform to the first one, which pays for
reading the file too.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from kairosfile import frontend
from kairosfile.gateway.http2 import Http2Transport
from kairosfile.gateway.run import SUCCESS, run_build
from tests.gateway.test_scale import HEAD, IMAGES, PLATFORMS, STEPS
from tests.support.gateway.fake_bridge import FakeBridge, environment

ROUNDS = 15
FILES = {"ten lines": HEAD + STEPS.splitlines()[0], "100 hooks": HEAD + STEPS}


class Case(NamedTuple):
    """One file for the first so many platforms."""

    file: str
    platforms: int


def main() -> None:
    """Run all cases in turn, so that other load on the machine affects each alike; print the best of each."""
    cases = [Case(file, number + 1) for file in FILES for number in range(len(PLATFORMS))]
    best = dict.fromkeys(cases, float("inf"))
    for _ in range(ROUNDS + 1):
        for case in cases:
            best[case] = min(best[case], cpu_ms(case))
    print(f"best of {ROUNDS} rounds\n{'file':>10} {'platforms':>10} {'cpu ms':>8}  a further platform, of the first")
    for case in cases:
        first = best[Case(case.file, 1)]
        ratio = f"{(best[case] - first) / (case.platforms - 1) / first:.2f}" if case.platforms > 1 else ""
        print(f"{case.file:>10} {case.platforms:>10} {best[case]:>8.1f}  {ratio}")


def cpu_ms(case: Case) -> float:
    """Return the processor time of one build in the frontend, in milliseconds."""
    files = {"dockerfile": {"Kairosfile": FILES[case.file].encode()}}
    options = {"filename": "Kairosfile", "platform": ",".join(PLATFORMS[: case.platforms])}
    with FakeBridge(files=files, images=IMAGES) as fake:
        relay = fake.connect()
        started = time.thread_time()
        status = run_build(frontend.build, Http2Transport(relay.reader, relay.writer), environment(options))
        spent = time.thread_time() - started
        relay.close_frontend_ends()
    if status != SUCCESS:
        raise RuntimeError(fake.error)
    return spent * 1000


if __name__ == "__main__":
    main()
