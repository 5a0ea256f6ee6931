"""`docker buildx build --call`, and `--print`, its equivalent in buildx 0.13.

`--print` is experimental there. It prints the results of subrequests that it does not know, such as checks, as text
only, and always exits with 0.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.engine import DockerEngine

TIMEOUT_SECONDS = 120


class CallOutput(NamedTuple):
    """The output and the exit status of buildx."""

    exit_code: int
    text: str
    errors: str


def call(engine: DockerEngine, folder: Path, question: str, *arguments: str, file: str = "Kairosfile") -> CallOutput:
    """Ask a question about a file."""
    flag = "--call" if has_call(engine) else "--print"
    command = [*engine.buildx(), "build", flag, question, "-f", str(folder / file), *arguments, str(folder)]
    environment = {**engine.env(), "BUILDX_EXPERIMENTAL": "1"}
    done = engine.run(command, env=environment, timeout=TIMEOUT_SECONDS)
    return CallOutput(done.returncode, done.stdout, done.stderr)


def call_json(engine: DockerEngine, folder: Path, question: str, *arguments: str, file: str = "Kairosfile") -> Any:
    """Ask a question and return the answer for programs."""
    result = call(engine, folder, f"{question},format=json", *arguments, file=file)
    assert result.text, result.errors
    return json.loads(result.text)


@cache
def has_call(engine: DockerEngine) -> bool:
    """Return whether the engine's buildx knows `--call` and `--check`."""
    return "--call" in engine.run([*engine.buildx(), "build", "--help"]).stdout
