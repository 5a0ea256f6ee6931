"""The pictures of pre-commit and of `docker kairos`: real runs of both programs on a Kairosfile with a fault.

    python -m tests.support.generate.integration_pictures

pre-commit clones this repository and installs it from there; docker is Docker's own command line, without an engine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import ROOT
from tests.support.generate.pictures import COMMAND, FILES, IMAGES, output_of, terminal

PRE_COMMIT = ["pre-commit", "run", "--all-files"]
DOCKER = ["docker", "kairos", "check", "Kairosfile"]
CONFIG = """\
repos:
  - repo: {repository}
    rev: {revision}
    hooks: [{{id: kairosfile-check}}]
"""


def main() -> None:
    """Take both pictures."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "edge"
        folder.mkdir()
        (folder / "Kairosfile").write_text(FILES["Wrong"])
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        variables = {"HOME": home, "PATH": programs, "DOCKER_CONFIG": f"{home}/docker", "PRE_COMMIT_COLOR": "always"}
        _install(folder, variables)
        for name, words in {"pre-commit.svg": PRE_COMMIT, "docker-kairos.svg": DOCKER}.items():
            output = output_of(words, str(folder), **variables).rstrip()
            assert "2 errors" in output, output
            (IMAGES / name).write_text(terminal(name, words[1:], output, words[0]))


def _install(folder: Path, variables: dict[str, str]) -> None:
    """Install the hook, into an environment of pre-commit, and Docker's plugin."""
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (folder / ".pre-commit-config.yaml").write_text(CONFIG.format(repository=ROOT, revision=revision))
    environment = {**os.environ, **variables, "PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    git = (["git", "init", "-q"], ["git", "add", "-A"])
    for words in (*git, ["pre-commit", "install-hooks"], [COMMAND, "docker-plugin", "install"]):
        subprocess.run(words, cwd=folder, env=environment, check=True)


if __name__ == "__main__":
    main()
