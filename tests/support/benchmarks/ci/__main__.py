"""`make benchmark-ci`: what a change costs on a runner which has nothing but a registry cache.

For each way to build, one engine with an empty disk fills the cache; then each change is built on another engine of the
same version with an empty disk. Counted are the commands that run and the MB that the runner fetches from the registry:
base, kairos-init and cache, without the frontend. kairos-init is the stand-in with the assumed sizes of
`make benchmark-layers`. What ran, and that it is no question of luck, is `tests/e2e/test_ci.py`.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.support import images
from tests.support.benchmarks.ci.ways import DOCKERFILES, IN_PARTS, KAIROSFILE, Inputs, arguments, push_base
from tests.support.benchmarks.layers import MEGABYTE, SCALE, commands, push_heavy
from tests.support.e2e.builds import run_buildx
from tests.support.engine import Engine, EngineUnavailable, Registry
from tests.support.engine import images as bases

if TYPE_CHECKING:
    from collections.abc import Sequence

SUITE = "sid"
WAYS = (KAIROSFILE, IN_PARTS, *DOCKERFILES)
CHANGES = ("nothing", "version", "hook", "k3s", "k0s", "base")
# The registry's log line for a sent blob: its repository and its size.
_SENT = re.compile(r'"GET /v2/(\S+)/blobs/\S+ HTTP/1\.1" 20[06] (\d+) ')


class Cost(NamedTuple):
    """The commands that ran, and the bytes that the runner fetched from the registry."""

    ran: list[str]
    fetched: int

    def __str__(self) -> str:
        return f"{len(self.ran)}, {self.fetched * SCALE / MEGABYTE:.0f} MB"


def main() -> int:
    """Run it; 69 where this machine cannot have an engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("changes", nargs="*", choices=[*CHANGES, []], metavar="CHANGE", help="by default all")
    parser.add_argument("--way", action="append", choices=WAYS, help="a way to build, by default all")
    options = parser.parse_args()
    expected = options.changes or CHANGES
    try:
        with Registry() as registry:
            bases.ensure(registry)
            with Engine(SUITE) as engine:
                images.push_frontend(engine)
                heavy = push_heavy(engine)
            first, changes = inputs(registry, heavy)
            compare(registry, first, {change: changes[change] for change in expected}, options.way or WAYS)
    except EngineUnavailable as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 69
    return 0


def inputs(registry: Registry, kairos_init: str) -> tuple[Inputs, dict[str, Inputs]]:
    """Return the inputs of the first build, which no cache has yet, and those after each change."""
    nonce = uuid.uuid4().hex[:8]
    first = Inputs(push_base(registry, f"{nonce}-1"), kairos_init, "v1.0.0", nonce)
    changed = (
        first,
        first._replace(version="v1.0.1"),
        first._replace(hook="other"),
        first._replace(kubernetes="v1.33.2+k3s1"),
        first._replace(provider="k0s", kubernetes="v1.33.1+k0s.0"),
        first._replace(base=push_base(registry, f"{nonce}-2")),
    )
    return first, dict(zip(CHANGES, changed, strict=True))


def compare(registry: Registry, first: Inputs, changes: dict[str, Inputs], ways: Sequence[str]) -> None:
    """Print a row for each way to build: its first build, and each change on a separate runner."""
    print("commands that run, MB fetched from the registry; every build on an engine with an empty disk")
    print(f"{'':22}{'first':>14}" + "".join(f"{name:>14}" for name in changes), flush=True)
    for way in ways:
        row = costs(registry, way, first, changes)
        print(f"{way:22}" + "".join(f"{cost!s:>14}" for cost in row.values()), flush=True)
        print("\n".join(f"    {change}: {'; '.join(cost.ran)}" for change, cost in row.items()), flush=True)


def costs(registry: Registry, way: str, first: Inputs, changes: dict[str, Inputs]) -> dict[str, Cost]:
    """Return the cost of the first build one way, which fills a cache, and of each change."""
    cache = f"type=registry,ref={registry.address}/cache/ci-{uuid.uuid4().hex}"
    actual = {"first": on_a_fresh_runner(registry, way, first, "--cache-to", f"{cache},mode=max")}
    for change, changed in changes.items():
        actual[change] = on_a_fresh_runner(registry, way, changed, "--cache-from", cache)
    return actual


def on_a_fresh_runner(registry: Registry, way: str, inputs: Inputs, *cache: str) -> Cost:
    """Return the cost of one build on an engine that has never built anything."""
    with tempfile.TemporaryDirectory() as folder, Engine(SUITE, name=f"{SUITE}-runner", data="fresh") as runner:
        start = registry.log.stat().st_size
        files = arguments(way, inputs, Path(folder))
        done = run_buildx(runner, "--output", "type=cacheonly", *cache, *files, folder, timeout=600)
    if done.exit_code != 0:
        raise RuntimeError(done.output)
    return Cost(commands(done), sent(registry.log, start))


def sent(log: Path, start: int) -> int:
    """Return the bytes of blobs that the registry sent since a place of its log, without those of the frontend."""
    frontend = images.FRONTEND.rpartition("/")[2].partition(":")[0]
    text = log.read_bytes()[start:].decode(errors="replace")
    return sum(int(size) for repository, size in _SENT.findall(text) if repository != frontend)


if __name__ == "__main__":
    sys.exit(main())
