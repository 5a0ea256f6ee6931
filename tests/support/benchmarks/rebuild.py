"""`make benchmark`: a fully cached rebuild, ours against a Dockerfile frontend, paired and interleaved.

That frontend is the one that is built into the daemon, or with `--frontend IMAGE` (`make benchmark FRONTEND=IMAGE`) an
external one, which the engine can pull: it starts in a container, as ours does. `--frontend go` compiles BuildKit's own
from Debian's packages first, and compares the two processes too, without an engine (`processes`). Prints the wall time
of both, the time from the start to the end of each external process (`lifetimes`) and their ratio pair by pair with
medians and quartiles, and where our process spends its time. Times say
something about this machine at this moment; the ratio travels. What is held by counts is
`tests/e2e/test_frontend_budget.py`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile import language, sections
from kairosfile.kairos.releases import NEWEST
from kairosfile.plan import Run
from kairosfile.plan.resolve import resolve
from kairosfile.trace import BUILD_ARG, PREFIX
from tests.gateway.test_start import IMAGES, PLAIN
from tests.support import images
from tests.support.benchmarks import processes
from tests.support.benchmarks.lifetimes import Lifetimes
from tests.support.e2e import registry_api
from tests.support.engine import Engine, EngineUnavailable, Registry
from tests.support.engine import images as bases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.plan import Plan, Step

ROUNDS = 15
GO = "go"
OUR_PROGRAM, THEIR_PROGRAM = "/usr/bin/python3.13", "/bin/dockerfile-frontend"  # as their images start them
KAIROSFILE = """# syntax={frontend}
base: {base}
variant: standard
model: generic
provider: {{name: k3s, version: v1.33.1+k3s1}}
kairos_init: {kairos_init}
version: v1.0.0
hooks:
  after_install:
    - run: echo one > /hook
"""


def main() -> int:
    """Run it; 69 where this machine cannot have an engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frontend", default="", metavar="IMAGE", help="an external Dockerfile frontend, or `go`")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help=f"pairs of builds, by default {ROUNDS}")
    options = parser.parse_args()
    try:
        with Registry() as registry, Engine("sid") as engine, tempfile.TemporaryDirectory() as folder:
            bases.ensure(registry)
            if options.frontend != GO:
                return compare(engine, Path(folder), options.frontend, options.rounds)
            frontend = images.push_go_frontend(engine)
            compare(engine, Path(folder), frontend, options.rounds)
            return compare_processes(engine, Path(folder), frontend, options.rounds)
    except EngineUnavailable as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 69


def compare(engine: Engine, folder: Path, frontend: str, rounds: int) -> int:
    """Write both files, fill the cache, time them in turn; without a frontend theirs is the built-in one."""
    names = {
        "frontend": images.push_frontend(engine),
        "base": f"{images.REGISTRY}/{bases.BASE}",
        "kairos_init": images.push_stand_in(engine, NEWEST),
    }
    text = KAIROSFILE.format(**names)
    (folder / "Kairosfile").write_text(text)
    syntax = f"# syntax={frontend}\n" if frontend else ""
    (folder / "Dockerfile").write_text(syntax + dockerfile(text))
    with Lifetimes() as lifetimes:
        pairs = [timed_pair(engine, folder, theirs_first=number % 2 == 1) for number in range(rounds + 2)]
        ours, theirs = (lifetimes.of(program)[-rounds:] for program in (OUR_PROGRAM, THEIR_PROGRAM))
    name = "external" if frontend else "built in"
    report_pairs(f"{{}}, {name}, wall s", *([pair[which] for pair in pairs[-rounds:]] for which in (0, 1)))
    if frontend:
        report_pairs(f"{{}}, {name}, process ms", ours, theirs)
    report_phases(engine, folder, rounds)
    return 0


