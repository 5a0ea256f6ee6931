"""A file of a project in a git revision.

A repository may come from elsewhere with its own settings, so git only prints a blob: no hook, no filter and no
program of the repository runs, and nothing is fetched.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from kairosfile.cli.errors import CliError
from kairosfile.language.parser import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 10
ALONE = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "GIT_TERMINAL_PROMPT": "0"}


def read(file: Path, revision: str) -> str:
    """Return the text of a file in a revision; raises CliError."""
    words = ["git", "cat-file", "blob", f"{revision}:./{file.name}"]
    try:
        done = subprocess.run(
            words, cwd=file.parent, env={**os.environ, **ALONE}, capture_output=True, check=False, timeout=SECONDS
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise CliError(f"git failed: {error}") from error
    if done.returncode or len(done.stdout) > MAX_BYTES:
        raise CliError(f"{file.name} does not exist in git revision {revision}")
    return done.stdout.decode("utf-8", "replace")
