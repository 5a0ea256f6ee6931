"""`make benchmark-artifacts`: a second, identical build of an ISO, a UKI, netboot files and a disk, on both engines.

Prints the wall time of a build that keeps its result in the engine, which is what finding everything cached costs, and
of one that hands the files over, with their size. Fails where a step runs again.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile.kairos.releases import NEWEST
from tests.support import images
from tests.support.e2e.artifacts import PUBLIC, make_keys, secrets
from tests.support.e2e.auroraboot import pinned
from tests.support.e2e.builds import Build, build
from tests.support.engine import Engine, EngineUnavailable, Registry
from tests.support.engine import images as bases
from tests.support.standins.auroraboot.releases import NEWEST as AURORABOOT

if TYPE_CHECKING:
    from collections.abc import Mapping

ROUNDS = 5
KAIROSFILE = """# syntax={frontend}
base: {base}
kairos_init: {kairos_init}
version: v1.0.0
trusted_boot: {trusted_boot}
hooks: {{after_init: [{{file: /etc/nonce, content: {nonce}}}]}}
artifacts:
  auroraboot: {auroraboot}
  name: my-os
"""
SECTIONS = {"iso": "", "netboot": "", "raw": "", "uki": "  uki: {keys: {public_keys: public}}\n"}
STEPS = ("install", "init", "after_init", "validate", "make", "take", "name")


def main() -> int:
    """Run it; 69 where this machine cannot have an engine."""
    try:
        with Registry() as registry, tempfile.TemporaryDirectory() as folder:
            bases.ensure(registry)
            with Engine("sid") as sid:
                names = {
                    "frontend": images.push_frontend(sid),
                    "base": f"{images.REGISTRY}/{bases.BASE}",
                    "kairos_init": images.push_stand_in(sid, NEWEST),
                    "auroraboot": pinned(AURORABOOT),
                }
                keys = make_keys(sid, Path(folder), names["auroraboot"])
                (Path(folder) / "public").mkdir()
                for name in PUBLIC[:3]:
                    shutil.copy(keys / name, Path(folder) / "public")
            for suite in ("trixie", "sid"):
                with Engine(suite, name=f"{suite}-cached", data="fresh", entitled=True) as engine:
                    measure(engine, Path(folder), names)
    except EngineUnavailable as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 69
    return 0


def measure(engine: Engine, folder: Path, names: Mapping[str, str]) -> None:
    """Print the figures of one engine."""
    for target, section in SECTIONS.items():
        text = KAIROSFILE.format(**names, nonce=uuid.uuid4().hex, trusted_boot=str(target == "uki").lower())
        (folder / "Kairosfile").write_text(text + section)
        timed(engine, folder, target, "type=cacheonly")
        cached = [again(engine, folder, target, "type=cacheonly") for _ in range(ROUNDS)]
        files = [again(engine, folder, target, str(folder / "build" / target)) for _ in range(ROUNDS)]
        size = sum(path.stat().st_size for path in (folder / "build" / target).rglob("*") if path.is_file())
        print(
            f"{engine.suite:8}{target:8} {size / 1e6:6.0f} MB  cached: {summary_of(cached)}  "
            f"with its files: {summary_of(files)}",
            flush=True,
        )


def summary_of(seconds: list[float]) -> str:
    """Return the smallest and the middle one: on a machine that is busy, the first is nearer to the cost."""
    return f"{min(seconds):5.2f} s (median {statistics.median(seconds):5.2f})"


def again(engine: Engine, folder: Path, target: str, output: str) -> float:
    """Return the seconds of a build in which no step runs; raises RuntimeError where one does."""
    done, seconds = timed(engine, folder, target, output)
    ran = [vertex.name for vertex in done.vertices.values() if vertex.ran and vertex.name.startswith(STEPS)]
    if ran:
        raise RuntimeError(f"{engine.suite}, {target}: ran again: {', '.join(ran)}")
    return seconds


def timed(engine: Engine, folder: Path, target: str, output: str) -> tuple[Build, float]:
    """Return a build and its seconds."""
    more = ["--allow", "security.insecure"] if target == "raw" else secrets(folder / "keys")
    started = time.monotonic()
    done = build(engine, folder, "--target", target, "--output", output, *more)
    seconds = time.monotonic() - started
    if done.exit_code != 0:
        raise RuntimeError(done.output)
    return done, seconds


if __name__ == "__main__":
    sys.exit(main())
