"""`make benchmark-ci`: seconds of work that a change costs on a runner which has nothing but a registry cache.

For each way to build, one engine with an empty disk fills the cache; then each change is built on another engine with
an empty disk. kairos-init is the stand-in, whose install sleeps a known time, as long as a small real one downloads.
"""

from __future__ import annotations

import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import NamedTuple

from kairosfile.kairos.releases import NEWEST
from tests import images
from tests.engine import Engine, EngineUnavailable, Registry
from tests.engine import images as bases
from tests.engine.layers import pack
from tests.engine.provision import provide
from tests.engine.publish import Image, push

SUITE = "sid"
INSTALL_SECONDS = 20
HERE = Path(__file__).parent
KAIROSFILE = """# syntax={frontend}
base: {base}
variant: standard
provider: {{name: k3s, version: v1.33.1+k3s1}}
kairos_init: {kairos_init}
version: {version}
hooks:
  after_install:
    - run: echo {hook} > /hook
"""


class Inputs(NamedTuple):
    """What may change between two builds."""

    base: str
    kairos_init: str
    version: str
    hook: str


def main() -> int:
    """Run it; 69 where this machine cannot have an engine."""
    try:
        with Registry() as registry:
            bases.ensure(registry)
            with Engine(SUITE) as engine:
                images.push_frontend(engine)
                stand_in = images.push_stand_in(engine, NEWEST)
            nonce = uuid.uuid4().hex[:8]
            first = Inputs(slow_base(registry, f"{nonce}-1"), stand_in, "v1.0.0", nonce)
            changes = {
                "nothing": first,
                "version": first._replace(version="v1.0.1"),
                "hook": first._replace(hook="other"),
                "base": first._replace(base=slow_base(registry, f"{nonce}-2")),
            }
            compare(first, changes)
    except EngineUnavailable as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 69
    return 0


def slow_base(registry: Registry, tag: str) -> str:
    """Push a base of its own on which the stand-in's install takes its time."""
    settings = {**bases.PATH, "KAIROS_STANDIN_INSTALL_SECONDS": str(INSTALL_SECONDS)}
    with tempfile.TemporaryDirectory() as folder:
        tree, own = Path(folder) / "tree", Path(folder) / "own.tar.gz"
        (tree / "etc").mkdir(parents=True)
        (tree / "etc" / "base-tag").write_text(tag)
        pack(tree, own)
        layers = [provide().layers["busybox-amd64"], own]
        push(registry, f"test/slow:{tag}", Image("linux/amd64", layers, env=settings))
    return f"{registry.address}/test/slow:{tag}"


def compare(first: Inputs, changes: dict[str, Inputs]) -> None:
    """Print a row for each way to build: the first build, then each change on a runner of its own."""
    print(f"seconds, install sleeps {INSTALL_SECONDS}; every build on an engine with an empty disk")
    print(f"{'':22}{'first':>8}" + "".join(f"{name:>9}" for name in changes))
    for name in ("Kairosfile", "Dockerfile.one-run", "Dockerfile.four-runs"):
        cache = f"localhost:5000/cache/ci-{uuid.uuid4().hex}"
        cost = on_a_fresh_runner(name, first, "--cache-to", f"type=registry,ref={cache},mode=max")
        row = [
            on_a_fresh_runner(name, changed, "--cache-from", f"type=registry,ref={cache}")
            for changed in changes.values()
        ]
        print(f"{name:22}{cost:8.1f}" + "".join(f"{seconds:9.1f}" for seconds in row), flush=True)


def on_a_fresh_runner(name: str, inputs: Inputs, *cache: str) -> float:
    """Return the seconds that one build takes on an engine that has never built anything."""
    with tempfile.TemporaryDirectory() as folder, Engine(SUITE, name=f"{SUITE}-runner", data="fresh") as runner:
        command = [
            "docker",
            "buildx",
            "build",
            "--output",
            "type=cacheonly",
            *cache,
            *arguments(name, inputs, Path(folder)),
        ]
        started = time.monotonic()
        done = runner.run([*command, folder])
        seconds = time.monotonic() - started
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return seconds


def arguments(name: str, inputs: Inputs, folder: Path) -> list[str]:
    """Return what names the file of one way to build, and its inputs."""
    if name == "Kairosfile":
        text = KAIROSFILE.format(frontend=images.FRONTEND, **inputs._asdict())
        (folder / name).write_text(text)
        return ["-f", str(folder / name)]
    values = {
        "BASE_IMAGE": inputs.base,
        "KAIROS_INIT_IMAGE": inputs.kairos_init,
        "VERSION": inputs.version,
        "KUBERNETES_VERSION": "v1.33.1+k3s1",
        "HOOK": inputs.hook,
    }
    return [
        "-f",
        str(HERE / name),
        *(word for key, value in values.items() for word in ("--build-arg", f"{key}={value}")),
    ]


if __name__ == "__main__":
    sys.exit(main())
