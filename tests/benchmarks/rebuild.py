"""`make benchmark`: a fully cached rebuild, ours against the built-in Dockerfile frontend, paired and interleaved.

Prints the wall time of both and their ratio pair by pair, and where our process spends its time. Times say something
about this machine at this moment; the ratio travels.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile import plan, spec
from kairosfile.kairos.releases import NEWEST
from kairosfile.plan import Run
from kairosfile.trace import BUILD_ARG, PREFIX
from tests import images
from tests.engine import Engine, EngineUnavailable, Registry
from tests.engine import images as bases

if TYPE_CHECKING:
    from kairosfile.plan import Plan, Step

ROUNDS = 15
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
    try:
        with Registry() as registry, Engine("sid") as engine, tempfile.TemporaryDirectory() as folder:
            bases.ensure(registry)
            return compare(engine, Path(folder))
    except EngineUnavailable as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 69


def compare(engine: Engine, folder: Path) -> int:
    """Write both files, fill the cache, time them in turn."""
    names = {
        "frontend": images.push_frontend(engine),
        "base": f"{images.REGISTRY}/{bases.BASE}",
        "kairos_init": images.push_stand_in(engine, NEWEST),
    }
    text = KAIROSFILE.format(**names)
    (folder / "Kairosfile").write_text(text)
    (folder / "Dockerfile").write_text(dockerfile(text))
    pairs = [(timed(engine, folder, "Kairosfile"), timed(engine, folder, "Dockerfile")) for _ in range(ROUNDS + 2)][2:]
    report("Kairosfile, wall s", [ours for ours, _ in pairs])
    report("Dockerfile built in, wall s", [theirs for _, theirs in pairs])
    report("ratio", [ours / theirs for ours, theirs in pairs])
    report_phases(engine.log)
    return 0


def dockerfile(text: str) -> str:
    """Return the Dockerfile with the same steps as a Kairosfile."""
    (resolved,) = plan.resolve(spec.read(spec.Source("Kairosfile", text)), ["linux/amd64"])
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


def timed(engine: Engine, folder: Path, file: str) -> float:
    """Return the seconds that one build takes; the trace of ours goes to the daemon's log."""
    command = ["docker", "buildx", "build", "-q", "--output", "type=cacheonly", "--build-arg", f"{BUILD_ARG}=1"]
    started = time.monotonic()
    done = engine.run([*command, "-f", str(folder / file), str(folder)])
    seconds = time.monotonic() - started
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return seconds


def report(name: str, values: list[float]) -> None:
    """Print the minimum, median and maximum of a figure."""
    print(f"{name:36} min {min(values):8.3f}  median {statistics.median(values):8.3f}  max {max(values):8.3f}")


def report_phases(log: Path) -> None:
    """Print where our process spent its time, from the traces of the last rounds."""
    lines = [line.partition(PREFIX)[2] for line in log.read_text(errors="replace").splitlines() if PREFIX in line]
    traces = [json.loads(line) for line in lines][-ROUNDS:]
    for phase in traces[-1]["ms"]:
        report(f"{phase}, ms after start", [trace["ms"][phase] for trace in traces])
    report("peak memory, MB", [trace["peak_mb"] for trace in traces])


if __name__ == "__main__":
    sys.exit(main())
