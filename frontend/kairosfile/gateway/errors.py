"""What can go wrong at the gateway, as exceptions that say it in the user's words.

    GatewayError
    ├── RpcError                 the daemon answered a call with an error
    │   └── MissingFileError     ... because the file asked for is not there
    ├── ConnectionLostError      the daemon went away or broke the protocol
    ├── MessageTooLargeError     a call exceeds what the daemon accepts; nothing was sent
    ├── OptionError              an option has a value that makes no sense
    ├── UnsupportedError         the request is valid, this frontend does not do it
    │   └── SubrequestError      ... a subrequest (`--call`, `--check`) it does not know
    └── SourceError              the user's file is at fault, in the marked lines

Everything that is not a GatewayError is a fault of the frontend itself: `serve` reports it as a crash.
How they travel to the user is the matter of `status`, which needs protobuf; this module needs nothing
but the names of flags.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.gateway.flags import flag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kairosfile.llb import Location


class Code:
    """The status codes of gRPC that a frontend sends or tells apart (grpc/status.h)."""

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

    `code` is a gRPC status code, `details` the serialised google.rpc.Status of the answer, empty if it came
    without: it may quote the user's file, so hand it on unchanged (`status.to_status` does).
    """

    def __init__(self, method: str, code: int, message: str, details: bytes = b"") -> None:
        super().__init__(message)
        self.method = method
        self.code = code
        self.message = message
        self.details = details


class MissingFileError(RpcError):
    """The file or folder `path` does not exist in the ref that was asked."""

    def __init__(self, path: str, cause: RpcError) -> None:
        super().__init__(cause.method, cause.code, cause.message, cause.details)
        self.path = path


class ConnectionLostError(GatewayError):
    """The one connection to the daemon ended; no further call can be made, no answer will come."""


class MessageTooLargeError(GatewayError):
    """A request is larger than any daemon accepts; nothing of it was sent."""

    def __init__(self, method: str, size: int, limit: int) -> None:
        super().__init__(
            f"{method}: the request has {size} bytes, BuildKit accepts at most {limit}: "
            "the build graph or a file embedded in it is too large"
        )


class OptionError(GatewayError):
    """The option `key` carries a value that cannot be understood."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{flag(key)}: {problem}")
        self.key = key


class UnsupportedError(GatewayError):
    """A valid request that this frontend does not answer; the text names it and what works instead."""


class SubrequestError(UnsupportedError):
    """The subrequest `name` is not known here; buildx knows this error and may fall back."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unsupported request {name}")
        self.name = name


class SourceError(GatewayError):
    """The user's own file is at fault: `message` says how, `locations` where.

    buildx prints each location as a snippet of its own, with all lines of its ranges marked.
    """

    def __init__(self, message: str, locations: Iterable[Location]) -> None:
        super().__init__(message)
        self.locations = tuple(locations)
