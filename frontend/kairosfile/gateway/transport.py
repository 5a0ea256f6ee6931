"""The seam under the typed client: one method that takes a call's bytes and gives its answer's bytes.

`call` only starts a call: start many, then wait for each, and the daemon works on all of them. What carries
the bytes (HTTP/2 on two pipes in the product, anything in a test) is nobody else's business.
"""

from __future__ import annotations

from typing import Protocol


class Pending(Protocol):
    """A call on its way."""

    def wait(self) -> bytes:
        """Return the serialised answer; raises RpcError or ConnectionLostError."""


class Transport(Protocol):
    """Carries unary calls of one gRPC service."""

    def call(self, method: str, request: bytes) -> Pending:
        """Start `method` (its bare name) with a serialised request; raises MessageTooLargeError."""
