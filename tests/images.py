"""The images that tests, demo and benchmark make for themselves: the frontend, and the stand-ins."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.engine import Registry
from tests.engine.images import BASE, DEBIAN
from tests.standin import auroraboot_image, scanner
from tests.standin.kairos_init import write_build_context

if TYPE_CHECKING:
    from tests.engine import DockerEngine

ROOT = Path(__file__).parents[1]
REGISTRY = "localhost:5000"
# Two checkouts may share running engines: each then gives its frontend a name of its own.
FRONTEND = f"{REGISTRY}/kairos-frontend:{os.environ.get('KAIROSFILE_FRONTEND_TAG', 'dev')}"
STAND_IN = f"{REGISTRY}/kairos-init-stand-in"
SCANNER = f"{REGISTRY}/sbom-scanner-stand-in:1"
PLATFORMS = "linux/amd64,linux/arm64"


def push_frontend(engine: DockerEngine) -> str:
    """Build the frontend image for all platforms, push it, and return its reference."""
    command = ["-f", str(ROOT / "Dockerfile.frontend"), "--build-arg", f"BASE={REGISTRY}/{DEBIAN}", *_authority()]
    return _push(engine, FRONTEND, ROOT, *command)


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


def _push(engine: DockerEngine, reference: str, context: Path, *arguments: str) -> str:
    command = ["docker", "buildx", "build", "--push", "--provenance=false", "--platform", PLATFORMS, "-t", reference]
    done = engine.run([*command, *arguments, str(context)])
    if done.returncode != 0:
        raise RuntimeError(f"building {reference} failed:\n{done.stderr}")
    return reference


def _authority() -> list[str]:
    """Hand in the certificates that this machine's pip trusts: a RUN step does not know them."""
    bundle = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    return ["--secret", f"id=ca,src={bundle}"] if bundle else []
