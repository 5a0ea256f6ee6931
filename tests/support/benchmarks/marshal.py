"""Print the cost of building, marshalling and serializing a chain of runs, in milliseconds.

Run as `python -m tests.support.benchmarks.marshal`. Each figure is the best of several rounds: the others measure
other load of the machine. The cost of a step must not grow with the number of steps.
"""

from __future__ import annotations

import gc
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from kairosfile import llb

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = (100, 1_000, 10_000)
ROUNDS = 7
PLATFORM = llb.Platform("linux", "amd64")

_T = TypeVar("_T")


def chain(steps: int) -> llb.State:
    """Return a chain of runs as a frontend makes them: named, located, with variables and a read-only tool."""
    file = llb.SourceMap("Build", b"run\n" * steps)
    tool = llb.Mount.bind("/tool", llb.image("registry.example.com/tool:1"), readonly=True)
    state = llb.image("debian:12").env("LANG", "C.UTF-8")
    for step in range(1, steps + 1):
        here = llb.Location(file, (llb.Range(step, 0, step, 3),))
        named = llb.Constraints(custom_name=f"step {step}", locations=(here,))
        state = state.run(["/tool/run", str(step)], mounts=[tool], env={"STEP": str(step)}, constraints=named).root
    return state


def best(work: Callable[[], _T]) -> tuple[float, _T]:
    """Return the shortest time of the work in milliseconds, and its result."""
    times = []
    for _ in range(ROUNDS):
        gc.collect()
        start = perf_counter()
        result = work()
        times.append((perf_counter() - start) * 1_000)
    return min(times), result


def main() -> None:
    """Print one line for each number of steps."""
    print(f"{'steps':>6} {'build':>9} {'marshal':>9} {'bytes':>9} {'marshal/step':>13}  size")
    for steps in STEPS:
        built, state = best(partial(chain, steps))
        marshalled, definition = best(partial(llb.marshal, state, platform=PLATFORM))
        text, data = best(definition.to_bytes)
        each = f"{marshalled / steps * 1_000:.1f} us"
        print(f"{steps:>6} {built:>9.2f} {marshalled:>9.2f} {text:>9.2f} {each:>13}  {len(data)} bytes")


if __name__ == "__main__":
    main()
