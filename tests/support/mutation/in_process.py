"""The command in the process of a test, when mutants are tried: another process would run the product as it is."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MUTANT = "MUTANT_UNDER_TEST"  # mutmut sets it


def mutants_are_tried() -> bool:
    """Return whether mutmut runs the tests."""
    return MUTANT in os.environ


def run(arguments: Sequence[str], folder: Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command with arguments in a folder, as a process would."""
    from kairosfile.cli.app import run as run_command  # noqa: PLC0415 - the mutated one, once mutmut has its path

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    words = io.TextIOWrapper(io.BytesIO((stdin or "").encode()), encoding="utf-8")
    status = 0
    with (
        chdir(folder),
        mock.patch.object(sys, "argv", ["kairosfile", *arguments]),
        mock.patch.object(sys, "stdin", words),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            run_command()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
    texts = [stream.buffer.getvalue().decode() for stream in (out, err) if isinstance(stream.buffer, io.BytesIO)]
    return subprocess.CompletedProcess(["kairosfile", *arguments], status, *texts)
