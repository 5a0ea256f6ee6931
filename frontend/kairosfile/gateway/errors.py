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

Those that few builds have are in `rare_errors`. Any other exception is a bug of the frontend: `run_frontend` reports it
as a crash, in one line that a user can paste into a bug report (`crash`). `status` turns errors into gRPC statuses; it
needs messages, this module needs none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


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

    `code` is a gRPC status code, `details` returns the serialised google.rpc.Status of the answer, empty if it had
    none: it may quote the user's file, so pass it on unchanged (`status.to_status` does).
    """

    def __init__(self, method: str, code: int, message: str, details: Callable[[], bytes] = bytes) -> None:
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
