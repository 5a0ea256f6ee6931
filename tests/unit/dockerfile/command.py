"""Runs the command in the test's process, which saves the start of an interpreter (about a second) for each file."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.cli.app import run as run_command

if TYPE_CHECKING:
    from pathlib import Path


class Done(NamedTuple):
    """The exit status and the output of a command."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str, folder: Path) -> Done:
    """Run a command in a folder."""
    own, status = sys.argv, 0
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        sys.argv = ["kairosfile", *arguments]
        try:
            run_command()
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else 1
        finally:
            sys.argv = own
    return Done(status, out.getvalue(), err.getvalue())
