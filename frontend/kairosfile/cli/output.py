"""Where a command writes a file that it makes; nothing is overwritten unless that was asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from kairosfile.cli.options import STANDARD_OUTPUT
from kairosfile.cli.stop import StopError


class Output(NamedTuple):
    """A file, or standard output."""

    path: str
    force: bool

    def write(self, text: str) -> None:
        """Write a text; raises StopError where a file is there already, or cannot be made."""
        if self.path == STANDARD_OUTPUT:
            sys.stdout.write(text)
            return
        try:
            with Path(self.path).open("w" if self.force else "x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError as error:
            raise StopError(f"{self.path} exists; --force overwrites it") from error
        except OSError as error:
            raise StopError(f"{self.path} cannot be written: {error.strerror}") from error
