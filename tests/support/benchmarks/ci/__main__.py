"""`make benchmark-ci`: seconds of work that a change costs on a runner which has nothing but a registry cache.

For each way to build, one engine with an empty disk fills the cache; then each change is built on another engine of the
same version with an empty disk. kairos-init is the stand-in, whose install sleeps a known time, as long as a small real
one downloads. What ran, and that it is no question of luck, is `tests/e2e/test_ci.py`; here are the seconds alone.
"""

from __future__ import annotations

import sys
import tempfile
import time
import uuid
from pathlib import Path

from kairosfile.kairos.releases import NEWEST
from tests.support import images
from tests.support.benchmarks.ci.ways import DOCKERFILES, KAIROSFILE, Inputs, arguments, push_base
from tests.support.engine import Engine, EngineUnavailable, Registry
from tests.support.engine import images as bases

SUITES = ("sid", "trixie")
INSTALL_SECONDS = 20


def main() -> int:
    """Run it; 69 where this machine cannot have an engine."""
    try:
        with Registry() as registry:
            bases.ensure(registry)
            with Engine(SUITES[0]) as engine:
                images.push_frontend(engine)
                stand_in = images.push_stand_in(engine, NEWEST)
            for suite in SUITES:
                compare(suite, *inputs(registry, stand_in))
    except EngineUnavailable as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 69
    return 0


def inputs(registry: Registry, stand_in: str) -> tuple[Inputs, dict[str, Inputs]]:
    """Return what the first build is made of, which no cache knows yet, and what each change makes of it."""
    nonce = uuid.uuid4().hex[:8]
    first = Inputs(push_base(registry, f"{nonce}-1", INSTALL_SECONDS), stand_in, "v1.0.0", nonce)
    return first, {
        "nothing": first,
        "version": first._replace(version="v1.0.1"),
        "hook": first._replace(hook="other"),
        "base": first._replace(base=push_base(registry, f"{nonce}-2", INSTALL_SECONDS)),
    }


def compare(suite: str, first: Inputs, changes: dict[str, Inputs]) -> None:
    """Print a row for each way to build: its first build, each change on a runner of its own, the ratio to ours."""
    print(f"{suite}: seconds, install sleeps {INSTALL_SECONDS}; every build on an engine with an empty disk")
    print(f"{'':22}{'first':>14}" + "".join(f"{name:>14}" for name in changes))
    ours: list[float] = []
    for name in (KAIROSFILE, *DOCKERFILES):
        row = costs(suite, name, first, changes)
        ours = ours or row
        cells = (f"{seconds:7.1f} {seconds / least:5.1f}x" for seconds, least in zip(row, ours, strict=True))
        print(f"{name:22}" + "".join(cells), flush=True)


def costs(suite: str, name: str, first: Inputs, changes: dict[str, Inputs]) -> list[float]:
    """Return the seconds of the first build one way, which fills a cache, and of each change."""
    cache = f"type=registry,ref=localhost:5000/cache/ci-{uuid.uuid4().hex}"
    return [
        on_a_fresh_runner(suite, name, first, "--cache-to", f"{cache},mode=max"),
        *(on_a_fresh_runner(suite, name, changed, "--cache-from", cache) for changed in changes.values()),
    ]


def on_a_fresh_runner(suite: str, name: str, inputs: Inputs, *cache: str) -> float:
    """Return the seconds that one build takes on an engine that has never built anything."""
    with tempfile.TemporaryDirectory() as folder, Engine(suite, name=f"{suite}-runner", data="fresh") as runner:
        command = ["docker", "buildx", "build", "--output", "type=cacheonly", *cache]
        command += arguments(name, inputs, Path(folder))
        started = time.monotonic()
        done = runner.run([*command, folder])
        seconds = time.monotonic() - started
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return seconds


if __name__ == "__main__":
    sys.exit(main())
