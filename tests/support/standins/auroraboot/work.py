"""What every command needs: a log as the real one writes it, programs, and the failure that ends a run."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_COLOURS = {"DBG": "0", "INF": "32", "WRN": "33", "ERR": "31"}
_LEVELS = {"trace": 0, "debug": 1, "info": 2, "warn": 3, "error": 4}
MIB = 1024 * 1024
BOOT_FILES = "/usr/lib/auroraboot-stand-in/boot"


class Failed(Exception):  # noqa: N818 - the run has failed, whatever the reason
    """A run cannot go on; the text is the real program's if it is known."""


class Log:
    """Lines on standard error, those of the level and above; an unknown level is info.

    Coloured like the real program's lines: always, unless NO_COLOR is set.
    """

    def __init__(self, level: str = "info") -> None:
        self._threshold = _LEVELS.get(level, _LEVELS["info"])

    def debug(self, text: str) -> None:
        self._say("debug", "DBG", text)

    def info(self, text: str) -> None:
        self._say("info", "INF", text)

    def warn(self, text: str) -> None:
        self._say("warn", "WRN", text)

    def error(self, text: str) -> None:
        self._say("error", "ERR", text)

    def _say(self, level: str, short: str, text: str) -> None:
        if _LEVELS[level] < self._threshold:
            return
        line = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {short} {text}"
        if not os.environ.get("NO_COLOR"):
            time, _, rest = line.partition(f" {short} ")
            line = f"\033[90m{time}\033[0m \033[{_COLOURS[short]}m{short}\033[0m \033[1m{rest}\033[0m"
        print(line, file=sys.stderr, flush=True)


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a program and return its output; raise Failed with it if the program fails."""
    words = [str(word) for word in command]
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin"
    done = subprocess.run(words, cwd=cwd, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{words[0]}: exit status {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout
