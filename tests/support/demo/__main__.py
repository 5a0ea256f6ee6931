"""`make demo`: build examples/first/Kairosfile through its `# syntax=` line on a real engine, then look inside.

Real images are used where their registries answer, else a Debian base and a stand-in for kairos-init that are made
here; the first lines print which.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from kairosfile.kairos.releases import NEWEST, image_of
from tests import ROOT
from tests.support import images
from tests.support.engine import DockerEngine, Engine, EngineUnavailable, HostEngine, Registry
from tests.support.engine import images as bases

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLE = ROOT / "examples" / "first"
RESULT = "localhost:5000/first:v1.0.0"
REAL = ("docker.io/library/ubuntu:24.04", image_of(None))
PROBE_SECONDS = 20
LOOK = "cat /etc/kairos-release; echo; ls -l /boot /usr/bin/kairos-agent /usr/bin/immucore /usr/bin/k3s"


def main() -> int:
    """Run the demo; 69 where this machine cannot have an engine."""
    try:
        with Registry() as registry, choose_engine() as engine:
            bases.ensure(registry)
            return demonstrate(engine)
    except EngineUnavailable as error:
        print(f"demo: {error}", file=sys.stderr)
        return 69


def choose_engine() -> DockerEngine:
    """Return this machine's own Docker if it is usable, else one made of Debian's packages."""
    own = HostEngine()
    if (reason := own.unfit()) is None:
        say("using this machine's own Docker")
        return own
    say(f"making a Docker Engine of Debian's packages; this machine's own cannot be used: {reason}")
    return Engine("sid")


def demonstrate(engine: DockerEngine) -> int:
    """Build the frontend and the example, show the content of the image."""
    say("making the frontend image, localhost:5000/kairos-frontend:dev")
    images.push_frontend(engine)
    arguments = replacements(engine)
    say(f"building {EXAMPLE.relative_to(ROOT)}/Kairosfile")
    print((EXAMPLE / "Kairosfile").read_text(), flush=True)
    build = [
        "docker",
        "buildx",
        "build",
        "--progress",
        "plain",
        "-f",
        str(EXAMPLE / "Kairosfile"),
        "-t",
        RESULT,
        "--load",
    ]
    if show(engine, [*build, *arguments, str(EXAMPLE)]) != 0:
        return 1
    say("inside the image")
    return show(engine, ["docker", "run", "--rm", "--network", "none", RESULT, "/bin/sh", "-c", LOOK])


def replacements(engine: DockerEngine) -> list[str]:
    """Return the build args that put the offline images in place of real ones that cannot be reached."""
    if all(answers(engine, reference) for reference in REAL):
        say(f"using the real images {' and '.join(REAL)}")
        return []
    base = f"{images.REGISTRY}/{bases.DEBIAN}"
    stand_in = images.push_stand_in(engine, NEWEST)
    say(f"{' and '.join(REAL)} cannot be reached from here; in their place:")
    print(f"    {base}\n    {stand_in}, a STAND-IN for kairos-init", flush=True)
    return ["--build-arg", f"BASE_IMAGE={base}", "--build-arg", f"KAIROS_INIT_IMAGE={stand_in}"]


def answers(engine: DockerEngine, reference: str) -> bool:
    """Return whether a registry gives an image's manifest."""
    try:
        probe = ["docker", "buildx", "imagetools", "inspect", reference]
        return engine.run(probe, timeout=PROBE_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def show(engine: DockerEngine, command: Sequence[str]) -> int:
    """Run a command of the engine's client in full view."""
    return subprocess.run(command, env=engine.env(), check=False).returncode


def say(text: str) -> None:
    """Print a headline."""
    print(f"\n==> {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
