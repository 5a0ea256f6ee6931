"""`make benchmark-layers`: what whoever has the layers of an image must fetch for the next one, and what is run for it.

The stand-in for kairos-init is made to write files as large as those of a real image, at a tenth of their size, of
noise that no compression makes smaller and no second run repeats. Sizes are those of the layers in the registry; what
runs are the commands of the build on the builder that made the image before.
"""

from __future__ import annotations

import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from kairosfile.kairos.releases import NEWEST
from tests.support import images
from tests.support.e2e import registry_api
from tests.support.e2e.builds import run_buildx
from tests.support.engine import DockerEngine, Engine, EngineUnavailable, Registry
from tests.support.engine import images as bases
from tests.support.standins.kairos_init import write_build_context

SUITE, PLATFORM, SCALE = "sid", "linux/amd64", 10
MEGABYTE = 1_000_000
CI = Path(__file__).parent / "ci"

# In MB, compressed, as in an image of Ubuntu with k3s; a tenth of it is written, by the steps of kairos-init.
INSTALL = {"installPackages": 150, "installKernel": 120, "kairosBinaries": 60, "buildProvider": 110}
INIT = {"initrd": 70}
HOOK = 10
WEIGH = """#!/bin/sh
words=" $* "
skipped=${{words#* --skip-step }}
[ "$skipped" != "$words" ] || skipped=
skipped=,${{skipped%% *}},
weigh() {{
    case $skipped in *",$1,"*) return 0 ;; esac
    mkdir -p /usr/share/weight && head -c $2 /dev/urandom >/usr/share/weight/$1
}}
trap 'case $words in *" -s install "*) {install} ;; *" -s init "*) {init} ;; esac' EXIT
"""

KAIROSFILE = """# syntax={frontend}
base: {base}
provider: {{name: {provider}, version: {kubernetes}}}
install: {{parts: {parts}}}
image: {{layers: {layers}}}
{skip}kairos_init: {{image: {kairos_init}, version: {release}}}
version: {version}
hooks:
  after_install:{own_kernel}
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
    provider: str = "k3s"
    kubernetes: str = "v1.33.1+k3s1"
    kernel: str = ""
    early: str = "one"
    late: str = "one"
    config: str = "one"


OWN_KERNEL = Inputs(kernel="one")
# What is changed, with the image before it where that is another than the first.
CHANGES: dict[str, tuple[Inputs, Inputs]] = {
    "nothing": (Inputs(), Inputs()),
    "a file of cloud_config": (Inputs(), Inputs(config="two")),
    "an after_init hook": (Inputs(), Inputs(late="two")),
    "version": (Inputs(), Inputs(version="v1.0.1")),
    "an after_install hook": (Inputs(), Inputs(early="two")),
    "another k3s": (Inputs(), Inputs(kubernetes="v1.33.2+k3s1")),
    "k0s, the next of a matrix": (Inputs(), Inputs(provider="k0s", kubernetes="v1.33.1+k0s.0")),
    "another kernel, by a hook": (OWN_KERNEL, OWN_KERNEL._replace(kernel="two")),
    "another k3s beside it": (OWN_KERNEL, OWN_KERNEL._replace(kubernetes="v1.33.2+k3s1")),
}


class Way(NamedTuple):
    """How a Kairosfile is built: whether install runs in parts, and the layers of the image."""

    parts: str
    layers: str = "steps"


# The ways to build the image by their heads; None is a Dockerfile.
WAYS: dict[str, Way | None] = {
    "one install": Way("false"),
    "in parts": Way("true"),
    "one layer": Way("true", "one"),
    "one RUN": None,
    "four RUNs": None,
}

# How the names of vertices that run a command begin, and what those of a Dockerfile have in them.
COMMANDS = ("install ", "init ", "validate ", "check ", "after_")
RUN = "] RUN "


class Pushed(NamedTuple):
    """The sizes of an image's layers by their digests, and how many commands ran to make it."""

    layers: dict[str, int]
    ran: int


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
    """Print, for each change, the MB that whoever has the image before it fetches, and the commands that run."""
    print(f"{'MB, commands that run':28}" + "".join(f"{way:>16}" for way in WAYS))
    before: dict[tuple[str, Inputs], Pushed] = {}
    for change, (first, second) in {"everything": (Inputs(), Inputs()), **CHANGES}.items():
        cells = []
        for way in WAYS:
            if (way, first) not in before:
                before[way, first] = push(engine, way, kairos_init, first)
            made = before[way, first] if change == "everything" else push(engine, way, kairos_init, second)
            had = {} if change == "everything" else before[way, first].layers
            fetched = sum(size for digest, size in made.layers.items() if digest not in had)
            cells.append(f"{fetched * SCALE / MEGABYTE:>10.0f}, {made.ran:>3}")
        print(f"{change:28}" + " ".join(cells), flush=True)


def push(engine: DockerEngine, way: str, kairos_init: str, inputs: Inputs) -> Pushed:
    """Build and push one image."""
    name = f"{images.REGISTRY}/benchmark/layers:{uuid.uuid4().hex[:8]}"
    base = f"{images.REGISTRY}/{bases.BASE}"
    with tempfile.TemporaryDirectory() as folder:
        wanted = WAYS[way]
        if wanted:
            path = Path(folder) / "Kairosfile"
            path.write_text(kairosfile(wanted, inputs, base, kairos_init))
            file = [str(path)]
        else:
            values = {
                "BASE_IMAGE": base,
                "KAIROS_INIT_IMAGE": kairos_init,
                "VERSION": inputs.version,
                "KUBERNETES_DISTRO": inputs.provider,
                "KUBERNETES_VERSION": inputs.kubernetes,
                "OWN_KERNEL": inputs.kernel,
                "HOOK": inputs.early + inputs.late + inputs.config,
            }
            file = [str(CI / f"Dockerfile.{way.replace(' ', '-').lower()}"), *_build_args(values)]
        done = run_buildx(engine, "--push", "-t", name, "--platform", PLATFORM, "-f", *file, folder, timeout=600)
    if done.exit_code != 0:
        raise RuntimeError(done.output)
    ran = [it.name for it in done.vertices.values() if it.ran and (it.name.startswith(COMMANDS) or RUN in it.name)]
    manifest = registry_api.platforms(name)[PLATFORM]
    return Pushed({layer["digest"]: layer["size"] for layer in manifest["layers"]}, len(ran))


def kairosfile(way: Way, inputs: Inputs, base: str, kairos_init: str) -> str:
    """Return the Kairosfile; one with a kernel of its own skips that of kairos-init, as a `kernel` step does."""
    weight = f"head -c {_bytes(INSTALL['installKernel'])} /dev/urandom > /usr/share/kernel"
    own_kernel = f"\n    - run: echo {inputs.kernel}; {weight}" if inputs.kernel else ""
    known: dict[str, Any] = {
        "frontend": images.FRONTEND,
        "base": base,
        "kairos_init": kairos_init,
        "release": NEWEST,
        "skip": "skip_steps: [installKernel]\n" if inputs.kernel else "",
        "own_kernel": own_kernel,
        **way._asdict(),
    }
    return KAIROSFILE.format(**known, **inputs._asdict(), hook_bytes=_bytes(HOOK))


def must(engine: DockerEngine, *arguments: str) -> None:
    """Run a build that has to succeed."""
    done = engine.run(["docker", "buildx", "build", *arguments], timeout=600)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)


def _build_args(values: dict[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in ("--build-arg", f"{name}={value}")]


def _bytes(megabytes: int) -> int:
    return megabytes * MEGABYTE // SCALE


if __name__ == "__main__":
    sys.exit(main())
