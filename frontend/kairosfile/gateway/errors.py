"""Errors of the gateway, with messages for the user.

    GatewayError
    ├── RpcError                 the daemon answered a call with an error
    │   └── MissingFileError     ... because the requested file does not exist
    ├── FileRefusedError         a file is too large, or not a regular file; not read
    ├── ConnectionLostError      the daemon disconnected or broke the protocol
    ├── MessageTooLargeError     a call exceeds what the daemon accepts; nothing was sent
    ├── OptionError              an option has an invalid value
    ├── UnsupportedError         the request is valid, but this frontend does not support it
    │   └── SubrequestError      ... a subrequest (`--call`, `--check`) that it does not know
    └── SourceError              the user's file has an error, in the marked lines

Any other exception is a bug of the frontend: `run_frontend` reports it as a crash, in one line that a user can paste
into a bug report. Paths in it start at the package, `kairosfile/llb/graph.py:42`. `status` turns errors into gRPC
statuses; it needs messages, this module needs none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.gateway.known_options import flag
from kairosfile.untrusted import RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from kairosfile.llb import Location

# What installed modules stand below, in any Python.
_INSTALLED = ("/site-packages/", "/dist-packages/", "/lib/python")


class Code:
    """The status codes of gRPC that a frontend sends or distinguishes (grpc/status.h)."""

    CANCELED = 1
    UNKNOWN = 2
    RESOURCE_EXHAUSTED = 8
    PERMISSION_DENIED = 7
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


class GatewayError(Exception):
    """Root of all errors that a user, not a programmer, can act upon."""


class RpcError(GatewayError):
    """The daemon answered `method` with an error.

    `code` is a gRPC status code, `details` the serialised google.rpc.Status of the answer, empty if it had
    none: it may quote the user's file, so pass it on unchanged (`status.to_status` does).
    """

    def __init__(self, method: str, code: int, message: str, details: bytes = b"") -> None:
        super().__init__(message)
        self.method = method
        self.code = code
        self.message = message
        self.details = details


class MissingFileError(RpcError):
    """The file or folder `path` does not exist in the ref."""

    def __init__(self, path: str, cause: RpcError) -> None:
        super().__init__(cause.method, cause.code, cause.message, cause.details)
        self.path = path


class FileRefusedError(GatewayError, RefusedFileError):
    """A file of a ref is too large, or not a regular file; it was not read."""


class ConnectionLostError(GatewayError):
    """The one connection to the daemon ended; no further call can be made, no answer will come."""


class MessageTooLargeError(GatewayError):
    """A request is larger than any daemon accepts; it was not sent."""

    def __init__(self, method: str, size: int, limit: int) -> None:
        super().__init__(
            f"{method}: the request has {size} bytes, BuildKit accepts at most {limit}: "
            "the build graph or a file embedded in it is too large"
        )


class OptionError(GatewayError):
    """The option `key` has an invalid value."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{flag(key)}: {problem}")
        self.key = key


class UnsupportedError(GatewayError):
    """A valid request that this frontend does not support; the text names it and an alternative."""


class SubrequestError(UnsupportedError):
    """The subrequest `name` is not known here; buildx knows this error and may fall back."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unsupported request {name}")
        self.name = name


class SourceError(GatewayError):
    """An error in the user's file: `message` describes it, `locations` are its lines.

    buildx prints each location as a separate snippet, with all lines of its ranges marked.
    """

    def __init__(self, message: str, locations: Iterable[Location]) -> None:
        super().__init__(message)
        self.locations = tuple(locations)


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
