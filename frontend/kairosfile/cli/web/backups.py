"""Backups of the texts that the page replaced, below `backups` in the state folder: the latest ones of each file."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from kairosfile.cli.jobs.folder import stamp

if TYPE_CHECKING:
    from pathlib import Path

NAME = "backups"
COUNT = 20


def keep(state: Path, file: Path, text: bytes) -> Path:
    """Save a text of a file, for its owner alone, and return its path; remove the oldest of more than COUNT.

    Raises:
        OSError: The state folder cannot be written.
    """
    name = hashlib.sha256(os.fsencode(file)).hexdigest()[:12]
    folder = state / NAME / f"{file.name}-{name}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = folder / stamp()
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(text)
    for old in sorted(folder.iterdir())[:-COUNT]:
        with suppress(FileNotFoundError):  # another server may have removed it
            old.unlink()
    return place