def compare_processes(engine: Engine, folder: Path, frontend: str, rounds: int) -> int:
    """Compare the processes and the images of our frontend and of BuildKit's own."""
    roots = {images.FRONTEND: folder / "ours", frontend: folder / "go"}
    for reference, root in roots.items():
        root.mkdir()
        images.unpack(engine, reference, root)
    ours = processes.Program(images.frontend_argv(folder / "ours"), "Kairosfile", PLAIN)
    theirs = processes.Program([str(folder / "go" / "bin" / "dockerfile-frontend")], "Dockerfile", dockerfile(PLAIN))
    first, second = processes.compare(ours, theirs, IMAGES, rounds)
    for field in processes.Cost._fields:
        report_pairs(f"{{}}, {field}", *([getattr(cost, field) for cost in costs] for costs in (first, second)))
    for reference in roots:
        size = registry_api.compressed_size(reference, "linux/amd64")
        print(f"{reference:48} {size / 1e6:.2f} MB as pushed, linux/amd64")
    return 0


def dockerfile(text: str) -> str:
    """Return the Dockerfile with the same steps as a Kairosfile."""
    (resolved,) = resolve(sections.read(language.Source("Kairosfile", text)), ["linux/amd64"])
    return "\n".join(
        [*(f"FROM {image.reference} AS {image.id}" for image in reversed(resolved.images)), *steps(resolved)]
    )


def steps(resolved: Plan) -> list[str]:
    """Return the RUN lines; validate keeps its place, as the last stage that the result is copied out of."""
    return [run(step) for step in resolved.steps]


def run(step: Step) -> str:
    """Return one step as a RUN line in exec form."""
    if not isinstance(step.action, Run):
        raise TypeError("the benchmark writes no files")
    mounts = [
        f"--mount=type=bind,from={mount.image},source={mount.path},target={mount.target}"
        if mount.kind == "image"
        else f"--mount=type=tmpfs,target={mount.target}"
        for mount in step.action.mounts
    ]
    return " ".join(["RUN", *mounts, f"--network={step.action.network}", json.dumps(list(step.action.argv))])


def timed_pair(engine: Engine, folder: Path, *, theirs_first: bool) -> tuple[float, float]:
    """Return the seconds of a build with our frontend and of one with theirs."""
    ours, theirs = "Kairosfile", "Dockerfile"
    seconds = {file: timed(engine, folder, file) for file in ((theirs, ours) if theirs_first else (ours, theirs))}
    return seconds[ours], seconds[theirs]


def timed(engine: Engine, folder: Path, file: str, *arguments: str) -> float:
    """Return the seconds that one build takes."""
    command = ["docker", "buildx", "build", "-q", "--output", "type=cacheonly", *arguments]
    started = time.monotonic()
    done = engine.run([*command, "-f", str(folder / file), str(folder)])
    seconds = time.monotonic() - started
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return seconds


def report_pairs(name: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
    """Print a figure of both, and the ratio pair by pair; `{}` in the name is the file."""
    report(name.format("Kairosfile"), ours)
    report(name.format("Dockerfile"), theirs)
    report("ratio", [one / two for one, two in zip(ours, theirs, strict=True)])


def report(name: str, values: Sequence[float]) -> None:
    """Print the median, the quartiles and the extremes of a figure."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [*values] * 3
    row = f"median {middle:8.3f}  quartiles {low:8.3f} to {high:8.3f}  all {min(values):8.3f} to {max(values):8.3f}"
    print(f"{name:36} {row}")


def report_phases(engine: Engine, folder: Path, rounds: int) -> None:
    """Print where our process spends its time, from builds that are not timed: they write it to the daemon's log."""
    for _ in range(rounds):
        timed(engine, folder, "Kairosfile", "--build-arg", f"{BUILD_ARG}=1")
    log = engine.log.read_text(errors="replace").splitlines()
    lines = [line.partition(PREFIX)[2] for line in log if PREFIX in line]
    traces = [json.loads(line) for line in lines][-rounds:]
    for phase in traces[-1]["ms"]:
        report(f"{phase}, ms after start", [trace["ms"][phase] for trace in traces])
    report("peak memory, MB", [trace["peak_mb"] for trace in traces])


if __name__ == "__main__":
    sys.exit(main())
