"""The images that tests, demo and benchmark make for themselves: the frontend, and the stand-ins."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests import ROOT
from tests.support.engine import EngineUnavailable, Registry
from tests.support.engine.images import BASE, DEBIAN
from tests.support.standins import auroraboot_image, scanner
from tests.support.standins.kairos_init import write_build_context

if TYPE_CHECKING:
    from tests.support.engine import DockerEngine

REGISTRY = "localhost:5000"
# Two checkouts may share running engines: each then gives its frontend its own name.
FRONTEND = f"{REGISTRY}/kairos-frontend:{os.environ.get('KAIROSFILE_FRONTEND_TAG', 'dev')}"
STAND_IN = f"{REGISTRY}/kairos-init-stand-in"
SCANNER = f"{REGISTRY}/sbom-scanner-stand-in:1"
GO_FRONTEND = f"{REGISTRY}/dockerfile-frontend:go"
PLATFORMS = "linux/amd64,linux/arm64"
FRONTEND_PLATFORMS = f"{PLATFORMS},linux/riscv64"
# Pins of a published build, which test machines need not reach: the official base, and a snapshot of Debian.
HERE = ("--build-arg", f"BASE={REGISTRY}/{DEBIAN}", "--build-arg", "SNAPSHOT=")
SHOWN_LINES = 20
ADVICE = "look for a registry or a package index that cannot be reached, or whose certificate is not trusted"


def push_frontend(engine: DockerEngine) -> str:
    """Build the frontend image for all platforms, push it, and return its reference."""
    command = ["-f", str(ROOT / "Dockerfile.frontend"), *HERE]
    return _push(engine, FRONTEND, ROOT, *command, platforms=FRONTEND_PLATFORMS)


def push_go_frontend(engine: DockerEngine) -> str:
    """Build BuildKit's Dockerfile frontend from Debian's source packages, push it, and return its reference.

    It is for as many platforms as ours: a daemon takes longer to find its platform in an index than to read a manifest.
    """
    file = ROOT / "tests" / "support" / "benchmarks" / "go-frontend.Dockerfile"
    command = ["-f", str(file), "--build-arg", f"BASE={REGISTRY}/{DEBIAN}"]
    return _push(engine, GO_FRONTEND, file.parent, *command, platforms=FRONTEND_PLATFORMS)


def unpack(engine: DockerEngine, reference: str, folder: Path) -> None:
    """Write the files of an image for amd64 into a folder of this machine.

    Raises EngineUnavailable where the image cannot be pulled or unpacked.
    """
    create = ["docker", "create", "--pull", "always", "--platform", "linux/amd64", reference]
    container = engine.run(create).stdout.strip()
    try:
        done = engine.run(["sh", "-c", f"docker export {container} | tar -x -C {folder}"])
    finally:
        engine.run(["docker", "rm", container])
    if done.returncode != 0:
        raise EngineUnavailable(f"the image {reference} cannot be unpacked: {done.stderr}")


def frontend_argv(root: Path) -> list[str]:
    """Return the argv of the frontend in the unpacked files of its image, with its own loader and libraries."""
    loader = [str(root / "lib64/ld-linux-x86-64.so.2"), "--library-path", str(root / "usr/lib/x86_64-linux-gnu")]
    return [*loader, str(root / "usr/bin/python3.13"), "-I", "-S", str(root / "kairos-frontend.pyc")]


def push_stand_in(engine: DockerEngine, release: str) -> str:
    """Build the stand-in for a release of kairos-init, push it, and return its reference."""
    with tempfile.TemporaryDirectory() as folder:
        write_build_context(release, Path(folder))
        return _push(engine, f"{STAND_IN}:{release}", Path(folder))


def push_scanner(engine: DockerEngine, padding: int = 0) -> str:
    """Build the stand-in for an SBOM scanner, push it, and return its reference; `padding` makes its SBOMs larger."""
    with tempfile.TemporaryDirectory() as folder:
        scanner.write_build_context(f"{REGISTRY}/{BASE}", Path(folder), padding)
        return _push(engine, f"{SCANNER}-{padding}" if padding else SCANNER, Path(folder))


def push_auroraboot(release: str) -> str:
    """Push the stand-in for a release of AuroraBoot, and return its reference; no engine has part in it."""
    return auroraboot_image.publish(Registry(), release)


def _push(engine: DockerEngine, reference: str, context: Path, *arguments: str, platforms: str = PLATFORMS) -> str:
    command = [*engine.buildx(), "build", "--push", "--provenance=false", "--platform", platforms, "-t", reference]
    done = engine.run([*command, *arguments, str(context)])
    if done.returncode != 0:
        end = "\n".join(done.stderr.splitlines()[-SHOWN_LINES:])
        raise EngineUnavailable(f"the image {reference} cannot be built; {ADVICE}. The end of the output:\n{end}")
    return reference
