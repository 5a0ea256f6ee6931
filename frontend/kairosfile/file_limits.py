"""Limits of the files that are read: regular files up to a size. Others are refused before their content is read."""

from __future__ import annotations

KAIROSFILE = 1 << 20  # bytes of a Kairosfile
COMPANION = 2 << 20  # bytes of a file that comes with one: lock and ignore file, cloud-config, key, stage extension


class RefusedFileError(Exception):
    """An existing file that is not read: it is too large or not a regular file."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f'"{path}" {reason}')
        self.path = path


def too_large(size: int, limit: int = COMPANION) -> str:
    """Return the reason why a file of `size` bytes is not read, empty if it is read."""
    return f"has {size} bytes, more than the {limit} that are read of such a file" if size > limit else ""
