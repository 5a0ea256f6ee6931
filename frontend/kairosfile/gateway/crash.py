"""The description of a crash: an exception that is a bug of the frontend, in one line for a bug report.

Paths in it start at the package, `kairosfile/llb/graph.py:42`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

# What installed modules stand below, in any Python.
_INSTALLED = ("/site-packages/", "/dist-packages/", "/lib/python")


def describe(error: BaseException) -> str:
    """Return type, message and location of an unexpected exception."""
    what = ": ".join(part for part in (type(error).__name__, _text(error)) if part)
    return f"the frontend crashed, please report it: {what} ({_location(error.__traceback__)})"


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception that cannot be printed is still to be reported
        return "(without a text)"


def _location(traceback: TracebackType | None) -> str:
    """Return the innermost line of the frontend's code: an error in a library results from its use by the frontend.

    The frontend is the first code that this package calls, with its package. A crash before that call is ours.
    """
    package = (
        _location.__code__.co_filename.rpartition("/gateway/")[0] + "/"
    )  # as compiled: modules may have moved since
    lines = list(_lines(traceback))
    called = next((path for path, _ in lines if not path.startswith(f"{package}gateway/")), package)
    if called.startswith(package):
        inside = [f"kairosfile/{path.removeprefix(package)}:{line}" for path, line in lines if path.startswith(package)]
    else:
        home = "".join(called.rpartition("/")[:2])
        inside = [f"{path.removeprefix(home)}:{line}" for path, line in lines if _is_beside(path, home, package)]
    return inside[-1] if inside else "in no known line"


def _is_beside(path: str, home: str, package: str) -> bool:
    below = path.startswith(home) and not path.startswith((package, "<"))
    return below and not any(folder in f"/{path.removeprefix(home)}" for folder in _INSTALLED)


def _lines(traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    while traceback:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next
