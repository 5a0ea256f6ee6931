"""A crash of the frontend in one line: what a user can paste into a bug report.

Paths are told from the package on, `kairosfile/llb/graph.py:42`: where Python keeps its modules says nothing.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


def describe(error: BaseException) -> str:
    """Return type, message and place of an exception that nobody expected."""
    what = ": ".join(part for part in (type(error).__name__, _text(error)) if part)
    return f"the frontend crashed, please report it: {what} ({_place(error.__traceback__)})"


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception that cannot be printed is still to be reported
        return "(without a text)"


def _place(traceback: TracebackType | None) -> str:
    """Return the innermost line of our own package: a fault in a library is a fault in how it was used."""
    package = PurePath(_place.__code__.co_filename).parents[1]  # as compiled: modules may have moved since
    place = "in no known line"
    while traceback:
        path = PurePath(traceback.tb_frame.f_code.co_filename)
        if path.is_relative_to(package):
            place = f"{path.relative_to(package.parent)}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
