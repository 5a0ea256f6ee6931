"""Artifacts as tests ask for them: built into a folder, and looked into with the tools of AuroraBoot's own image."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.conftest import Project
    from tests.support.e2e.builds import Build
    from tests.support.engine import DockerEngine, Engine

CONTENTS = Path(__file__).with_name("contents.sh")
KEYS = ("db.key", "db.pem", "tpm2-pcr-private.pem")
PUBLIC = ("PK.auth", "KEK.auth", "db.auth", "PK.der", "KEK.der", "db.der")
EXTRACT = "osirrox -indev *.iso -extract / /iso && chmod -R u+rwx /iso"
LOOK = """FROM {auroraboot} AS made
RUN --network=none --mount=target=/context cd /context/build && mkdir -p /out && {words}
FROM scratch
COPY --from=made /out /
"""


def secrets(folder: Path) -> list[str]:
    """Return the options that hand in the private keys."""
    return [word for name in KEYS for word in ("--secret", f"id={name},src={folder / name}")]


def make_keys(engine: DockerEngine, folder: Path, auroraboot: str) -> Path:
    """Have AuroraBoot's own genkey make throw-away keys for Secure Boot; return the folder with them."""
    dockerfile = f"FROM {auroraboot} AS made\nRUN auroraboot genkey -o /keys me\nFROM scratch\n"
    (folder / "Dockerfile").write_text(dockerfile + "COPY --from=made /keys /\n")
    done = engine.run([*engine.buildx(), "build", "-o", str(folder / "keys"), str(folder)], timeout=300)
    assert done.returncode == 0, done.stderr
    return folder / "keys"


def built(project: Project, engine: Engine, target: str, *arguments: str) -> tuple[Build, dict[str, Path]]:
    """Build a target into a folder; return the build and the files by their paths."""
    folder = project.folder / "build"
    shutil.rmtree(folder, ignore_errors=True)
    done = project.must_build(engine, "--target", target, "-o", str(folder), *arguments)
    return done, {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}


def check_sums(project: Project) -> None:
    """Compare every file with the checksum next to it."""
    for path in (project.folder / "build").rglob("*.sha256"):
        subprocess.run(["sha256sum", "--quiet", "-c", path.name], cwd=path.parent, check=True)


def look(project: Project, engine: Engine, image: str, words: str) -> dict[str, str]:
    """Return the files that commands in AuroraBoot's image write to /out from the build result."""
    (project.folder / "Dockerfile.look").write_text(LOOK.format(auroraboot=image, words=words))
    out = project.folder / "look"
    shutil.rmtree(out, ignore_errors=True)
    command = [*engine.buildx(), "build", "-f", str(project.folder / "Dockerfile.look"), "-o", str(out)]
    done = engine.run([*command, str(project.folder)], timeout=300)
    assert done.returncode == 0, done.stderr
    return {str(path.relative_to(out)): path.read_text(errors="replace") for path in out.rglob("*") if path.is_file()}


def contents(project: Project, engine: Engine, image: str) -> list[str]:
    """Return the content of the built artifacts, a line for each file, without varying parts."""
    shutil.copy(CONTENTS, project.folder)
    return look(project, engine, image, f"sh -eu ../{CONTENTS.name}")["contents"].splitlines()
