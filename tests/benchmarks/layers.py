"""`make benchmark-layers`: what whoever has the layers of an image must fetch for the next one.

The stand-in for kairos-init is made to write files as large as those of a real image, at a tenth of their size, of
noise that no compression makes smaller and no second run repeats. Sizes are those of the layers in the registry.
"""

from __future__ import annotations

import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from kairosfile.kairos.releases import NEWEST
from tests import images
from tests.e2e import registry_api
from tests.engine import DockerEngine, Engine, EngineUnavailable, Registry
from tests.engine import images as bases
from tests.standin.kairos_init import write_build_context

SUITE, PLATFORM, SCALE = "sid", "linux/amd64", 10
MEGABYTE = 1_000_000
CI = Path(__file__).parent / "ci"

# In MB, compressed, as in an image of Ubuntu with k3s; a tenth of it is written.
INSTALL = {"packages": 150, "kernel": 120, "kairos": 60, "kubernetes": 110}
INIT = {"initrd": 70}
HOOK = 10
WEIGH = """#!/bin/sh
words=" $* "
weigh() {{ mkdir -p /usr/share/weight && head -c $2 /dev/urandom >/usr/share/weight/$1; }}
trap 'case $words in *" -s install "*) {install} ;; *" -s init "*) {init} ;; esac' EXIT
"""

KAIROSFILE = """# syntax={frontend}
base: {base}
provider: {{name: k3s, version: {k3s}}}
kairos_init: {{image: {kairos_init}, version: {release}}}
version: {version}
hooks:
  after_install:
    - run: echo {early}; head -c {hook_bytes} /dev/urandom > /usr/share/tool
  after_init:
    - run: echo {late} > /etc/motd
cloud_config:
  - name: 90_custom.yaml
    content: {{stages: {{boot: [{{commands: [echo {config}]}}]}}}}
"""


class Inputs(NamedTuple):
    """What may change between two images."""

    version: str = "v1.0.0"
    k3s: str = "v1.33.1+k3s1"
    early: str = "one"
    late: str = "one"
    config: str = "one"


CHANGES = {
    "nothing": Inputs(),
    "a file of cloud_config": Inputs(config="two"),
    "an after_init hook": Inputs(late="two"),
    "version": Inputs(version="v1.0.1"),
    "an after_install hook": Inputs(early="two"),
    "k3s": Inputs(k3s="v1.33.2+k3s1"),
}


def main() -> int:
    """Run it; 69 where this machine cannot have an engine."""
    try:
        with Registry() as registry:
            bases.ensure(registry)
            with Engine(SUITE) as engine:
                images.push_frontend(engine)
                compare(engine, push_heavy(engine))
    except EngineUnavailable as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 69
    return 0


def push_heavy(engine: DockerEngine) -> str:
    """Push the stand-in that writes large files; each benchmark has its own, which no cache knows."""
    reference = f"{images.REGISTRY}/benchmark/kairos-init:{uuid.uuid4().hex[:8]}"
    install, init = (
        "; ".join(f"weigh {name} {_bytes(size)}" for name, size in part.items()) for part in (INSTALL, INIT)
    )
    with tempfile.TemporaryDirectory() as folder:
        write_build_context(str(NEWEST), Path(folder))
        program = Path(folder) / "kairos-init"
        text = program.read_text().partition("\n")[2]
        program.write_text(WEIGH.format(install=install, init=init) + text)
        must(engine, "--push", "-t", reference, folder)
    return reference


def compare(engine: DockerEngine, kairos_init: str) -> None:
    """Print, for each change, what is to be fetched by whoever has the image before it, in MB at full size."""
    name = f"{images.REGISTRY}/benchmark/layers"
    first = {
        way: push(engine, way, kairos_init, Inputs(), f"{name}:first-{way.lower()}")
        for way in ("Kairosfile", "Dockerfile")
    }
    totals = "".join(f"{_megabytes(layers):>13}" for layers in first.values())
    print(f"{'MB, of an image of':28}{'Kairosfile':>13}{'Dockerfile':>13}\n{'everything':28}{totals}")
    for change, inputs in CHANGES.items():
        fetched = [
            {
                digest: size
                for digest, size in push(engine, way, kairos_init, inputs, f"{name}:next").items()
                if digest not in had
            }
            for way, had in first.items()
        ]
        print(f"{change:28}" + "".join(f"{_megabytes(layers):>13}" for layers in fetched), flush=True)


def push(engine: DockerEngine, way: str, kairos_init: str, inputs: Inputs, reference: str) -> dict[str, int]:
    """Build and push one image; returns the sizes of its layers by their digests."""
    base = f"{images.REGISTRY}/{bases.BASE}"
    with tempfile.TemporaryDirectory() as folder:
        if way == "Kairosfile":
            known: dict[str, Any] = {
                "frontend": images.FRONTEND,
                "base": base,
                "kairos_init": kairos_init,
                "release": NEWEST,
            }
            text = KAIROSFILE.format(**known, **inputs._asdict(), hook_bytes=_bytes(HOOK))
            (Path(folder) / way).write_text(text)
            file = [str(Path(folder) / way)]
        else:
            values = {
                "BASE_IMAGE": base,
                "KAIROS_INIT_IMAGE": kairos_init,
                "VERSION": inputs.version,
                "KUBERNETES_VERSION": inputs.k3s,
                "HOOK": inputs.early + inputs.late + inputs.config,
            }
            file = [str(CI / "Dockerfile.one-run"), *_build_args(values)]
        must(engine, "--push", "-t", reference, "--platform", PLATFORM, "-f", *file, folder)
    manifest = registry_api.platforms(reference)[PLATFORM]
    return {layer["digest"]: layer["size"] for layer in manifest["layers"]}


def must(engine: DockerEngine, *arguments: str) -> None:
    """Run a build that has to succeed."""
    done = engine.run(["docker", "buildx", "build", *arguments], timeout=600)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)


def _build_args(values: dict[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in ("--build-arg", f"{name}={value}")]


def _bytes(megabytes: int) -> int:
    return megabytes * MEGABYTE // SCALE


def _megabytes(layers: dict[str, int]) -> str:
    return f"{sum(layers.values()) * SCALE / MEGABYTE:.0f}"


if __name__ == "__main__":
    sys.exit(main())
