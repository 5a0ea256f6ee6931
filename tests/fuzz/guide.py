"""Coverage for the fuzzer: each branch of an execution, once; and the record of a crash.

atheris calls into C++ at each branch, which takes longer than the product's own work. Here a branch is added to a set,
and the fuzzer gets the set after an execution that took a new one. It gets one in 16 of the others, so that it learns
which branches are rare, and keeps shorter inputs for known ones.
"""

from __future__ import annotations

import traceback
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SAMPLE = 16


class Guide:
    """Runs a target on inputs, and reports branches to a fuzzer by their numbers."""

    def __init__(self, target: Callable[[bytes], None], tell: Callable[[int], None], crashes: Path) -> None:
        self._target = target
        self._tell = tell
        self._crashes = crashes
        self._known: set[int] = set()
        self._branches: set[int] = set()
        self.take = self._branches.add

    def run(self, data: bytes) -> None:
        """Execute the target; a crash of a new kind is kept, and fuzzing goes on."""
        self._branches.clear()
        try:
            self._target(data)
        except Exception as error:  # noqa: BLE001 - any is a fault of the product
            self._keep(data, error)
        if not self._branches <= self._known or zlib.crc32(data) % SAMPLE == 0:
            self._known |= self._branches
            for branch in self._branches:
                self._tell(branch)

    def _keep(self, data: bytes, error: Exception) -> None:
        crash_file = self._crashes / f"crash-{zlib.crc32(kind_of(error).encode()):08x}"
        if not crash_file.exists():
            crash_file.write_bytes(data)
            print(f"CRASH {crash_file}", "".join(traceback.format_exception(error)), sep="\n", flush=True)


def kind_of(error: Exception) -> str:
    """Return the key of crashes with one cause: the type, and where it was raised."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} {last.filename} {last.name} {last.lineno}"
