"""`make benchmark-builders`: the work of many images on several builders, by simulation, and of 48 on real nodes.

The simulation counts the distinct cache keys of steps, of the support matrix (examples/matrix) with more and more
releases of k3s and k0s. With --run the 48 images of the matrix are built on a builder of two nodes, one for each
platform, on tiny bases and with the stand-in for kairos-init, and then for the next version on a third engine, which
has nothing but the registry cache. What ran stands beside what the simulation says.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from tests import ROOT
from tests.support import images
from tests.support.benchmarks.builders.measurement import RELEASES, bake, push_bases, runs
from tests.support.benchmarks.builders.simulation import Work, count, find, growth, table, work
from tests.support.engine import Engine, EngineUnavailable, Registry
from tests.support.engine import images as bases
from tests.support.engine.builder import Builder, Node

SUITE, RELEASE = "sid", "v0.17.3"
# All at once take two processors to a load of 60.
GROUPS = 6
AMD64, ARM64 = "linux/amd64", "linux/arm64"
EXAMPLE = ROOT / "examples/matrix/Kairosfile"
COMMAND = str(Path(sys.executable).with_name("kairosfile"))


def main() -> int:
    """Run it; 69 where this machine cannot have an engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", action="store_true", help="build the 48 images too")
    if not parser.parse_args().run:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "Kairosfile"
            file.write_text(in_parts(EXAMPLE.read_text("utf-8")))
            print(table(growth(file)))
        return 0
    try:
        with Registry() as registry, Engine(SUITE) as engine, tempfile.TemporaryDirectory() as folder:
            bases.ensure(registry)
            measure(registry, engine, Path(folder))
    except EngineUnavailable as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 69
    return 0


def in_parts(text: str) -> str:
    """Return a Kairosfile whose install runs in parts."""
    return f"{text}install: {{parts: true}}\n"


def measure(registry: Registry, first: Engine, folder: Path) -> None:
    """Build the matrix on two nodes, then the next version on a third, and print a row for each."""
    organisation = f"{registry.address}/{uuid.uuid4().hex[:8]}"
    file = folder / "Kairosfile"
    file.write_text(local(in_parts(EXAMPLE.read_text("utf-8")), organisation, first))
    push_bases(registry, organisation.partition("/")[2], RELEASES)
    print(f"{'':<34}{'images':>7}{'simulated':>10}{'ran':>6}{'seconds':>9}  by step", flush=True)
    begun = work(find(file))
    with Engine(SUITE, name=f"{SUITE}-second", data="fresh") as second:
        nodes = [Node(first, AMD64), Node(second, ARM64)]
        row("two nodes, an empty cache", nodes, file, organisation, "v1.0.0", Work(0, frozenset()))
    with Engine(SUITE, name=f"{SUITE}-third", data="fresh") as third:
        nodes = [Node(third, f"{AMD64},{ARM64}")]
        row("one fresh node, the next version", nodes, file, organisation, "v1.0.1", begun)
    with Engine(SUITE, name=f"{SUITE}-fourth", data="fresh") as fourth:
        nodes = [Node(fourth, f"{AMD64},{ARM64}")]
        row("one fresh node, no cache", nodes, file, "", "v1.0.0", Work(0, frozenset()))


def local(text: str, organisation: str, engine: Engine) -> str:
    """Return a Kairosfile with the bases of a local registry, this frontend and the stand-in for kairos-init."""
    for name in RELEASES:
        text = text.replace(f" {name}\n", f" {organisation}/{name}\n")
    frontend = images.push_frontend(engine)
    image = images.push_stand_in(engine, RELEASE)
    own = f"kairos_init: {{version: {RELEASE}, image: {image}}}\n"
    return f"# syntax={frontend}\n{text.partition(chr(10))[2]}{own}"


def row(name: str, nodes: list[Node], file: Path, organisation: str, version: str, cached: Work) -> None:
    """Build the images of a version on nodes; print the simulated and the executed steps."""
    result = find(file, VERSION=version)
    names = ("--registry", organisation, "--cache", f"{organisation}/cache") if organisation else ()
    words = [COMMAND, "bake", "--build-arg", f"VERSION={version}", "--shards", str(GROUPS), *names, str(file)]
    text = subprocess.run(words, cwd=file.parent, check=True, stdout=subprocess.PIPE, text=True).stdout
    with Builder(nodes) as builder:
        start = time.monotonic()
        push = ("--push",) if organisation else ()
        groups = [f"shard-{number}" for number in range(1, GROUPS + 1)]
        ran = runs([vertex for group in groups for vertex in bake(builder, file.parent, text, *push, group)], result)
        seconds = time.monotonic() - start
    simulated = count(work(result).after(cached))
    both = " ".join(f"{step} {ran.get(step, 0)}/{simulated.get(step, 0)}" for step in {**simulated, **ran})
    totals = f"{len(result):>7}{sum(simulated.values()):>10}{sum(ran.values()):>6}{seconds:>9.0f}"
    print(f"{name:<34}{totals}  {both}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
