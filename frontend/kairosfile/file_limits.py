"""The files that are read at all: regular ones, up to a size. A file is refused before its content is read."""

from __future__ import annotations

KAIROSFILE = 1 << 20  # bytes of a Kairosfile
COMPANION = 2 << 20  # bytes of a file that comes with one: lock and ignore file, cloud-config, key, stage extension


class RefusedFileError(Exception):
    """A file that is there, and is not read: it is too large or no regular file."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f'"{path}" {reason}')
        self.path = path


def too_large(size: int, limit: int = COMPANION) -> str:
    """Return why a file of `size` bytes is not read, nothing where it is."""
    return f"has {size} bytes, more than the {limit} that are read of such a file" if size > limit else ""
