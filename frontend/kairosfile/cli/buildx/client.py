"""The buildx of this machine: whether there is one, and what it can tell."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import NamedTuple

from kairosfile.cli.stop import StopError

NO_DOCKER = """\
there is no `docker` command on the PATH, and buildx is its plugin.
Install Docker (https://docs.docker.com/engine/install), or run what --print shows where there is one."""
NO_BUILDX = """\
`docker buildx` does not work here: {why}
Install the plugin (its package is docker-buildx-plugin or docker-buildx),
or run what --print shows where there is one."""

# docker/buildx v0.13.0 added --progress=rawjson.
FIRST_WITH_RAW_JSON = (0, 13)


class Buildx(NamedTuple):
    """One buildx; `version` is empty for a build that does not tell its number."""

    version: tuple[int, ...]
    text: str

    @property
    def has_raw_json(self) -> bool:
        """Whether it can report its progress as JSON; a build without a number is taken for a new one."""
        return not self.version or self.version >= FIRST_WITH_RAW_JSON


def find() -> Buildx:
    """Return the buildx of the `docker` on the PATH; raises StopError where there is none."""
    if not shutil.which("docker"):
        raise StopError(NO_DOCKER)
    done = subprocess.run(["docker", "buildx", "version"], capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise StopError(NO_BUILDX.format(why=lines[0] if lines else "it says nothing"))
    return read_version(done.stdout)


def read_version(text: str) -> Buildx:
    """Read what `docker buildx version` prints: `github.com/docker/buildx v0.29.1 0123abc`."""
    match = re.search(r"\bv?(\d+)\.(\d+)\.(\d+)", text)
    return Buildx(tuple(map(int, match.groups())) if match else (), text.strip())
