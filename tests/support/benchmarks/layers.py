"""`make benchmark-layers`: what whoever has the layers of an image must fetch for the next one, and what is run for it.

The stand-in for kairos-init is made to write files as large as those of a real image, at a tenth of their size, of
noise that no compression makes smaller and no second run repeats. Some of them init removes: apt's lists, and the
initrd that the kernel's package makes unless INITRD=No forbids it. Sizes are those of the layers in the registry; what
runs are the commands of the build on the builder that made the image before.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kairosfile.kairos.releases import NEWEST
from tests.support import images
from tests.support.e2e import registry_api
from tests.support.e2e.builds import Build, run_buildx
from tests.support.engine import DockerEngine, Engine, EngineUnavailable, Registry
from tests.support.engine import images as bases
from tests.support.standins.kairos_init import write_build_context

if TYPE_CHECKING:
    from collections.abc import Sequence

SUITE, PLATFORM, SCALE = "sid", "linux/amd64", 10
MEGABYTE = 1_000_000
CI = Path(__file__).parent / "ci"

# In MB, compressed, as in an image of Ubuntu with k3s; a tenth of it is written, by the steps of kairos-init.
INSTALL = {"installPackages": 150, "installKernel": 120, "kairosBinaries": 60, "buildProvider": 110}
INIT = {"initrd": 70}
HOOK = 10
# What init removes again; the real kairos-init left 75.7 MB on Debian 13.
LISTS, KERNEL_INITRD = 17, 58
WEIGH = """#!/bin/sh
# {nonce}
words=" $* "
skipped=${{words#* --skip-step }}
[ "$skipped" != "$words" ] || skipped=
skipped=,${{skipped%% *}},
weigh() {{
    case $skipped in *",$1,"*) return 0 ;; esac
    mkdir -p /usr/share/weight && head -c $2 /dev/urandom >/usr/share/weight/$1
    case $1 in
        installPackages) mkdir -p /var/lib/apt/lists && head -c {lists} /dev/urandom >/var/lib/apt/lists/weight ;;
        installKernel) [ "${{INITRD:-}}" = No ] || head -c {kernel_initrd} /dev/urandom >/boot/weight ;;
        initrd) rm -f /var/lib/apt/lists/weight /boot/weight ;;
    esac
}}
trap 'case $words in *" -s install "*) {install} ;; *" -s init "*) {init} ;; esac' EXIT
"""

KAIROSFILE = """# syntax={frontend}
base: {base}
family: debian
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
# apt's lists stay in the image where a hook may read them; this one does not, which only the shell knows.
READS_LISTS = Inputs(early="one; true || apt-get install x")
# Changes: the image before, none for a first build, and the one after.
CHANGES: dict[str, tuple[Inputs | None, Inputs]] = {
    "everything": (None, Inputs()),
    "everything, hook reads lists": (None, READS_LISTS),
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

# The ways whose commands are listed by name, not only counted.
NAMED = ("one install", "in parts", "one RUN")
# Prefixes of the names of vertices that run a command, and the text in those of a Dockerfile.
COMMANDS = ("install ", "init ", "validate ", "check ", "after_")
RUN = "] RUN "
NAME = 40  # characters of a name that are shown


class Pushed(NamedTuple):
    """The sizes of an image's layers by their digests, and the commands that ran to make it."""

    layers: dict[str, int]
    ran: list[str]


def main() -> int:
    """Run it; 69 where this machine cannot have an engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", choices=[*CHANGES, []], metavar="ROW", help="rows, by default all")
    options = parser.parse_args()
    try:
        with Registry() as registry:
            bases.ensure(registry)
            with Engine(SUITE) as engine:
                images.push_frontend(engine)
                compare(engine, {way: push_heavy(engine) for way in WAYS}, options.rows)
    except EngineUnavailable as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 69
    return 0


def push_heavy(engine: DockerEngine) -> str:
    """Push the stand-in that writes large files; each way to build has its own, which no cache knows."""
    nonce = uuid.uuid4().hex
    reference = f"{images.REGISTRY}/benchmark/kairos-init:{nonce}"
    install, init = (
        "; ".join(f"weigh {name} {_bytes(size)}" for name, size in part.items()) for part in (INSTALL, INIT)
    )
    dead = {"lists": _bytes(LISTS), "kernel_initrd": _bytes(KERNEL_INITRD)}
    script = WEIGH.format(nonce=nonce, install=install, init=init, **dead)
    with tempfile.TemporaryDirectory() as folder:
        write_build_context(str(NEWEST), Path(folder))
        program = Path(folder) / "kairos-init"
        text = program.read_text().partition("\n")[2]
        program.write_text(script + text)
        must(engine, "--push", "-t", reference, folder)
    return reference


def compare(engine: DockerEngine, kairos_init: dict[str, str], rows: Sequence[str]) -> None:
    """Print, for each change, the MB to fetch with the previous image present, and the commands that run."""
    print(f"{'MB, commands that run':28}" + "".join(f"{way:>16}" for way in WAYS))
    result: dict[tuple[str, Inputs], Pushed] = {}
    names: dict[str, list[str]] = {}
    for change in rows or CHANGES:
        cells = []
        for way in WAYS:
            ran, fetched = cost(engine, way, kairos_init[way], CHANGES[change], result)
            cells.append(f"{fetched * SCALE / MEGABYTE:>10.0f}, {len(ran):>3}")
            names.setdefault(way, []).append(f"{change}: {'; '.join(ran)}")
        print(f"{change:28}" + " ".join(cells), flush=True)
    for way in NAMED:
        print("\n".join(["", f"What runs, {way}:", *names[way]]))


def cost(
    engine: DockerEngine,
    way: str,
    kairos_init: str,
    change: tuple[Inputs | None, Inputs],
    result: dict[tuple[str, Inputs], Pushed],
) -> tuple[list[str], int]:
    """Return the commands that a change runs, and the bytes that it makes fetch; an image before it is made once."""
    before, after = change
    if before and (way, before) not in result:
        result[way, before] = push(engine, way, kairos_init, before)
    image = push(engine, way, kairos_init, after)
    result.setdefault((way, after), image)
    had = result[way, before].layers if before else {}
    return image.ran, sum(size for digest, size in image.layers.items() if digest not in had)


def push(engine: DockerEngine, way: str, kairos_init: str, inputs: Inputs) -> Pushed:
    """Build and push one image."""
    name = f"{images.REGISTRY}/benchmark/layers:{uuid.uuid4().hex[:8]}"
    base = f"{images.REGISTRY}/{bases.BASE}"
    with tempfile.TemporaryDirectory() as folder:
        expected = WAYS[way]
        if expected:
            path = Path(folder) / "Kairosfile"
            path.write_text(kairosfile(expected, inputs, base, kairos_init))
            file = [str(path)]
        else:
            values = {
                "BASE_IMAGE": base,
                "KAIROS_INIT_IMAGE": kairos_init,
                "VERSION": inputs.version,
                "KUBERNETES_DISTRO": inputs.provider,
                "KUBERNETES_VERSION": inputs.kubernetes,
                "OWN_KERNEL": inputs.kernel,
                "HOOK": inputs.early,
                "HOOK_BYTES": str(_bytes(HOOK)),
                "LATE": inputs.late + inputs.config,
            }
            file = [str(CI / f"Dockerfile.{way.replace(' ', '-').lower()}"), *_build_args(values)]
        done = run_buildx(engine, "--push", "-t", name, "--platform", PLATFORM, "-f", *file, folder, timeout=600)
    if done.exit_code != 0:
        raise RuntimeError(done.output)
    manifest = registry_api.platforms(name)[PLATFORM]
    return Pushed({layer["digest"]: layer["size"] for layer in manifest["layers"]}, commands(done))


def commands(build: Build) -> list[str]:
    """Return the first words of the commands that a build ran."""
    names = [it.name for it in build.vertices.values() if it.ran]
    return [name.partition(RUN)[2][:NAME] or name[:NAME] for name in names if name.startswith(COMMANDS) or RUN in name]


def kairosfile(way: Way, inputs: Inputs, base: str, kairos_init: str) -> str:
    """Return the Kairosfile; one with its own kernel skips that of kairos-init, as a `kernel` step does."""
    files = f"mkdir -p /boot /lib/modules/9.9; echo {inputs.kernel} > /boot/vmlinuz-9.9"
    weight = f"head -c {_bytes(INSTALL['installKernel'])} /dev/urandom > /lib/modules/9.9/driver"
    own_kernel = f"\n    - run: {files}; {weight}" if inputs.kernel else ""
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
