"""The `kairosfile` command-line interface.

The frontend image contains none of its libraries. Sub-commands import their libraries when they run: imports take most
of the time of such a command.
"""

from __future__ import annotations

import gc
import os
import sys

MISSING = """\
kairosfile: the library {name} is missing, so this is the frontend without its command line.
Install it with its libraries: pip install kairosfile
"""
UNUSABLE = 2


def main() -> None:
    """Run the command on the arguments of the process, and leave it with the command's exit status."""
    gc.disable()  # a tenth of the start-up, to find what the end of the process frees anyway
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "1"  # else it looks for some in every distribution that is installed
    try:
        from kairosfile.cli.app import run  # noqa: PLC0415 - a frontend-only installation has none of its libraries
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("kairosfile"):
            raise
        sys.stderr.write(MISSING.format(name=error.name))
        sys.exit(UNUSABLE)
    run()
