"""Errors that end few builds; each is imported where it is raised. `errors` shows all of them as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.gateway.errors import GatewayError
from kairosfile.gateway.known_options import flag
from kairosfile.untrusted import RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kairosfile.llb import Location


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
